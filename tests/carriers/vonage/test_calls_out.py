"""Vonage: calls that it is asked to place and steer, and what it asks and tells of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from maskline.carriers.calling import Calling, Led
from maskline.carriers.contract import ApiMissing, ApiRefused, CallAnswer, HostUnavailable
from maskline.carriers.request import Malformed, Request
from maskline.model.http import ConnectFailed, TotalTimeout
from maskline.model.placed_call import CALL_OPTIONS
from maskline.model.traffic import (
    Accepted,
    Adopted,
    CallEvent,
    DocumentWanted,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Told,
    Unclear,
)
from maskline.voice.instructions import Dial, Gather, Number, Response, Say
from tests.carriers.vonage.desk import adapter, hook
from tests.support.carrier_desk import DOOR, Reply, reply
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, NEAR

UUID = "bbbbbbbb-bbbb-cccc-dddd-0123456789ab"
URL = "https://api.nexmo.com/v1/calls"
WISH = OutboundCall(CALL, NEAR, ALICE, 30, 600)
TAKEN = {"uuid": UUID, "status": "started", "direction": "outbound", "conversation_uuid": "CON-1"}
ACTION = "https://p.example/next"


def ask(**more: str) -> str:
    return f"{DOOR}/Call/Placed?{urlencode({'Call': CALL, **more})}"


def tell(**more: str) -> str:
    return f"{DOOR}/Call/Placed/Status?{urlencode({'Call': CALL, **more})}"


def asks(document: dict[str, Any] | None = None, **more: str) -> Request:
    asked = {"to": ALICE[1:], "from": NEAR[1:], "uuid": UUID, "conversation_uuid": "CON-1"}
    query = urlencode({"Call": CALL, **more})
    return hook("Call/Placed", asked if document is None else document, query=query)


def tells(document: dict[str, Any], **more: str) -> Request:
    return hook("Call/Placed/Status", document, query=urlencode({"Call": CALL, **more}))


def body(request: Any) -> Any:
    return json.loads(request.body or b"null")


@pytest.mark.covers("carrier:vonage.place")
async def test_a_call_is_placed() -> None:
    one, client = adapter(reply(201, TAKEN))
    assert isinstance(one, Calling)
    assert await one.place(WISH) == Accepted(UUID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["Authorization"].startswith("Bearer ")
    assert body(request) == {
        "to": [{"type": "phone", "number": ALICE[1:]}],
        "from": {"type": "phone", "number": NEAR[1:]},
        "answer_url": [ask()],
        "answer_method": "POST",
        "event_url": [tell()],
        "event_method": "POST",
        "ringing_timer": 30,
        "length_timer": 600,
    }


AMD = ("MachineDetection", "Enable")
LOOKS = {"behavior": "continue", "mode": "detect"}
BEEPS = {"behavior": "continue", "mode": "detect_beep", "beep_timeout": 45}


@pytest.mark.covers("carrier:vonage.place-options")
@pytest.mark.parametrize(
    ("wishes", "fields"),
    [
        # It rings for two minutes and talks for two hours, at most.
        ({"timeout": 600, "time_limit": 86_400}, {"ringing_timer": 120, "length_timer": 7200}),
        (
            {"send_digits": "w1W*#"},
            {"to": [{"type": "phone", "number": ALICE[1:], "dtmfAnswer": "p1pp*#"}]},
        ),
        ({"options": (("MachineDetection", "none"), ("AsyncAmd", "true"))}, {}),
        # The document waits for who answers, but not for ever.
        (
            {"options": (AMD,)},
            {
                "advanced_machine_detection": LOOKS,
                "answer_url": [ask(Wait="30")],
                "event_url": [tell(Detect="Enable")],
            },
        ),
        (
            {"options": (AMD, ("MachineDetectionTimeout", "59"))},
            {
                "advanced_machine_detection": LOOKS,
                "answer_url": [ask(Wait="59")],
                "event_url": [tell(Detect="Enable")],
            },
        ),
        (
            {"options": (("MachineDetection", "DetectMessageEnd"),)},
            {
                "advanced_machine_detection": BEEPS,
                "answer_url": [ask(Wait="60")],
                "event_url": [tell(Detect="DetectMessageEnd")],
            },
        ),
        # Or it does not, and the program is told.
        (
            {"options": (AMD, ("AsyncAmd", "true"), ("AsyncAmdStatusCallback", "https://p/amd"))},
            {
                "advanced_machine_detection": LOOKS,
                "event_url": [tell(Detect="Enable", Async="1")],
            },
        ),
    ],
)
async def test_what_a_program_wishes(wishes: dict[str, Any], fields: dict[str, Any]) -> None:
    one, client = adapter(reply(201, TAKEN), reply(201, TAKEN))
    await one.place(WISH)
    await one.place(OutboundCall(**{"reference": CALL, "caller": NEAR, "called": ALICE} | wishes))
    plain, other = map(body, client.requests)
    plain |= {"ringing_timer": 60, "length_timer": 7200}
    assert other == plain | fields


async def test_keys_that_it_has_not() -> None:
    one, client = adapter()
    keyed = OutboundCall(CALL, NEAR, ALICE, send_digits="1A")
    assert await one.place(keyed) == Refused(21206, retry=False)
    assert client.requests == []


def test_an_account_without_an_application_places_none() -> None:
    assert CALL_OPTIONS - (adapter()[0].call_options or CALL_OPTIONS) == {"Record"}
    one, _ = adapter(application_id="", api="sms", key="")
    assert one.call_options is None


def wrong(*names: str) -> dict[str, Any]:
    problem = {"title": "Bad Request", "detail": "no"}
    return problem | {"invalid_parameters": [{"name": name, "reason": "no"} for name in names]}


@pytest.mark.covers("carrier:vonage.place-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, wrong("to[0].number")), Refused(21217, retry=False)),
        (reply(400, wrong("x", "from.number")), Refused(21212, retry=False)),
        (reply(400, wrong("to.0.dtmfAnswer")), Refused(21206, retry=False)),
        (reply(400, {"invalid_parameters": {"from": "Is wrong."}}), Refused(21212, retry=False)),
        (reply(400, wrong("ncco")), Refused(20001, retry=False)),
        (reply(400, "no"), Refused(20001, retry=False)),
        (reply(402, {}), Refused(30002, retry=False)),
        (reply(403, {"title": "Forbidden"}), Refused(21215, retry=False)),
        # The operator can put it right.
        (reply(401, {}), Refused(20003, retry=True)),
        (reply(429, {}, retry_after="3"), Throttled(3.0, whole=True)),
        (ConnectFailed("no", "dns"), Refused(20503, retry=True)),
        # It may ring: whoever asked again might have it ring twice.
        (TotalTimeout("late"), Unclear()),
        (reply(500, {}), Unclear()),
        (reply(503, {}), Unclear()),
        (reply(201, "<html>"), Unclear()),
        (reply(201, {"status": "started"}), Unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.place(WISH) == result
    assert len(client.requests) == 1


# What it asks


def answered(by: str | None = None) -> CallEvent:
    return CallEvent(CALL, "in-progress", UUID, carrier="one", answered_by=by)


def wanted(by: str | None = None, once: str = "") -> DocumentWanted:
    details = () if by is None else (("AnsweredBy", by),)
    return DocumentWanted("one", CALL, details=details, once=once)


@pytest.mark.covers("carrier:vonage.placed")
async def test_who_is_called_answers() -> None:
    scripts = KeptScripts()
    one, client = adapter(scripts=scripts)
    assert isinstance(one, Led)
    request = asks()
    assert one.verify(request)
    assert one.read(request) == [answered(), wanted()]
    found = await one.lead(request, told(Say("Hello"), Gather(action=ACTION)))
    talk, asked = json.loads(found.body)
    assert talk == {"action": "talk", "text": "Hello"}
    assert asked["eventUrl"][0].startswith(f"{DOOR}/Call/Next?Script=CD")
    assert [one.call_sid for one in scripts.kept] == [CALL]
    over = await one.lead(request, told())
    assert json.loads(over.body) == []
    assert client.requests == []


def test_a_question_of_no_call() -> None:
    one, _ = adapter()
    for request in (hook("Call/Placed", {}), hook("Call/Placed", {}, query="Call=")):
        with pytest.raises(Malformed):
            one.read(request)
    for seconds in ("x", "²", "1000"):
        with pytest.raises(Malformed):
            one.read(asks(Wait=seconds))


async def test_a_dial_in_it_reports_its_own_leg() -> None:
    one, _ = adapter(scripts=KeptScripts())
    dial = Dial((Number(BOB),), caller_id=NEAR, action=ACTION)
    connect, notify = json.loads((await one.lead(asks(), told(dial))).body)
    assert (connect["action"], connect["from"]) == ("connect", NEAR[1:])
    assert connect["eventUrl"] == [f"{DOOR}/Call/Leg?Parent={CALL}"]
    assert notify["action"] == "notify"
    # What becomes of the leg is no end of the call.
    event = {"uuid": "u-2", "status": "completed", "direction": "outbound", "duration": "4"}
    (leg,) = one.read(hook("Call/Leg", event, query=f"Parent={CALL}"))
    assert leg == CallEvent("", "completed", "u-2", 4, carrier="one", adopted=Adopted(CALL, "", ""))


@pytest.mark.covers("carrier:vonage.placed-status")
@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"status": "started"}, ("initiated", None)),
        ({"status": "ringing"}, ("ringing", None)),
        ({"status": "answered"}, ("in-progress", None)),
        ({"status": "busy"}, ("busy", None)),
        ({"status": "timeout", "duration": "0"}, ("no-answer", 0)),
        ({"status": "unanswered"}, ("no-answer", None)),
        ({"status": "cancelled"}, ("canceled", None)),
        ({"status": "failed"}, ("failed", None)),
        ({"status": "completed", "duration": "12"}, ("completed", 12)),
        ({"status": "completed", "direction": "inbound"}, None),
        ({"status": "human"}, None),
        ({"status": "record"}, None),
        ({"conversation_uuid_from": "CON-1", "conversation_uuid_to": "CON-2"}, None),
    ],
)
def test_what_becomes_of_it(event: dict[str, Any], says: tuple[str, int | None] | None) -> None:
    one, _ = adapter()
    request = tells({"uuid": UUID, "direction": "outbound"} | event)
    assert one.verify(request)
    expected = says and CallEvent(CALL, says[0], UUID, says[1], carrier="one")
    assert one.read(request) == ([expected] if expected else [])
    assert one.acknowledge(request).body == b"{}"
    if expected:
        with pytest.raises(Malformed):
            one.read(hook("Call/Placed/Status", {"uuid": UUID} | event))


# Machines


@pytest.mark.covers("carrier:vonage.machines")
async def test_the_document_waits_for_who_answers() -> None:
    one, client = adapter(reply(204), reply(204), scripts=KeptScripts())
    request = asks(Wait="30")
    assert one.read(request) == [answered()]
    wait, notify = json.loads(one.acknowledge(request).body)
    assert wait == {"action": "wait", "timeout": 30}
    assert (notify["action"], notify["eventUrl"]) == ("notify", [ask(Late="1")])
    request = tells({"call_uuid": UUID, "status": "human"}, Detect="Enable")
    assert one.read(request) == [answered("human"), wanted("human", "human")]
    found = await one.lead(request, told(Say("Hello")))
    assert (found.status, found.body) == (200, b"{}")
    (sent,) = client.requests
    assert (sent.method, sent.url) == ("PUT", f"{URL}/{UUID}")
    ncco = [{"action": "talk", "text": "Hello"}]
    assert body(sent) == {"action": "transfer", "destination": {"type": "ncco", "ncco": ncco}}
    await one.lead(request, told())
    assert body(client.requests[1]) == {"action": "hangup"}


async def test_nobody_says_who_answers() -> None:
    """Whoever asks first how the call begins is told; the other has it wait for that."""
    one, _ = adapter(scripts=KeptScripts())
    request = asks({"payload": {"next": "1"}, "conversation_uuid": "CON-1"}, Late="1")
    event, document = one.read(request)
    assert event == CallEvent(CALL, "in-progress", carrier="one", answered_by="unknown")
    assert document == wanted("unknown", "unknown")
    found = await one.lead(request, told(Say("Hello")))
    assert json.loads(found.body) == [{"action": "talk", "text": "Hello"}]
    assert json.loads(one.acknowledge(request).body) == [{"action": "wait", "timeout": 30}]


@pytest.mark.parametrize(
    ("detection", "event", "who"),
    [
        ("Enable", {"status": "machine"}, "machine_start"),
        ("DetectMessageEnd", {"status": "human"}, "human"),
        ("DetectMessageEnd", {"status": "machine"}, None),
        ("DetectMessageEnd", {"status": "machine", "sub_state": "beep_start"}, "machine_end_beep"),
        (
            "DetectMessageEnd",
            {"status": "machine", "sub_state": "beep_timeout"},
            "machine_end_other",
        ),
    ],
)
def test_who_answers(detection: str, event: dict[str, str], who: str | None) -> None:
    one, _ = adapter()
    found = one.read(tells({"uuid": UUID} | event, Detect=detection))
    assert found == ([] if who is None else [answered(who), wanted(who, who)])
    found = one.read(tells({"uuid": UUID} | event, Detect=detection, Async="1"))
    said = (("AnsweredBy", who or ""),)
    tells_program = Told("one", CALL, "", "POST", said, wish="AsyncAmdStatusCallback")
    assert found == ([] if who is None else [answered(who), tells_program])


async def test_who_answers_which_call() -> None:
    one, _ = adapter(reply(404), reply(500), scripts=KeptScripts())
    with pytest.raises(Malformed):
        one.read(tells({"status": "human"}, Detect="Enable"))
    request = tells({"uuid": UUID, "status": "human"}, Detect="Enable")
    # It is over.
    assert (await one.lead(request, told(Say("Hello")))).status == 200
    # It is told again.
    with pytest.raises(HostUnavailable):
        await one.lead(request, told(Say("Hello")))


# Orders


@pytest.mark.covers("carrier:vonage.steer")
async def test_a_live_call_is_ended_and_steered() -> None:
    one, client = adapter(reply(204), reply(204), reply(404), reply(404), reply(500))
    assert await one.end(CALL, UUID, answered=True)
    assert await one.steer(CALL, UUID)
    ended, steered = client.requests
    assert {(one.method, one.url) for one in client.requests} == {("PUT", f"{URL}/{UUID}")}
    assert body(ended) == {"action": "hangup"}
    asking = {
        "action": "notify",
        "payload": {"next": "1"},
        "eventUrl": [ask()],
        "eventMethod": "POST",
    }
    ncco = {"type": "ncco", "ncco": [asking]}
    assert body(steered) == {"action": "transfer", "destination": ncco}
    # It has no such call.
    assert not await one.end(CALL, UUID, answered=True)
    assert not await one.steer(CALL, UUID)
    assert not await one.end(CALL, None, answered=True)
    assert not await one.steer(CALL, None)
    with pytest.raises(ApiRefused):
        await one.steer(CALL, UUID)


@pytest.mark.parametrize(
    ("status", "ended"),
    [("ringing", True), ("started", True), ("new", True), ("answered", False), ("human", False)],
)
async def test_only_what_nobody_answered_is_cancelled(status: str, ended: bool) -> None:
    """A call that was answered meanwhile goes on."""
    one, client = adapter(reply(200, {"uuid": UUID, "status": status}), reply(204))
    assert await one.end(CALL, UUID, answered=False)
    methods = [request.method for request in client.requests]
    assert methods == (["GET", "PUT"] if ended else ["GET"])
    assert not await adapter(reply(404))[0].end(CALL, UUID, answered=False)
    assert not await adapter()[0].end(CALL, None, answered=False)


@pytest.mark.covers("carrier:vonage.look")
@pytest.mark.parametrize(
    ("record", "event"),
    [
        (
            {"status": "completed", "duration": "7"},
            CallEvent(CALL, "completed", UUID, 7, carrier="one"),
        ),
        ({"status": "machine"}, CallEvent(CALL, "in-progress", UUID, carrier="one")),
        ({"status": "started"}, CallEvent(CALL, "initiated", UUID, carrier="one")),
        ({"status": "new"}, None),
        ({"status": None, "duration": None}, None),
    ],
)
async def test_how_a_call_stands(record: dict[str, Any], event: CallEvent | None) -> None:
    one, client = adapter(reply(200, record))
    assert await one.look(CALL, UUID) == event
    assert (client.requests[0].method, client.requests[0].url) == ("GET", f"{URL}/{UUID}")


async def test_a_call_that_it_has_not() -> None:
    for one, uuid in ((adapter(reply(404))[0], UUID), (adapter()[0], None)):
        with pytest.raises(ApiMissing):
            await one.look(CALL, uuid)
    with pytest.raises(ApiRefused):
        await adapter(reply(500))[0].look(CALL, UUID)


async def test_a_document_without_scripts() -> None:
    """Nobody could go on with it: its prompts are said."""
    one, _ = adapter()
    gather = Gather((Say("Press 1"),), action=ACTION)
    found = await one.lead(asks(), CallAnswer(CALL, Response((gather,)), None))
    assert json.loads(found.body) == [{"action": "talk", "text": "Press 1"}]
