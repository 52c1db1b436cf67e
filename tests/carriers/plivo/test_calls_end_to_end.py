"""Calls that programs place at Plivo, end to end: a server behind its API, which is played over
real HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element, fromstring

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from maskline.carriers.json_api import basic
from maskline.carriers.plivo.signature import sign_v3
from tests.support.caller import furnish, places
from tests.support.receiver import Receiver, document
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, POOL, eventually

AUTH_ID, TOKEN = "MA77", "the-auth-token"
ROOT = f"/v1/Account/{AUTH_ID}/Call/"


class Network(Vendor):
    """Plivo: takes calls, and knows those that are `live`."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.ids = (f"uuid-{i}" for i in itertools.count(1))
        self.live: set[str] = set()
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != basic(AUTH_ID, TOKEN):
            return Told(401, {"error": "authentication failed"})
        uuid = urlsplit(asked.path).path.removeprefix(ROOT).strip("/")
        if asked.method == "POST" and not uuid:
            uuid = next(self.ids)
            self.live.add(uuid)
            return Told(201, {"message": "call fired", "request_uuid": uuid, "api_id": "a"})
        if uuid not in self.live:
            return Told(404, {"error": "not found"})
        if asked.method == "DELETE":
            self.live.remove(uuid)
            return Told(204)
        return Told(202, {"message": "call transferred", "call_status": "ringing"})

    def takes(self, count: int) -> Any:
        """The last order for a call, once there are so many."""
        return eventually(lambda: len(self.asked) >= count and self.asked[count - 1])

    def tells(self, url: str, **form: str) -> Element:
        """As Plivo does it: at an address that it was given."""
        signature = sign_v3(TOKEN, "POST", url, form, "nonce")
        headers = {
            "X-Plivo-Signature-V3": signature,
            "X-Plivo-Signature-V3-Nonce": "nonce",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = requests.post(url, data=urlencode(form), headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return fromstring(answer.content)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network() as found:
        settings = {"auth_id": AUTH_ID, "base_url": found.url}
        folder = tmp_path_factory.mktemp("plivo")
        with behind(folder, "plivo", settings, {"auth_token": TOKEN}) as mask:
            found.mask = mask
            yield found


@pytest.mark.covers("carrier:plivo.calls-end-to-end")
def test_a_program_places_a_call(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    with Receiver() as program:
        furnish(program)
        program.pages["/more"] = document("<Hangup/>")
        made = places(network.mask, program, send_digits="1w2", machine_detection="Enable")
        order = network.takes(before + 1).body
        assert (order["from"], order["to"]) == (POOL[0][1:], ALICE[1:])
        assert (order["send_digits"], order["ring_timeout"]) == ("1w2", 20)
        (uuid,) = network.live
        call = {"CallUUID": uuid, "RequestUUID": uuid, "From": POOL[0][1:], "To": ALICE[1:]}
        network.tells(order["ring_url"], CallStatus="ringing", Event="Ring", **call)
        network.mask.stands(made.sid, "ringing")
        live = call | {"CallStatus": "in-progress"}
        (asks,) = network.tells(order["answer_url"], Event="StartApp", Machine="false", **live)
        assert asks.tag == "GetInput"
        assert network.mask.stands(made.sid, "in-progress").answered_by == "human"
        # A report that comes late, and twice, changes nothing.
        network.tells(order["ring_url"], CallStatus="ringing", Event="Ring", **call)
        network.mask.stands(made.sid, "in-progress")

        (dial,) = network.tells(asks.get("action") or "", Digits="7", **live)
        assert (dial.tag, dial.get("callerId"), dial[0].text) == ("Dial", POOL[0][1:], BOB[1:])
        (again,) = network.tells(asks.get("action") or "", Digits="7", **live)
        assert again.get("action") == dial.get("action")
        leg = {"DialBLegUUID": "b-1", "DialBLegFrom": POOL[0][1:], "DialBLegTo": BOB[1:]}
        told = dial.get("callbackUrl") or ""
        network.tells(told, DialAction="answer", **leg)
        ended = leg | {"DialAction": "hangup", "DialBLegDuration": "5"}
        network.tells(told, **ended)
        spoken, more = network.tells(
            dial.get("action") or "", DialStatus="completed", **leg, **live
        )
        assert (spoken.text, more.tag) == ("Goodbye", "GetInput")
        # Whom it dialled is gone; the call goes on.
        network.mask.stands(made.sid, "in-progress")
        (child,) = client.calls.list(parent_call_sid=made.sid)
        assert (child.to, child.status, child.direction) == (BOB, "completed", "outbound-dial")

        client.calls(made.sid).update(status="completed")
        eventually(lambda: uuid not in network.live)
        over = {"CallStatus": "completed", "Duration": "31", "HangupCauseCode": "4000"}
        for _ in range(2):
            network.tells(order["hangup_url"], **call | over)
        assert network.mask.stands(made.sid, "completed").duration == "31"
        network.mask.server.settle()
        states = [one.form for one in program.at("/status")]
        assert [one["CallStatus"] for one in states] == [
            "initiated",
            "ringing",
            "in-progress",
            "completed",
        ]
        assert (states[-1]["CallDuration"], states[-1]["AnsweredBy"]) == ("31", "human")
        assert [one.form["AnsweredBy"] for one in program.at("/voice")] == ["human"]
        assert [one.form["Digits"] for one in program.at("/keys")] == ["7"]
        (done,) = program.at("/over")
        assert (done.form["DialCallStatus"], done.form["DialCallSid"]) == ("completed", child.sid)
        for one in program.posted:
            # Of the carrier's own names a program hears nothing.
            assert one.form["CallSid"] == made.sid
            assert uuid not in str(one.form)
    assert len([one for one in network.asked if one.path == ROOT]) == 1


def test_a_live_call_goes_on_elsewhere(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    stay = "<Response><Gather timeout='60'/></Response>"
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml=stay)
    order = network.takes(before + 1).body
    (uuid,) = network.live
    live = {"CallUUID": uuid, "CallStatus": "in-progress"}
    network.tells(order["answer_url"], **live)
    network.mask.stands(made.sid, "in-progress")
    client.calls(made.sid).update(twiml="<Response><Say>Now this</Say></Response>")
    transfer = network.takes(before + 2)
    assert transfer.path == f"{ROOT}{uuid}/"
    (spoken,) = network.tells(transfer.body["aleg_url"], Event="Redirect", **live)
    assert spoken.text == "Now this"
    network.tells(order["hangup_url"], CallUUID=uuid, CallStatus="completed", Duration="9")
    network.mask.stands(made.sid, "completed")
    with pytest.raises(TwilioRestException) as refused:
        client.calls(made.sid).update(status="completed")
    assert refused.value.code == 21220
    # Whoever asks once more what it does is told that it is over.
    (over,) = network.tells(order["answer_url"], **live)
    assert over.tag == "Hangup"
    network.live.clear()


def test_a_call_is_cancelled_before_anybody_answers(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml="<Response/>")
    order = network.takes(before + 1).body
    network.mask.server.settle()
    (uuid,) = network.live
    client.calls(made.sid).update(status="canceled")
    eventually(lambda: not network.live)
    over = {"CallStatus": "completed", "Duration": "0", "HangupCauseCode": "1000"}
    network.tells(order["hangup_url"], CallUUID=uuid, **over)
    network.mask.stands(made.sid, "canceled")


def test_a_call_that_came_in_is_ended(network: Network) -> None:
    """It is the carrier's by its own name, and no program's before."""
    client, before = network.mask.server.client, len(network.asked)
    url = f"{network.mask.door}/Call"
    form = {"CallUUID": "in-1", "From": ALICE[1:], "To": network.mask.near[1:]}
    network.live.add("in-1")
    (dial,) = network.tells(url, CallStatus="ringing", Direction="inbound", **form)
    network.tells(dial.get("callbackUrl") or "", DialAction="answer", DialBLegUUID="b-2")
    (call,) = [one for one in client.calls.list(from_=ALICE) if one.direction == "inbound"]
    network.mask.stands(call.sid, "in-progress")
    client.calls(call.sid).update(twiml="<Response><Say>Moved</Say></Response>")
    transfer = network.takes(before + 1)
    assert transfer.path == f"{ROOT}in-1/"
    (spoken,) = network.tells(transfer.body["aleg_url"], CallStatus="in-progress", **form)
    assert spoken.text == "Moved"
    client.calls(call.sid).update(status="completed")
    eventually(lambda: "in-1" not in network.live)
    network.tells(f"{url}/Status", CallStatus="completed", Duration="12", **form)
    network.mask.stands(call.sid, "completed")


@pytest.mark.parametrize(
    "wish",
    [
        {"record": True},
        {"machine_detection": "DetectMessageEnd"},
        {"machine_detection": "Enable", "async_amd": "true"},
    ],
)
def test_what_it_can_t_do_is_refused(network: Network, wish: dict[str, Any]) -> None:
    before = len(network.asked)
    with pytest.raises(TwilioRestException) as refused:
        network.mask.server.client.calls.create(
            to=ALICE, from_=POOL[0], twiml="<Response/>", **wish
        )
    assert refused.value.code == 20001
    assert len(network.asked) == before
