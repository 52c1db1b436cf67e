"""Calls that programs place at Bandwidth, end to end: a server behind its API, which is played over
real HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from maskline.carriers.json_api import basic
from tests.support.caller import furnish, places
from tests.support.receiver import Receiver
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, POOL, eventually

TOKEN, SECRET = "the-api-token", "the-api-secret"
USER, PASSWORD = "bandwidth", "a-password-of-our-own"
ROOT = "/api/v2/accounts/77/calls"


class Network(Vendor):
    """Bandwidth: takes calls, and knows those that are `live`, with their states."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.ids = (f"c-{i}" for i in itertools.count(1))
        self.live: dict[str, str] = {}
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != basic(TOKEN, SECRET):
            return Told(401, {"type": "unauthorized", "description": "Authentication Failed"})
        call_id = asked.path.removeprefix(ROOT).strip("/")
        if not call_id:
            assert asked.body["applicationId"] == "voice-1"
            made = next(self.ids)
            self.live[made] = "initiated"
            return Told(201, asked.body | {"callId": made, "accountId": "77"})
        if call_id not in self.live:
            return Told(404, {"type": "validation", "description": "Call not found", "id": None})
        if asked.method == "GET":
            return Told(200, {"callId": call_id, "state": self.live[call_id]})
        if asked.body.get("state") == "completed":
            del self.live[call_id]
        return Told(200)

    def takes(self, count: int) -> Any:
        """The last order for a call, once there are so many."""
        return eventually(lambda: len(self.asked) >= count and self.asked[count - 1])

    def tells(self, url: str, **event: Any) -> Element:
        """As Bandwidth does it: at an address, and with the credentials, that it was given."""
        answer = requests.post(url, json=event, auth=(USER, PASSWORD), timeout=10)
        assert answer.status_code == 200, answer.text
        return fromstring(answer.content)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network() as found:
        settings = {
            "account_id": "77",
            "application_id": "app-1",
            "voice_application_id": "voice-1",
            "voice_url": f"{found.url}/api/v2",
        }
        secrets = {
            "api_token": TOKEN,
            "api_secret": SECRET,
            "hook_username": USER,
            "hook_password": PASSWORD,
        }
        folder = tmp_path_factory.mktemp("bandwidth")
        with behind(folder, "bandwidth", settings, secrets) as mask:
            found.mask = mask
            yield found


TALK = {"answerTime": "2026-06-20T15:54:25Z", "endTime": "2026-06-20T15:54:56Z"}


@pytest.mark.covers("carrier:bandwidth.calls-end-to-end")
def test_a_program_places_a_call(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    with Receiver() as program:
        furnish(program)
        made = places(
            network.mask, program, send_digits="1w2", machine_detection="DetectMessageEnd"
        )
        order = network.takes(before + 1).body
        assert (order["from"], order["to"], order["callTimeout"]) == (POOL[0], ALICE, 20)
        assert (order["username"], order["password"]) == (USER, PASSWORD)
        assert order["machineDetection"] == {"mode": "sync", "delayResult": True}
        (call_id,) = network.live
        call = {"callId": call_id, "from": POOL[0], "to": ALICE}
        heard = {"machineDetectionResult": {"value": "tone-detected", "duration": "PT3S"}}
        digits, asks = network.tells(order["answerUrl"], eventType="answer", **call, **heard)
        assert (digits.tag, digits.text, asks.tag) == ("SendDtmf", "1w2", "Gather")
        assert network.mask.stands(made.sid, "in-progress").answered_by == "machine_end_beep"

        keyed = {"eventType": "gather", "digits": "7"} | call
        (transfer,) = network.tells(asks.get("gatherUrl") or "", **keyed)
        assert (transfer.tag, transfer.get("transferCallerId")) == ("Transfer", POOL[0])
        # What is told twice is answered as it was.
        (again,) = network.tells(asks.get("gatherUrl") or "", **keyed)
        assert again.attrib == transfer.attrib
        (rung,) = transfer
        assert rung.text == BOB
        leg = {"callId": "c-b", "transferCallerId": POOL[0], "transferTo": BOB}
        network.tells(rung.get("transferAnswerUrl") or "", eventType="transferAnswer", **leg)
        over = {"eventType": "transferDisconnect", "cause": "hangup"} | TALK
        network.tells(rung.get("transferDisconnectUrl") or "", **leg, **over)
        done = {"eventType": "transferComplete", "cause": "hangup"} | call
        spoken, more = network.tells(transfer.get("transferCompleteUrl") or "", **done)
        assert (spoken.text, more.tag) == ("Goodbye", "Gather")
        # Whom it dialled is gone; the call goes on.
        network.mask.stands(made.sid, "in-progress")
        (child,) = client.calls.list(parent_call_sid=made.sid)
        assert (child.to, child.status, child.direction) == (BOB, "completed", "outbound-dial")

        client.calls(made.sid).update(status="completed")
        eventually(lambda: call_id not in network.live)
        end = {"eventType": "disconnect", "cause": "hangup"} | TALK
        for _ in range(2):
            network.tells(order["disconnectUrl"], **call, **end)
        assert network.mask.stands(made.sid, "completed").duration == "31"
        network.mask.server.settle()
        states = [one.form for one in program.at("/status")]
        # Bandwidth does not say when it rings.
        assert [one["CallStatus"] for one in states] == ["initiated", "in-progress", "completed"]
        assert (states[-1]["CallDuration"], states[-1]["AnsweredBy"]) == ("31", "machine_end_beep")
        assert [one.form["AnsweredBy"] for one in program.at("/voice")] == ["machine_end_beep"]
        assert [one.form["Digits"] for one in program.at("/keys")] == ["7"]
        (outcome,) = program.at("/over")
        assert outcome.form["DialCallStatus"] == "completed"
        assert outcome.form["DialCallSid"] == child.sid
        for one in program.posted:
            # Of the carrier's own names a program hears nothing.
            assert one.form["CallSid"] == made.sid
    assert len([one for one in network.asked if one.path == ROOT]) == 1


def test_a_live_call_goes_on_elsewhere(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    stay = "<Response><Gather timeout='60'/></Response>"
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml=stay)
    order = network.takes(before + 1).body
    (call_id,) = network.live
    network.tells(order["answerUrl"], eventType="answer", callId=call_id)
    network.mask.stands(made.sid, "in-progress")
    client.calls(made.sid).update(twiml="<Response><Say>Now this</Say></Response>")
    change = network.takes(before + 2)
    assert change.path == f"{ROOT}/{call_id}"
    assert (change.body["username"], change.body["password"]) == (USER, PASSWORD)
    (spoken,) = network.tells(change.body["redirectUrl"], eventType="redirect", callId=call_id)
    assert spoken.text == "Now this"
    end = {"eventType": "disconnect", "cause": "hangup"} | TALK
    network.tells(order["disconnectUrl"], callId=call_id, **end)
    network.mask.stands(made.sid, "completed")
    # Whoever asks once more what it does is told that it is over.
    (over,) = network.tells(order["answerUrl"], eventType="answer", callId=call_id)
    assert over.tag == "Hangup"
    network.live.clear()


def test_a_call_is_cancelled_before_anybody_answers(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml="<Response/>")
    order = network.takes(before + 1).body
    network.mask.server.settle()
    (call_id,) = network.live
    client.calls(made.sid).update(status="canceled")
    eventually(lambda: not network.live)
    network.tells(order["disconnectUrl"], eventType="disconnect", callId=call_id, cause="cancel")
    network.mask.stands(made.sid, "canceled")


def test_a_call_that_came_in_is_steered_and_ended(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    door = f"{network.mask.door}/Call"
    call = {"callId": "c-in", "from": ALICE, "to": network.mask.near}
    network.live["c-in"] = "answered"
    (transfer,) = network.tells(door, eventType="initiate", **call)
    leg = {"eventType": "transferAnswer", "callId": "c-out"}
    network.tells(transfer[0].get("transferAnswerUrl") or "", **leg)
    (made,) = [one for one in client.calls.list(from_=ALICE) if one.direction == "inbound"]
    network.mask.stands(made.sid, "in-progress")
    client.calls(made.sid).update(twiml="<Response><Say>Moved</Say></Response>")
    change = network.takes(before + 1)
    assert change.path == f"{ROOT}/c-in"
    (spoken,) = network.tells(change.body["redirectUrl"], eventType="redirect", **call)
    assert spoken.text == "Moved"
    client.calls(made.sid).update(status="completed")
    eventually(lambda: "c-in" not in network.live)
    network.tells(f"{door}/Status", eventType="disconnect", cause="hangup", **call)
    network.mask.stands(made.sid, "completed")


def test_who_answers_is_found_out_while_the_call_goes_on(network: Network) -> None:
    client, before = network.mask.server.client, len(network.asked)
    with Receiver() as program:
        made = client.calls.create(
            to=ALICE,
            from_=POOL[0],
            twiml="<Response><Say>Hello</Say><Gather timeout='60'/></Response>",
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{program.url}/amd",
        )
        order = network.takes(before + 1).body
        call = {"callId": next(iter(network.live))}
        network.tells(order["answerUrl"], eventType="answer", **call)
        assert network.mask.stands(made.sid, "in-progress").answered_by is None
        machine = order["machineDetection"]
        assert (machine["username"], machine["password"]) == (USER, PASSWORD)
        found = {"machineDetectionResult": {"value": "human", "duration": "PT2.5S"}}
        network.tells(machine["callbackUrl"], eventType="machineDetectionComplete", **call, **found)
        (told,) = eventually(lambda: program.at("/amd"))
        assert told.form["AnsweredBy"] == "human"
        assert told.form["MachineDetectionDuration"] == "2500"
        assert told.form["CallSid"] == made.sid
        assert client.calls(made.sid).fetch().answered_by == "human"
    network.live.clear()


def test_what_it_can_t_do_is_refused(network: Network) -> None:
    before = len(network.asked)
    with pytest.raises(TwilioRestException) as refused:
        network.mask.server.client.calls.create(
            to=ALICE, from_=POOL[0], twiml="<Response/>", record=True
        )
    assert refused.value.code == 20001
    assert len(network.asked) == before
