"""Calls that programs place at Telnyx, end to end: a server behind its API, which is played over
real HTTP, by TeXML and by call control."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlencode
from xml.etree.ElementTree import Element, fromstring

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from maskline.carriers.telnyx import call_control
from tests.carriers.telnyx.desk import API_KEY, KEY, PUBLIC
from tests.support.caller import furnish, places
from tests.support.receiver import Receiver
from tests.support.vendor import Asked, Behind, Told, Vendor, behind
from tests.support.world import ALICE, BOB, POOL, eventually

DIAL = (
    "<Dial action='over'><Number statusCallback='leg' statusCallbackEvent='answered completed'>"
    f"{BOB}</Number></Dial>"
)
TEXML = "/v2/texml/Accounts/acc-1/Calls"


class Network(Vendor):
    """Telnyx. It keeps the state that each call of call control was given last."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.ids = (f"v3:call-{i}" for i in itertools.count(1))
        self.live: set[str] = set()
        self.states: dict[str, str] = {}
        self.mask: Behind

    def _answer(self, asked: Asked) -> Told:
        if asked.path == "/tape.mp3":
            assert "authorization" not in asked.headers
            return Told(200, b"sound", "audio/mpeg")
        if asked.headers.get("authorization") != f"Bearer {API_KEY}":
            return Told(401, {"errors": [{"code": "10009"}]})
        path = unquote(asked.path)
        if asked.method == "POST" and path in (TEXML, "/v2/calls"):
            call = next(self.ids)
            self.live.add(call)
            self._keep(call, asked)
            names = {"call_sid": call, "data": {"call_control_id": call, "is_alive": False}}
            return Told(200, names)
        if path == "/v2/texml/Accounts/acc-1/Recordings/tape-1.json":
            return Told(200, {"sid": "tape-1", "media_url": f"{self.url}/tape.mp3"})
        call = path.removeprefix(f"{TEXML}/").removeprefix("/v2/calls/").partition("/")[0]
        if call not in self.live:
            return Told(422, {"errors": [{"code": "90018", "title": "Call has already ended"}]})
        if asked.method == "GET":
            state = {"is_alive": True, "client_state": self.states.get(call)}
            return Told(200, {"data": state, "status": "in-progress"})
        self._keep(call, asked)
        return Told(200, {"data": {"result": "ok"}, "sid": call})

    def _keep(self, call: str, asked: Asked) -> None:
        if state := (asked.body or {}).get("client_state"):
            self.states[call] = state

    @property
    def orders(self) -> list[Asked]:
        return [one for one in self.asked if one.method != "GET"]

    def takes(self, count: int) -> Any:
        """An order, once there are so many; what comes later is not looked at."""
        return eventually(lambda: len(self.orders) >= count and self.orders[count - 1])

    def does(self, before: int, action: str) -> Any:
        """A command that comes after so many orders."""
        return eventually(
            lambda: next(
                (one for one in self.orders[before:] if one.path.endswith(f"/{action}")), None
            )
        )

    def _signed(self, url: str, body: bytes, kind: str) -> requests.Response:
        at = str(int(time.time()))
        headers = {
            "telnyx-signature-ed25519": base64.b64encode(
                KEY.sign(f"{at}|".encode() + body)
            ).decode(),
            "telnyx-timestamp": at,
            "content-type": kind,
        }
        answer = requests.post(url, data=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer

    def asks(self, url: str, **form: str) -> Element:
        """As Telnyx does it by TeXML, at an address that it was given."""
        form = {"CallSidLegacy": form.get("CallSid", ""), "ConnectionId": "app-1", **form}
        body = urlencode(form).encode()
        return fromstring(self._signed(url, body, "application/x-www-form-urlencoded").content)

    def happens(self, url: str, kind: str, call: str, **payload: Any) -> None:
        """An event of call control, with the state that the call has."""
        said = {
            "call_control_id": call,
            "connection_id": "app-1",
            "from": POOL[0],
            "to": ALICE,
            "client_state": self.states.get(call),
            **payload,
        }
        event = {"data": {"event_type": kind, "payload": said}}
        self._signed(url, json.dumps(event).encode(), "application/json")


@pytest.fixture(scope="module", params=["texml", "call-control"])
def network(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    with Network() as found, pytest.MonkeyPatch.context() as patch:
        patch.setattr(call_control, "_SETTLING", 0.0)
        settings = {
            "public_key": PUBLIC,
            "voice": request.param,
            "connection": "app-1",
            "account_id": "acc-1",
            "base_url": found.url,
        }
        folder = tmp_path_factory.mktemp("telnyx")
        with behind(folder, "telnyx", settings, {"api_key": API_KEY}) as mask:
            found.mask = mask
            yield found


by_texml = pytest.mark.parametrize("network", ["texml"], indirect=True, scope="module")
by_commands = pytest.mark.parametrize("network", ["call-control"], indirect=True, scope="module")


def told(network: Network, program: Receiver) -> list[str]:
    network.mask.server.settle()
    return [one.form["CallStatus"] for one in program.at("/status")]


@pytest.mark.covers("carrier:telnyx.texml-end-to-end")
@by_texml
def test_a_program_places_a_call_by_texml(network: Network) -> None:
    client, before = network.mask.server.client, len(network.orders)
    with Receiver() as program:
        furnish(program, DIAL)
        made = places(
            network.mask,
            program,
            machine_detection="Enable",
            record=True,
            recording_status_callback=f"{program.url}/taped",
        )
        order = network.takes(before + 1).body
        assert (order["From"], order["To"], order["Timeout"]) == (POOL[0], ALICE, 20)
        assert program.url not in str(order)
        (call,) = network.live
        names = {"CallSid": call, "From": POOL[0], "To": ALICE}
        network.asks(order["StatusCallback"], CallStatus="ringing", **names)
        network.mask.stands(made.sid, "ringing")
        live = names | {"CallStatus": "in-progress"}
        # It waits until it is known who answered, and nobody is asked before.
        (pause, redirect) = network.asks(order["Url"], **live)
        assert (pause.tag, redirect.tag) == ("Pause", "Redirect")
        network.mask.stands(made.sid, "in-progress")
        assert program.at("/voice") == []
        network.asks(order["AsyncAmdStatusCallback"], AnsweredBy="human", **names)
        sent_on = network.takes(before + 2)
        assert unquote(sent_on.path) == f"{TEXML}/{call}"
        (gather,) = network.asks(sent_on.body["Url"], **live)
        assert gather.tag == "Gather"
        assert client.calls(made.sid).fetch().answered_by == "human"
        # A report that comes late, and twice, changes nothing.
        network.asks(order["StatusCallback"], CallStatus="ringing", **names)
        network.mask.stands(made.sid, "in-progress")

        (dial,) = network.asks(gather.get("action") or "", Digits="7", **live)
        (number,) = dial
        assert (dial.get("callerId"), number.text) == (POOL[0], BOB)
        leg = {"CallSid": "v3:leg", "From": POOL[0], "To": BOB}
        for status in ("in-progress", "completed"):
            network.asks(
                number.get("statusCallback") or "", CallStatus=status, CallDuration="5", **leg
            )
        done = {"DialCallSid": "v3:leg", "DialCallStatus": "completed", "DialCallDuration": "5"}
        spoken, more = network.asks(dial.get("action") or "", **done, **live)
        assert (spoken.text, more.tag) == ("Goodbye", "Gather")
        # Whom it dialled is gone; the call goes on.
        network.mask.stands(made.sid, "in-progress")
        (child,) = client.calls.list(parent_call_sid=made.sid)
        assert (child.to, child.status, child.direction) == (BOB, "completed", "outbound-dial")

        client.calls(made.sid).update(status="completed")
        assert network.takes(before + 3).body == {"Status": "completed"}
        over = names | {"CallStatus": "completed", "CallDuration": "31"}
        for _ in range(2):
            network.asks(order["StatusCallback"], **over)
        network.live.clear()
        tape = {"RecordingSid": "tape-1", "RecordingUrl": "https://s3.example/tape?v3:1"}
        done = {"RecordingStatus": "completed", "RecordingDuration": "31", **tape, **names}
        network.asks(order["RecordingStatusCallback"], **done)
        assert network.mask.stands(made.sid, "completed").duration == "31"
        assert told(network, program) == ["initiated", "ringing", "in-progress", "completed"]
        last = program.at("/status")[-1].form
        assert (last["CallDuration"], last["AnsweredBy"]) == ("31", "human")
        assert [one.form["AnsweredBy"] for one in program.at("/voice")] == ["human"]
        assert [one.form["Digits"] for one in program.at("/keys")] == ["7"]
        (after,) = program.at("/over")
        assert (after.form["DialCallStatus"], after.form["DialCallSid"]) == (
            "completed",
            child.sid,
        )
        (taped,) = eventually(lambda: program.at("/taped"))
        assert (taped.form["RecordingStatus"], taped.form["CallSid"]) == ("completed", made.sid)
        # The carrier's own address of it ends soon, and its record needs credentials.
        assert taped.form["RecordingUrl"].startswith(f"{network.mask.door}/media/")
        assert requests.get(taped.form["RecordingUrl"], timeout=5).content == b"sound"
        heard = program.at("/leg")
        assert [one.form["CallStatus"] for one in heard] == ["in-progress", "completed"]
        assert {one.form["CallSid"] for one in heard} == {child.sid}
        for one in program.posted:
            # Of the carrier's own names a program hears nothing; all of it is ours to sign.
            assert one.form["AccountSid"] == network.mask.server.account_sid
            assert "v3:" not in str(one.form)
            assert "app-1" not in str(one.form)
            assert "tape-1" not in str(one.form)
    assert len([one for one in network.orders if one.path == TEXML]) == 1


@by_texml
def test_a_live_call_by_texml_goes_on_elsewhere(network: Network) -> None:
    client, before = network.mask.server.client, len(network.orders)
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml="<Response><Gather/></Response>")
    order = network.takes(before + 1).body
    (call,) = network.live
    network.asks(order["Url"], CallSid=call, CallStatus="in-progress")
    network.mask.stands(made.sid, "in-progress")
    client.calls(made.sid).update(twiml="<Response><Say>Now this</Say></Response>")
    (spoken,) = network.asks(network.takes(before + 2).body["Url"], CallSid=call)
    assert spoken.text == "Now this"
    network.asks(order["StatusCallback"], CallSid=call, CallStatus="completed")
    network.live.clear()
    network.mask.stands(made.sid, "completed")
    with pytest.raises(TwilioRestException) as refused:
        client.calls(made.sid).update(status="completed")
    assert refused.value.code == 21220
    # Whoever asks once more what it does is told that it is over.
    (over,) = network.asks(order["Url"], CallSid=call)
    assert over.tag == "Hangup"


def answers(network: Network, program: Receiver) -> None:
    """The program is asked about calls to the third number, which is in no pool."""
    client = network.mask.server.client
    (record,) = client.incoming_phone_numbers.list(phone_number=POOL[2])
    assert network.mask.near != POOL[2]
    (service,) = client.proxy.v1.services.list()
    client.proxy.v1.services(service.sid).phone_numbers(record.sid).delete()
    furnish(program, DIAL)
    client.incoming_phone_numbers(record.sid).update(voice_url=f"{program.url}/voice")


@by_texml
def test_a_call_that_came_in_by_texml_is_led_by_our_door(network: Network) -> None:
    """A number of its own, with a program behind it."""
    client, door = network.mask.server.client, network.mask.door
    with Receiver() as program:
        answers(network, program)
        live = {"CallSid": "v3:in", "From": ALICE, "To": POOL[2], "CallStatus": "ringing"}
        (gather,) = network.asks(f"{door}/Call", **live)
        assert (gather.get("action") or "").startswith(f"{door}/Call/Next?")
        live["CallStatus"] = "in-progress"
        (dial,) = network.asks(gather.get("action") or "", Digits="1", **live)
        assert dial.get("callerId") == POOL[2]
        (call,) = client.calls.list(to=POOL[2])
        assert program.at("/keys")[0].form["CallSid"] == call.sid
        network.mask.stands(call.sid, "in-progress")
        # And a program may have it go on elsewhere, or end it.
        network.live.add("v3:in")
        before = len(network.orders)
        client.calls(call.sid).update(twiml="<Response><Say>Moved</Say></Response>")
        (spoken,) = network.asks(network.takes(before + 1).body["Url"], **live)
        assert spoken.text == "Moved"
        client.calls(call.sid).update(status="completed")
        assert network.takes(before + 2).body == {"Status": "completed"}
        network.asks(f"{door}/Call/Status", **live | {"CallStatus": "completed"})
        network.mask.stands(call.sid, "completed")
    network.live.clear()


@pytest.mark.covers("carrier:telnyx.control-end-to-end")
@by_commands
def test_a_program_places_a_call_by_call_control(network: Network) -> None:
    client, before = network.mask.server.client, len(network.orders)
    with Receiver() as program:
        furnish(program, DIAL)
        made = places(
            network.mask,
            program,
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{program.url}/machine",
        )
        order = network.takes(before + 1).body
        assert (order["from"], order["to"], order["timeout_secs"]) == (POOL[0], ALICE, 20)
        (call,) = network.live
        hook = order["webhook_url"]
        network.happens(hook, "call.initiated", call, direction="outgoing")
        for _ in range(2):
            network.happens(hook, "call.answered", call)
        network.mask.stands(made.sid, "in-progress")
        network.does(before, "gather")
        network.happens(hook, "call.machine.detection.ended", call, result="human")
        eventually(lambda: program.at("/machine"))
        network.happens(hook, "call.gather.ended", call, digits="7", status="valid")
        transfer = network.does(before, "transfer").body
        assert (transfer["from"], transfer["to"]) == (POOL[0], BOB)
        network.live.add("v3:leg")
        network.states["v3:leg"] = transfer["target_leg_client_state"]
        leg = {"from": POOL[0], "to": BOB}
        for kind in ("call.initiated", "call.answered", "call.bridged"):
            network.happens(f"{network.mask.door}/Call", kind, "v3:leg", **leg)
        network.does(before, "client_state_update")
        over = {"hangup_cause": "normal_clearing"}
        network.happens(f"{network.mask.door}/Call", "call.hangup", "v3:leg", **leg, **over)
        assert network.does(before, "speak").body["payload"] == "Goodbye"
        network.mask.stands(made.sid, "in-progress")
        (child,) = client.calls.list(parent_call_sid=made.sid)
        assert (child.to, child.status) == (BOB, "completed")
        assert program.at("/over")[0].form["DialCallSid"] == child.sid

        client.calls(made.sid).update(status="completed")
        network.does(before, "hangup")
        for _ in range(2):
            network.happens(hook, "call.hangup", call, **over)
        network.mask.stands(made.sid, "completed")
        # Telnyx does not say when a phone begins to ring.
        assert told(network, program) == ["initiated", "in-progress", "completed"]
        assert len(program.at("/voice")) == 1
        assert [one.form["Digits"] for one in program.at("/keys")] == ["7"]
        (machine,) = program.at("/machine")
        assert (machine.form["AnsweredBy"], machine.form["CallSid"]) == ("human", made.sid)
        assert client.calls(made.sid).fetch().answered_by == "human"
        for one in program.posted:
            assert "v3:" not in str(one.form)
    network.live.clear()
    assert len([one for one in network.orders if one.path == "/v2/calls"]) == 1


@by_commands
def test_a_live_call_by_call_control_goes_on_elsewhere(network: Network) -> None:
    client, before = network.mask.server.client, len(network.orders)
    long = "<Response><Say>Old</Say><Say>Older</Say></Response>"
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml=long)
    hook = network.takes(before + 1).body["webhook_url"]
    (call,) = network.live
    network.happens(hook, "call.answered", call)
    network.does(before, "speak")
    network.mask.stands(made.sid, "in-progress")
    old, before = network.states[call], len(network.orders)
    client.calls(made.sid).update(twiml="<Response><Say>Now this</Say></Response>")
    assert network.does(before, "speak").body["payload"] == "Now this"
    network.mask.server.settle()
    before = len(network.orders)
    # What was said before ends only now.
    network.happens(hook, "call.speak.ended", call, client_state=old)
    network.happens(hook, "call.speak.ended", call)
    network.does(before, "hangup")
    assert [one for one in network.orders[before:] if one.path.endswith("/speak")] == []
    network.live.clear()
    network.happens(hook, "call.hangup", call, hangup_cause="normal_clearing")
    network.mask.stands(made.sid, "completed")


@by_commands
def test_a_call_that_came_in_by_call_control_goes_on_elsewhere(network: Network) -> None:
    client, door, before = network.mask.server.client, network.mask.door, len(network.orders)
    with Receiver() as program:
        answers(network, program)
        network.live.add("v3:in")
        who = {"from": ALICE, "to": POOL[2], "direction": "incoming"}
        network.happens(f"{door}/Call", "call.initiated", "v3:in", **who)
        network.does(before, "answer")
        network.happens(f"{door}/Call", "call.answered", "v3:in", **who)
        network.does(before, "gather")
        (call,) = client.calls.list(to=POOL[2])
        network.mask.stands(call.sid, "in-progress")
        client.calls(call.sid).update(twiml="<Response><Say>Moved</Say></Response>")
        assert network.does(before, "speak").body["payload"] == "Moved"
        client.calls(call.sid).update(status="completed")
        network.does(before, "hangup")
        over = {"hangup_cause": "normal_clearing"}
        network.happens(f"{door}/Call", "call.hangup", "v3:in", **who, **over)
        network.mask.stands(call.sid, "completed")
        assert len(program.at("/voice")) == 1
    network.live.clear()


@by_commands
def test_a_call_is_cancelled_before_anybody_answers(network: Network) -> None:
    client, before = network.mask.server.client, len(network.orders)
    made = client.calls.create(to=ALICE, from_=POOL[0], twiml="<Response/>")
    hook = network.takes(before + 1).body["webhook_url"]
    network.mask.server.settle()
    (call,) = network.live
    client.calls(made.sid).update(status="canceled")
    network.does(before, "hangup")
    network.live.clear()
    network.happens(hook, "call.hangup", call, hangup_cause="originator_cancel")
    network.mask.stands(made.sid, "canceled")


@pytest.mark.parametrize("wish", [{"send_digits": "1"}, {"record": True, "send_digits": "2"}])
def test_what_it_can_t_do_is_refused(network: Network, wish: dict[str, Any]) -> None:
    before = len(network.orders)
    with pytest.raises(TwilioRestException) as refused:
        network.mask.server.client.calls.create(
            to=ALICE, from_=POOL[0], twiml="<Response/>", **wish
        )
    assert refused.value.code == 20001
    assert len(network.orders) == before
