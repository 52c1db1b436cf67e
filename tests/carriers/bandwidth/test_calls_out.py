"""Bandwidth: calls that programs have it place, and steer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import pytest

from maskline.carriers import bandwidth
from maskline.carriers.bandwidth import KIND
from maskline.carriers.bandwidth.adapter import Bandwidth
from maskline.carriers.calling import Calling, Led
from maskline.carriers.contract import ApiMissing, ApiRefused, Tools
from maskline.carriers.json_api import basic
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed, Request
from maskline.model.http import ConnectFailed, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    DocumentWanted,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Told,
    Unclear,
)
from maskline.voice.instructions import Dial, Gather, Number, Play, Redirect, Response, Say
from tests.support.carrier_desk import DOOR, NOW, Client, Reply, posted, reply
from tests.support.kept_scripts import SCRIPT, KeptScripts
from tests.support.kept_scripts import told as answer_of
from tests.support.masked_call import ALICE, BOB, CALL, NEAR

USER, PASSWORD = "bw", "a-password-of-ours"
ROOT = "https://voice.bandwidth.com/api/v2/accounts/9900000/calls"
ID = "c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85"
OUT = OutboundCall(CALL, NEAR, ALICE, 25, 600)
BEGUN = reply(201, {"callId": ID, "applicationId": "voice-1", "callTimeout": 25})
FIELDS = {
    "applicationId": "voice-1",
    "from": NEAR,
    "to": ALICE,
    "answerUrl": f"{DOOR}/Call/Placed?Call={CALL}",
    "disconnectUrl": f"{DOOR}/Call/Placed/Status?Call={CALL}",
    "username": USER,
    "password": PASSWORD,
    "callTimeout": 25,
}


def adapter(
    *replies: Reply, scripts: Any = None, fetch: Any = None, **settings: Any
) -> tuple[Bandwidth, Client]:
    client = Client(*replies)
    lent = Tools(http=client, door=DOOR, clock=lambda: NOW, fetch=fetch, scripts=scripts)
    known = {"account_id": "9900000", "application_id": "m-1", "voice_application_id": "voice-1"}
    given = bandwidth.Settings(**known | settings)
    secrets = bandwidth.Credentials("the-token", "the-secret", USER, PASSWORD)
    return bandwidth.build("one", given, secrets, lent), client


def shown(path: str, event: dict[str, Any], **query: str) -> Request:
    """A request that Bandwidth makes."""
    body = json.dumps({"callId": ID, "from": NEAR, "to": ALICE} | event).encode()
    return posted(
        path,
        body,
        query=urlencode(query),
        content_type="application/json",
        authorization=basic(USER, PASSWORD),
    )


def test_it_says_what_it_can_do() -> None:
    one, _ = adapter()
    assert isinstance(one, Calling)
    assert isinstance(one, Led)
    able = {"AsyncAmd", "DetectMessageEnd", "MachineDetection", "SendDigits"}
    assert one.call_options == KIND.call_options == able


async def test_without_a_voice_application_it_places_none() -> None:
    one, client = adapter(voice_application_id="")
    assert one.call_options is None
    assert await one.place(OUT) == Refused(21212, retry=False)
    assert client.requests == []


# Placing


def detection(**more: Any) -> dict[str, Any]:
    return {"machineDetection": {"mode": "sync", "delayResult": False, **more}}


def later(**query: str) -> dict[str, Any]:
    url = f"{DOOR}/Call/Placed/Machine?{urlencode(query)}"
    shows = {"username": USER, "password": PASSWORD}
    return detection(mode="async", callbackUrl=url, callbackMethod="POST", **shows)


@pytest.mark.covers("carrier:bandwidth.place")
@pytest.mark.parametrize(
    ("digits", "options", "asks", "more"),
    [
        ("", {}, {}, {}),
        ("1w2W#", {}, {"Digits": "1w2W#"}, {}),
        ("", {"MachineDetection": "none", "MachineDetectionTimeout": "9"}, {}, {}),
        ("", {"CallReason": "a reminder", "Record": "false"}, {}, {}),
        ("", {"MachineDetection": "Enable"}, {"Listens": "Enable"}, detection()),
        (
            "7",
            {"MachineDetection": "DetectMessageEnd", "MachineDetectionTimeout": "30"},
            {"Digits": "7", "Listens": "DetectMessageEnd"},
            detection(delayResult=True, detectionTimeout=30),
        ),
        (
            "",
            {
                "MachineDetection": "Enable",
                "MachineDetectionSpeechThreshold": "2400",
                "MachineDetectionSpeechEndThreshold": "500",
                "MachineDetectionSilenceTimeout": "5000",
            },
            {"Listens": "Enable"},
            detection(speechThreshold=3, speechEndThreshold=1, silenceTimeout=5),
        ),
        # What is found out later is told later.
        (
            "",
            {"MachineDetection": "Enable", "AsyncAmd": "true"},
            {},
            later(Call=CALL, Listens="Enable"),
        ),
        (
            "1",
            {
                "MachineDetection": "Enable",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": "https://p.example/amd?x=1",
            },
            {"Digits": "1"},
            later(Call=CALL, Listens="Enable", Tell="https://p.example/amd?x=1", TellMethod="POST"),
        ),
        ("", {"MachineDetection": "none", "AsyncAmd": "true"}, {}, {}),
    ],
)
async def test_a_call_is_placed(
    digits: str, options: dict[str, str], asks: dict[str, str], more: dict[str, Any]
) -> None:
    one, client = adapter(BEGUN)
    call = OutboundCall(CALL, NEAR, ALICE, 25, 600, digits, tuple(options.items()))
    assert await one.place(call) == Accepted(ID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", ROOT)
    answer_url = f"{DOOR}/Call/Placed?{urlencode({'Call': CALL} | asks)}"
    assert json.loads(request.body or b"") == FIELDS | {"answerUrl": answer_url} | more


async def test_it_rings_for_as_long_as_bandwidth_lets_it() -> None:
    one, client = adapter(BEGUN)
    await one.place(OutboundCall(CALL, NEAR, ALICE, timeout=600))
    assert json.loads(client.requests[0].body or b"")["callTimeout"] == 300


def invalid(description: str) -> Reply:
    return reply(400, {"type": "validation", "description": description, "id": None})


@pytest.mark.covers("carrier:bandwidth.place-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        # It may ring: nobody calls again.
        (reply(201, {"type": "validation", "description": "no"}), Unclear()),
        (reply(201, "<html>"), Unclear()),
        (reply(500, {}), Unclear()),
        (reply(503, {}, retry_after="5"), Unclear()),
        (ReadTimeout("late"), Unclear()),
        # It can't: somebody may.
        (ConnectFailed("no", "dns"), Refused(20503, retry=True)),
        (reply(429, {"type": "too-many-requests"}, retry_after="3"), Throttled(3.0, whole=True)),
        (reply(401, {}), Refused(20003, retry=True)),
        (reply(403, {}), Refused(20003, retry=False)),
        (reply(404, "<html>"), Refused(20003, retry=False)),
        (invalid("Invalid to: must be an E164 telephone number"), Refused(21217, False)),
        (invalid("'to' is missing"), Refused(21217, False)),
        (invalid("Invalid from: must be an E164 telephone number"), Refused(21212, False)),
        (invalid("The from number is not assigned to the application"), Refused(21212, False)),
        (invalid("Calls to that country are not allowed"), Refused(21215, False)),
        (invalid("ApplicationId not found"), Refused(20003, False)),
        (invalid("Invalid answerUrl: must be a URL"), Refused(20001, False)),
        (reply(415, "<html>"), Refused(20001, False)),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.place(OUT) == result
    assert len(client.requests) == 1


# What becomes of it


def reads(path: str, event: dict[str, Any], **query: str) -> list[Any]:
    one, _ = adapter()
    request = shown(path, event, **query)
    assert one.verify(request)
    return list(one.read(request))


@pytest.mark.covers("carrier:bandwidth.placed")
@pytest.mark.parametrize(
    ("event", "query", "who"),
    [
        ({"eventType": "answer"}, {}, None),
        ({"eventType": "answer", "machineDetectionResult": {"value": "human"}}, {}, None),
        ({"eventType": "redirect"}, {}, None),
        ({"eventType": "redirect"}, {"Listens": "Enable"}, None),
        ({"eventType": "answer"}, {"Listens": "Enable"}, "unknown"),
        *(
            (
                {"eventType": "answer", "machineDetectionResult": {"value": value}},
                {"Listens": listens},
                who,
            )
            for value, listens, who in (
                ("human", "Enable", "human"),
                ("human", "DetectMessageEnd", "human"),
                ("answering-machine", "Enable", "machine_start"),
                ("answering-machine", "DetectMessageEnd", "machine_end_other"),
                ("tone-detected", "DetectMessageEnd", "machine_end_beep"),
                ("silence", "Enable", "unknown"),
                ("timeout", "Enable", "unknown"),
                (None, "Enable", "unknown"),
            )
        ),
        (
            {"eventType": "answer", "machineDetectionResult": "human"},
            {"Listens": "Enable"},
            "human",
        ),
    ],
)
def test_a_call_that_was_answered_asks(
    event: dict[str, Any], query: dict[str, str], who: str | None
) -> None:
    details = () if who is None else (("AnsweredBy", who),)
    assert reads("Call/Placed", event, Call=CALL, **query) == [
        CallEvent(CALL, "in-progress", ID, carrier="one", answered_by=who),
        DocumentWanted("one", CALL, details=details),
    ]


TALK = {"answerTime": "2026-06-20T15:54:25.435Z", "endTime": "2026-06-20T15:54:42.1Z"}


@pytest.mark.covers("carrier:bandwidth.placed")
@pytest.mark.parametrize(
    ("event", "status", "seconds"),
    [
        ({"cause": "hangup"} | TALK, "completed", 17),
        ({"cause": "hangup"}, "canceled", None),
        ({"cause": "cancel"}, "canceled", None),
        ({"cause": "busy"}, "busy", None),
        ({"cause": "rejected"}, "busy", None),
        ({"cause": "timeout"}, "no-answer", None),
        ({"cause": "account-limit"}, "failed", None),
        ({"cause": "callback-error"} | TALK, "failed", 17),
        ({}, "failed", None),
    ],
)
def test_what_becomes_of_a_call(event: dict[str, Any], status: str, seconds: int | None) -> None:
    found = reads("Call/Placed/Status", {"eventType": "disconnect"} | event, Call=CALL)
    assert found == [CallEvent(CALL, status, ID, seconds, carrier="one")]


@pytest.mark.covers("carrier:bandwidth.placed")
@pytest.mark.parametrize(
    ("found", "query", "who", "told"),
    [
        ({"value": "human", "duration": "PT4.9891287S"}, {}, "human", None),
        (
            {"value": "answering-machine", "duration": "PT4.9891287S"},
            {"Listens": "Enable", "Tell": "https://p.example/amd", "TellMethod": "GET"},
            "machine_start",
            Told(
                "one",
                CALL,
                "https://p.example/amd",
                "GET",
                (("AnsweredBy", "machine_start"), ("MachineDetectionDuration", "4989")),
            ),
        ),
        (
            "answering-machine",
            {"Listens": "DetectMessageEnd", "Tell": "https://p.example/amd"},
            "machine_end_other",
            Told(
                "one",
                CALL,
                "https://p.example/amd",
                "POST",
                (("AnsweredBy", "machine_end_other"),),
            ),
        ),
    ],
)
def test_who_answered_is_told_later(
    found: Any, query: dict[str, str], who: str, told: Told | None
) -> None:
    event = {"eventType": "machineDetectionComplete", "machineDetectionResult": found}
    expected = [CallEvent(CALL, "in-progress", ID, carrier="one", answered_by=who)]
    assert reads("Call/Placed/Machine", event, Call=CALL, **query) == [
        *expected,
        *([told] if told else []),
    ]


def test_what_says_nothing() -> None:
    for path, kind in (("Call/Placed", "disconnect"), ("Call/Placed/Status", "answer")):
        assert reads(path, {"eventType": kind}, Call=CALL) == []
    for path, kind in (("Call/Placed", "answer"), ("Call/Placed/Status", "disconnect")):
        with pytest.raises(Malformed):
            reads(path, {"eventType": kind})
        with pytest.raises(Malformed):
            reads(path, {"eventType": kind, "callId": None}, Call=CALL)
    one, _ = adapter()
    request = shown("Call/Placed/Status", {"eventType": "disconnect"}, Call=CALL)
    assert list(fromstring(one.acknowledge(request).body)) == []


def test_what_is_keyed_in_is_not_kept() -> None:
    one, _ = adapter()
    request = shown("Call/Placed", {"eventType": "answer"}, Call=CALL, Digits="4321")
    assert "4321" not in str(redacted(request, one.secrets, 4096))


# What it does


ANSWERS = {"eventType": "answer"}


async def test_a_document_in_its_dialect() -> None:
    scripts = KeptScripts()
    one, _ = adapter(scripts=scripts)
    gather = Gather((Say("Press 1"),), action="https://p.example/keys", num_digits=1)
    request = shown("Call/Placed", ANSWERS, Call=CALL)
    found = fromstring((await one.lead(request, answer_of(Say("Hello"), gather))).body)
    assert [one.tag for one in found] == ["SpeakSentence", "Gather"]
    assert found[1].get("gatherUrl") == f"{DOOR}/Call/Next?Script={SCRIPT}&At=1"
    (kept,) = scripts.kept
    assert kept.call_sid == CALL
    over = fromstring((await one.lead(request, answer_of())).body)
    assert [one.tag for one in over] == ["Hangup"]


async def test_digits_are_keyed_in_first() -> None:
    scripts = KeptScripts()
    one, _ = adapter(scripts=scripts)
    request = shown("Call/Placed", ANSWERS, Call=CALL, Digits="1w2#")
    gather = Gather(action="https://p.example/keys")
    found = fromstring((await one.lead(request, answer_of(gather))).body)
    assert [(one.tag, one.text) for one in found] == [("SendDtmf", "1w2#"), ("Gather", None)]
    # The place is that of what the call was told.
    assert found[1].get("gatherUrl") == f"{DOOR}/Call/Next?Script={SCRIPT}&At=1"
    assert scripts.kept[0].response == Response((Play(digits="1w2#"), gather))


async def test_a_dial_inside_is_another_leg() -> None:
    """Its end does not end the call, which goes on with what follows."""
    one, _ = adapter(scripts=KeptScripts())
    request = shown("Call/Placed", ANSWERS, Call=CALL)
    dial = Dial((Number(BOB),), caller_id=NEAR)
    found = fromstring((await one.lead(request, answer_of(dial, Say("Bye")))).body)
    assert [one.tag for one in found] == ["Transfer", "SpeakSentence"]
    assert found[0].get("transferCompleteUrl") is None
    assert found[0][0].get("transferDisconnectUrl") == f"{DOOR}/Call/Leg?Parent={CALL}"
    ended = {"eventType": "transferDisconnect", "callId": "c-b", "cause": "hangup"} | TALK
    (event,) = reads("Call/Leg", ended, Parent=CALL)
    assert (event.status, event.with_parent, event.adopted.parent_sid) == ("completed", False, CALL)


async def test_another_document_is_followed() -> None:
    async def fetch(url: str, method: str, params: Any) -> Any:
        assert (url, method) == ("https://p.example/on", "GET")
        assert params == {"CallSid": CALL, "CallStatus": "in-progress"}
        return answer_of(Say("further"))

    one, _ = adapter(scripts=KeptScripts(), fetch=fetch)
    request = shown("Call/Placed", ANSWERS, Call=CALL)
    found = await one.lead(request, answer_of(Redirect("https://p.example/on", "GET")))
    assert [one.text for one in fromstring(found.body)] == ["further"]


# Live calls


AT = f"{ROOT}/{ID}"


def asked(client: Client) -> list[tuple[str, str, Any]]:
    return [
        (one.method, one.url, json.loads(one.body) if one.body else None) for one in client.requests
    ]


@pytest.mark.covers("carrier:bandwidth.end")
async def test_a_call_is_ended() -> None:
    one, client = adapter(reply(200, ""), reply(404, {}))
    assert await one.end(CALL, ID, answered=True)
    assert asked(client) == [("POST", AT, {"state": "completed"})]
    assert not await one.end(CALL, ID, answered=True)
    assert not await one.end(CALL, None, answered=True)
    one, _ = adapter(reply(409, {}))
    with pytest.raises(ApiRefused):
        await one.end(CALL, ID, answered=True)


@pytest.mark.covers("carrier:bandwidth.end")
@pytest.mark.parametrize(
    ("state", "is_ended"), [("initiated", True), ("queued", True), ("answered", False)]
)
async def test_a_call_is_ended_unless_it_was_answered(state: str, is_ended: bool) -> None:
    one, client = adapter(reply(200, {"state": state}), reply(200, ""))
    assert await one.end(CALL, ID, answered=False) is is_ended
    ended = [("POST", AT, {"state": "completed"})] if is_ended else []
    assert asked(client) == [("GET", AT, None), *ended]
    one, _ = adapter(reply(404, {}))
    assert not await one.end(CALL, ID, answered=False)


@pytest.mark.covers("carrier:bandwidth.steer")
async def test_a_call_is_steered() -> None:
    one, client = adapter(reply(200, ""), reply(404, {}), reply(409, {}))
    assert await one.steer(CALL, ID)
    to = {
        "redirectUrl": f"{DOOR}/Call/Placed?Call={CALL}",
        "redirectMethod": "POST",
        "username": USER,
        "password": PASSWORD,
    }
    assert asked(client) == [("POST", AT, to)]
    assert not await one.steer(CALL, ID)
    with pytest.raises(ApiRefused):
        await one.steer(CALL, ID)
    assert not await one.steer(CALL, None)


@pytest.mark.covers("carrier:bandwidth.look")
@pytest.mark.parametrize(
    ("record", "status", "seconds"),
    [
        ({"state": "queued"}, "initiated", None),
        ({"state": "initiated"}, "initiated", None),
        ({"state": "answered"}, "in-progress", None),
        ({"state": "disconnected", "disconnectCause": "hangup"} | TALK, "completed", 17),
        ({"state": "disconnected", "disconnectCause": "hangup"}, "canceled", None),
        ({"state": "disconnected", "disconnectCause": "timeout"}, "no-answer", None),
        ({"state": "disconnected"}, "failed", None),
        ({"state": "on-hold"}, None, None),
        ({}, None, None),
    ],
)
async def test_how_a_call_stands(
    record: dict[str, str], status: str | None, seconds: int | None
) -> None:
    one, client = adapter(reply(200, record | {"callId": ID}))
    event = await one.look(CALL, ID)
    assert asked(client) == [("GET", AT, None)]
    if status is None:
        assert event is None
    else:
        assert event == CallEvent(CALL, status, ID, seconds, carrier="one")


async def test_a_call_that_it_has_not() -> None:
    one, _ = adapter(reply(404, {}), reply(500, {}))
    with pytest.raises(ApiMissing):
        await one.look(CALL, ID)
    with pytest.raises(ApiMissing):
        await one.look(CALL, None)
    with pytest.raises(ApiRefused):
        await one.look(CALL, ID)
