"""Plivo: calls that programs have it place, and steer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import pytest

from maskline.carriers.calling import Calling, Led
from maskline.carriers.contract import ApiMissing, ApiRefused
from maskline.carriers.plivo import KIND
from maskline.carriers.request import Malformed
from maskline.model.http import ConnectFailed, TotalTimeout
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    DocumentWanted,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.voice.instructions import Dial, Gather, Number, Redirect, Say
from tests.carriers.plivo.desk import ROOT, adapter, signed
from tests.support.carrier_desk import DOOR, Reply, reply
from tests.support.kept_scripts import SCRIPT, KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, NEAR

UUID = "97ceeb52-58b6-11e1-86da-77300b68f8bb"
OUT = OutboundCall(CALL, NEAR, ALICE, 25, 600)
FIRED = reply(201, {"message": "call fired", "request_uuid": UUID, "api_id": "a"})
ASKED = f"{DOOR}/Call/Placed?Call={CALL}"
TELLS = f"{DOOR}/Call/Placed/Status?Call={CALL}"
FIELDS = {
    "from": NEAR[1:],
    "to": ALICE[1:],
    "answer_url": ASKED,
    "answer_method": "POST",
    "ring_url": TELLS,
    "ring_method": "POST",
    "hangup_url": TELLS,
    "hangup_method": "POST",
    "ring_timeout": 25,
    "time_limit": 600,
}
LISTENING = {"answer_url": f"{ASKED}&Listens=1", "machine_detection": "true"}


def test_it_says_what_it_can_do() -> None:
    one, _ = adapter()
    assert isinstance(one, Calling)
    assert isinstance(one, Led)
    assert one.call_options == KIND.call_options == {"SendDigits", "MachineDetection"}


# Placing


@pytest.mark.covers("carrier:plivo.place")
@pytest.mark.parametrize(
    ("digits", "options", "more"),
    [
        ("", {}, {}),
        ("1w2W#", {}, {"send_digits": "1w2W#"}),
        ("", {"MachineDetection": "none", "MachineDetectionTimeout": "9"}, {}),
        ("", {"CallReason": "a reminder", "Record": "false"}, {}),
        ("", {"MachineDetection": "Enable"}, LISTENING),
        (
            "",
            {
                "MachineDetection": "Enable",
                "MachineDetectionTimeout": "7",
                "MachineDetectionSpeechThreshold": "2400",
                "MachineDetectionSpeechEndThreshold": "1200",
                "MachineDetectionSilenceTimeout": "5000",
            },
            LISTENING
            | {
                "machine_detection_time": 7000,
                "machine_detection_maximum_speech_length": 2400,
                "machine_detection_initial_silence": 5000,
            },
        ),
        (
            "",
            {"MachineDetection": "Enable", "MachineDetectionTimeout": "59"},
            LISTENING | {"machine_detection_time": 10_000},
        ),
    ],
)
async def test_a_call_is_placed(digits: str, options: dict[str, str], more: dict[str, Any]) -> None:
    one, client = adapter(FIRED)
    call = OutboundCall(CALL, NEAR, ALICE, 25, 600, digits, tuple(options.items()))
    assert await one.place(call) == Accepted(UUID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", f"{ROOT}/Call/")
    assert json.loads(request.body or b"") == FIELDS | more


@pytest.mark.covers("carrier:plivo.place-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(201, {"request_uuid": [UUID], "message": "call queued"}), Accepted(UUID)),
        # It may ring: nobody calls again.
        (reply(201, {"message": "call fired"}), Unclear()),
        (reply(200, {"error": "not a good one"}), Unclear()),
        (reply(201, "<html>"), Unclear()),
        (reply(500, {}), Unclear()),
        (reply(503, {}, retry_after="5"), Unclear()),
        (TotalTimeout("late"), Unclear()),
        # It can't: somebody may.
        (ConnectFailed("no", "dns"), Refused(20503, retry=True)),
        (reply(429, {}, retry_after="3"), Throttled(3.0, whole=True)),
        (reply(401, {}), Refused(20003, retry=True)),
        (reply(403, {}), Refused(20003, retry=False)),
        (reply(404, {"error": "not found"}), Refused(20003, retry=False)),
        (reply(402, {}), Refused(30002, retry=False)),
        (reply(400, {"error": "insufficient credits to place a call"}), Refused(30002, False)),
        (reply(400, {"error": "Destination country is barred"}), Refused(21215, False)),
        (reply(400, {"error": "from parameter is not valid"}), Refused(21212, False)),
        (reply(400, {"error": "invalid caller id"}), Refused(21212, False)),
        (reply(400, {"error": "to is a mandatory parameter"}), Refused(21217, False)),
        (reply(400, {"error": "the 'to' parameter is not valid"}), Refused(21217, False)),
        (reply(400, {"error": "invalid destination"}), Refused(21217, False)),
        (reply(400, {"error": {"answer_url": ["not one to be reached"]}}), Refused(20001, False)),
        (reply(405, "no"), Refused(20001, False)),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.place(OUT) == result
    assert len(client.requests) == 1


# What becomes of it


def hook(path: str, query: dict[str, str], **form: str) -> Any:
    request = signed(
        path, {"CallUUID": UUID, "From": NEAR[1:], "To": ALICE[1:]} | form, query=urlencode(query)
    )
    one, _ = adapter()
    assert one.verify(request)
    return list(one.read(request))


def talks(answered_by: str | None = None) -> CallEvent:
    return CallEvent(CALL, "in-progress", UUID, carrier="one", answered_by=answered_by)


@pytest.mark.covers("carrier:plivo.placed")
@pytest.mark.parametrize(
    ("query", "form", "who"),
    [
        ({}, {}, None),
        ({}, {"Machine": "true"}, None),
        ({"Listens": "1"}, {"Machine": "true"}, "machine_start"),
        ({"Listens": "1"}, {"Machine": "false"}, "human"),
        ({"Listens": "1"}, {}, "human"),
    ],
)
def test_a_call_that_was_answered_asks(
    query: dict[str, str], form: dict[str, str], who: str | None
) -> None:
    details = () if who is None else (("AnsweredBy", who),)
    assert hook("Call/Placed", {"Call": CALL} | query, CallStatus="in-progress", **form) == [
        talks(who),
        DocumentWanted("one", CALL, details=details),
    ]


@pytest.mark.covers("carrier:plivo.placed")
@pytest.mark.parametrize(
    ("form", "status", "seconds"),
    [
        ({"CallStatus": "ringing", "Event": "Ring"}, "ringing", None),
        ({"CallStatus": "completed", "Duration": "17"}, "completed", 17),
        ({"CallStatus": "completed", "Duration": "0", "AnswerTime": "now"}, "completed", 0),
        ({"CallStatus": "completed", "HangupCauseCode": "4000"}, "completed", None),
        # Given up before anybody picked up.
        ({"CallStatus": "completed", "Duration": "0", "HangupCauseCode": "1000"}, "canceled", 0),
        ({"CallStatus": "completed", "HangupCauseCode": "6000"}, "no-answer", None),
        ({"CallStatus": "completed", "Duration": "0", "HangupCauseCode": "3010"}, "busy", 0),
        ({"CallStatus": "busy", "HangupCauseCode": "3010"}, "busy", None),
        ({"CallStatus": "timeout"}, "no-answer", None),
        ({"CallStatus": "no-answer", "Duration": "x"}, "no-answer", None),
        ({"CallStatus": "no-answer", "Duration": "²"}, "no-answer", None),
        ({"CallStatus": "failed", "HangupCauseCode": "2000"}, "failed", None),
        ({"CallStatus": "cancel"}, "canceled", None),
    ],
)
def test_what_becomes_of_a_call(form: dict[str, str], status: str, seconds: int | None) -> None:
    expected = CallEvent(CALL, status, UUID, seconds, carrier="one")
    assert hook("Call/Placed/Status", {"Call": CALL}, **form) == [expected]


def test_what_says_nothing() -> None:
    assert hook("Call/Placed/Status", {"Call": CALL}, CallStatus="new") == []
    for path in ("Call/Placed", "Call/Placed/Status"):
        with pytest.raises(Malformed):
            hook(path, {}, CallStatus="ringing")
    one, _ = adapter()
    answer = one.acknowledge(signed("Call/Placed/Status", {}, query=f"Call={CALL}"))
    assert list(fromstring(answer.body)) == []


# What it does


async def test_a_document_in_its_dialect() -> None:
    scripts = KeptScripts()
    one, _ = adapter(scripts=scripts)
    request = signed("Call/Placed", {"CallUUID": UUID}, query=f"Call={CALL}")
    gather = Gather((Say("Press 1"),), action="https://p.example/keys", num_digits=1)
    found = fromstring((await one.lead(request, told(Say("Hello"), gather))).body)
    assert [one.tag for one in found] == ["Speak", "GetInput"]
    assert found[1].get("action") == f"{DOOR}/Call/Next?Script={SCRIPT}&At=1"
    (kept,) = scripts.kept
    assert kept.call_sid == CALL
    over = fromstring((await one.lead(request, told())).body)
    assert [one.tag for one in over] == ["Hangup"]


async def test_a_dial_inside_is_another_leg() -> None:
    """Its end does not end the call, which goes on with what follows."""
    one, _ = adapter(scripts=KeptScripts())
    request = signed("Call/Placed", {"CallUUID": UUID}, query=f"Call={CALL}")
    dial = Dial((Number(BOB),), caller_id=NEAR)
    found = fromstring((await one.lead(request, told(dial, Say("Bye")))).body)
    assert [(one.tag, one.get("action")) for one in found] == [("Dial", None), ("Speak", None)]
    assert found[0].get("callbackUrl") == f"{DOOR}/Call/Leg?Parent={CALL}"
    form = {"DialAction": "hangup", "DialBLegUUID": "b", "DialBLegDuration": "4"}
    (event,) = one.read(signed("Call/Leg", form, query=f"Parent={CALL}"))
    assert isinstance(event, CallEvent)
    assert (event.status, event.with_parent) == ("completed", False)
    assert event.adopted is not None
    assert event.adopted.parent_sid == CALL


async def test_another_document_is_followed() -> None:
    asked = []

    async def fetch(url: str, method: str, params: Any) -> Any:
        asked.append((url, method, dict(params)))
        return told(Say("further"))

    one, _ = adapter(scripts=KeptScripts(), fetch=fetch)
    request = signed("Call/Placed", {"CallUUID": UUID}, query=f"Call={CALL}")
    found = await one.lead(request, told(Redirect("https://p.example/on", "GET")))
    assert [one.text for one in fromstring(found.body)] == ["further"]
    about = {"CallSid": CALL, "CallStatus": "in-progress"}
    assert asked == [("https://p.example/on", "GET", about)]


# Live calls


AT = f"{ROOT}/Call/{UUID}/"


def requests_of(client: Any) -> list[tuple[str, str]]:
    return [(one.method, one.url) for one in client.requests]


@pytest.mark.covers("carrier:plivo.end")
async def test_a_call_is_ended() -> None:
    one, client = adapter(reply(204))
    assert await one.end(CALL, UUID, answered=True)
    assert requests_of(client) == [("DELETE", AT)]
    one, client = adapter(reply(404))
    assert not await one.end(CALL, UUID, answered=True)
    one, client = adapter()
    assert not await one.end(CALL, None, answered=True)
    assert client.requests == []
    one, _ = adapter(reply(500))
    with pytest.raises(ApiRefused):
        await one.end(CALL, UUID, answered=True)


@pytest.mark.covers("carrier:plivo.end")
@pytest.mark.parametrize(
    ("live", "is_ended"),
    [
        (reply(200, {"call_status": "ringing"}), True),
        # It waits in a queue there.
        (reply(404), True),
        (reply(200, {"call_status": "in-progress"}), False),
    ],
)
async def test_a_call_is_ended_unless_it_was_answered(live: Reply, is_ended: bool) -> None:
    one, client = adapter(live, reply(204))
    assert await one.end(CALL, UUID, answered=False) is is_ended
    ended = [("DELETE", AT)] if is_ended else []
    assert requests_of(client) == [("GET", f"{AT}?status=live"), *ended]


@pytest.mark.covers("carrier:plivo.steer")
async def test_a_call_is_steered() -> None:
    one, client = adapter(reply(202, {"message": "call transferred"}), reply(404), reply(400))
    assert await one.steer(CALL, UUID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", AT)
    assert json.loads(request.body or b"") == {
        "legs": "aleg",
        "aleg_url": ASKED,
        "aleg_method": "POST",
    }
    assert not await one.steer(CALL, UUID)
    with pytest.raises(ApiRefused):
        await one.steer(CALL, UUID)
    assert not await one.steer(CALL, None)


GONE = reply(404, {"error": "not found"})
ENDED = {"end_time": "2026-05-22 17:49:40+05:30", "answer_time": None, "call_duration": 0}


@pytest.mark.covers("carrier:plivo.look")
@pytest.mark.parametrize(
    ("answers", "status", "seconds"),
    [
        ([reply(200, {"call_status": "ringing", "call_uuid": UUID})], "ringing", None),
        ([reply(200, {"call_status": "in-progress", "call_uuid": UUID})], "in-progress", None),
        ([reply(200, {"call_status": "new"})], None, None),
        ([GONE, reply(200, {"call_status": "queued"})], None, None),
        (
            [GONE, GONE, reply(200, ENDED | {"call_duration": 9, "answer_time": "then"})],
            "completed",
            9,
        ),
        ([GONE, GONE, reply(200, ENDED | {"answer_time": "then"})], "completed", 0),
        ([GONE, GONE, reply(200, ENDED | {"hangup_cause_code": 3010})], "busy", 0),
        ([GONE, GONE, reply(200, ENDED | {"hangup_cause_code": 1000})], "canceled", 0),
        ([GONE, GONE, reply(200, ENDED)], "no-answer", 0),
        ([GONE, GONE, reply(200, {"end_time": None})], None, None),
    ],
)
async def test_how_a_call_stands(
    answers: list[Reply], status: str | None, seconds: int | None
) -> None:
    one, client = adapter(*answers)
    event = await one.look(CALL, UUID)
    if status is None:
        assert event is None
    else:
        # Only the record of a call on the line names it.
        named = UUID if len(answers) == 1 else None
        assert event == CallEvent(CALL, status, named, seconds, carrier="one")
    asked = [f"{AT}?status=live", f"{AT}?status=queued", AT]
    assert requests_of(client) == [("GET", url) for url in asked[: len(answers)]]


async def test_a_call_that_it_has_not() -> None:
    one, _ = adapter(GONE, GONE, GONE)
    with pytest.raises(ApiMissing):
        await one.look(CALL, UUID)
    one, _ = adapter()
    with pytest.raises(ApiMissing):
        await one.look(CALL, None)
    one, _ = adapter(reply(500))
    with pytest.raises(ApiRefused):
        await one.look(CALL, UUID)
