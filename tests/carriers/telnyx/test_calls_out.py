"""Calls that programs place and steer by Telnyx, by TeXML and by call control."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree.ElementTree import fromstring

import msgspec
import pytest

from maskline.carriers.contract import ApiMissing, ApiRefused, CallAnswer, HostUnavailable
from maskline.carriers.request import Malformed, Request
from maskline.carriers.telnyx import KIND, call_control
from maskline.carriers.telnyx.adapter import Telnyx
from maskline.carriers.telnyx.events import Leg, Placed, Plan, Rings, packed, unpacked
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
from maskline.voice.instructions import (
    Conference,
    Dial,
    Gather,
    Hangup,
    Number,
    Play,
    Record,
    Redirect,
    Response,
    Say,
)
from tests.carriers.telnyx.desk import adapter, hook, signed
from tests.carriers.telnyx.test_calls import OK, OTHER, SID, Steered, form
from tests.support.carrier_desk import DOOR, Client, Reply, reply
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, LEG, NEAR

OUT = OutboundCall(CALL, NEAR, ALICE, timeout=20, time_limit=600)
ASK = f"{DOOR}/Call/Placed?Call={CALL}"
TELL = f"{DOOR}/Call/Placed/Status?Call={CALL}"
PROGRAM = "https://p.example"
TOLD_AT = f"{PROGRAM}/told?a=b"
TEXML = {"voice": "texml", "connection": "app-1", "account_id": "acc-1"}
CONTROL = {"voice": "call-control", "connection": "app-1"}
CALLS = "https://api.telnyx.com/v2/texml/Accounts/acc-1/Calls"
MINE = f"{CALLS}/{quote(SID, safe='')}"
DETECT = ("MachineDetection", "Enable")
TO_THE_END = ("MachineDetection", "DetectMessageEnd")
BESIDE = (("AsyncAmd", "true"), ("AsyncAmdStatusCallback", TOLD_AT))
BOUNDS = (
    ("MachineDetectionTimeout", "10"),
    ("MachineDetectionSpeechThreshold", "2000"),
    ("MachineDetectionSpeechEndThreshold", "700"),
    ("MachineDetectionSilenceTimeout", "4000"),
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_control, "_SETTLING", 0.0)


def asked_for(call: OutboundCall, **changes: Any) -> OutboundCall:
    return msgspec.structs.replace(call, **changes)


async def placed(call: OutboundCall, answer: Reply, **settings: Any) -> tuple[SendResult, Client]:
    one, client = adapter(answer, **settings)
    return await one.place(call), client


def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.requests[-1].body or b"")
    return found


# What is asked for

TEXML_CALL = {
    "ApplicationSid": "app-1",
    "From": NEAR,
    "To": ALICE,
    "Url": ASK,
    "UrlMethod": "POST",
    "StatusCallback": TELL,
    "StatusCallbackMethod": "POST",
    "StatusCallbackEvent": "initiated ringing answered completed",
    "Timeout": 20,
    "TimeLimit": 600,
}
DETECTS = {"AsyncAmd": True, "AsyncAmdStatusCallbackMethod": "POST"}


def machine(**query: str) -> str:
    return f"{DOOR}/Call/Placed/Machine?{urlencode({'Call': CALL, **query})}"


@pytest.mark.covers("carrier:telnyx.place-texml")
@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {}),
        ({"timeout": 1, "time_limit": 1}, {"Timeout": 5, "TimeLimit": 30}),
        ({"timeout": 600, "time_limit": 86_400}, {"Timeout": 120, "TimeLimit": 14_400}),
        ({"options": (("MachineDetection", "none"), ("Record", "false"))}, {}),
        ({"options": (("CallReason", "Parcel"), ("Trim", "trim-silence"))}, {}),
        (
            {"options": (DETECT,)},
            DETECTS
            | {
                "MachineDetection": "Enable",
                "Url": f"{ASK}&Waits=33",
                "AsyncAmdStatusCallback": machine(Detect="start", Waits="1"),
            },
        ),
        (
            {"options": (TO_THE_END, *BOUNDS)},
            DETECTS
            | {
                "MachineDetection": "DetectMessageEnd",
                "Url": f"{ASK}&Waits=23",
                "AsyncAmdStatusCallback": machine(Detect="end", Waits="1"),
                "MachineDetectionTimeout": 10_000,
                "MachineDetectionSpeechThreshold": 2000,
                "MachineDetectionSpeechEndThreshold": 700,
                "MachineDetectionSilenceTimeout": 4000,
            },
        ),
        (
            {"options": (DETECT, *BESIDE, ("AsyncAmdStatusCallbackMethod", "GET"))},
            DETECTS
            | {
                "MachineDetection": "Enable",
                "AsyncAmdStatusCallback": machine(Detect="start", Tell=TOLD_AT, TellMethod="GET"),
            },
        ),
        (
            {"options": (DETECT, ("AsyncAmd", "true"))},
            DETECTS
            | {"MachineDetection": "Enable", "AsyncAmdStatusCallback": machine(Detect="start")},
        ),
        (
            {"options": (("Record", "true"),)},
            {
                "Record": True,
                "Trim": "do-not-trim",
                "RecordingChannels": "mono",
                "RecordingTrack": "both",
            },
        ),
        (
            {
                "options": (
                    ("Record", "true"),
                    ("Trim", "trim-silence"),
                    ("RecordingChannels", "dual"),
                    ("RecordingTrack", "inbound"),
                    ("RecordingStatusCallback", TOLD_AT),
                    ("RecordingStatusCallbackMethod", "GET"),
                    ("RecordingStatusCallbackEvent", "in-progress"),
                    ("RecordingStatusCallbackEvent", "absent"),
                )
            },
            {
                "Record": True,
                "Trim": "trim-silence",
                "RecordingChannels": "dual",
                "RecordingTrack": "inbound",
                "RecordingStatusCallback": f"{DOOR}/Call/Told?"
                + urlencode({"Call": CALL, "Tell": TOLD_AT, "TellMethod": "GET"}),
                "RecordingStatusCallbackMethod": "POST",
                "RecordingStatusCallbackEvent": "in-progress absent",
            },
        ),
        (
            {"options": (("Record", "true"), ("RecordingStatusCallback", TOLD_AT))},
            {
                "Record": True,
                "Trim": "do-not-trim",
                "RecordingChannels": "mono",
                "RecordingTrack": "both",
                "RecordingStatusCallback": f"{DOOR}/Call/Told?"
                + urlencode({"Call": CALL, "Tell": TOLD_AT, "TellMethod": "POST"}),
                "RecordingStatusCallbackMethod": "POST",
                "RecordingStatusCallbackEvent": "completed",
            },
        ),
    ],
)
async def test_a_call_by_texml(changes: dict[str, Any], fields: dict[str, Any]) -> None:
    result, client = await placed(asked_for(OUT, **changes), reply(200, {"call_sid": SID}), **TEXML)
    assert result == Accepted(SID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", CALLS)
    assert document(client) == TEXML_CALL | fields


CONTROL_CALL = {
    "connection_id": "app-1",
    "from": NEAR,
    "to": ALICE,
    "timeout_secs": 20,
    "time_limit_secs": 600,
    "webhook_url": TELL,
    "webhook_url_method": "POST",
}


@pytest.mark.covers("carrier:telnyx.place-control")
@pytest.mark.parametrize(
    ("changes", "fields", "waits"),
    [
        ({}, {}, False),
        ({"timeout": 1, "time_limit": 1}, {"timeout_secs": 5, "time_limit_secs": 30}, False),
        (
            {"timeout": 600, "time_limit": 86_400},
            {"timeout_secs": 600, "time_limit_secs": 14_400},
            False,
        ),
        (
            {"options": (DETECT,)},
            {"answering_machine_detection": "detect", "webhook_url": f"{TELL}&Detect=start"},
            True,
        ),
        (
            {"options": (TO_THE_END, *BOUNDS)},
            {
                "answering_machine_detection": "greeting_end",
                "answering_machine_detection_config": {
                    "total_analysis_time_millis": 10_000,
                    "greeting_duration_millis": 2000,
                    "after_greeting_silence_millis": 700,
                    "initial_silence_millis": 4000,
                },
                "webhook_url": f"{TELL}&Detect=end",
            },
            True,
        ),
        (
            {"options": (DETECT, *BESIDE)},
            {
                "answering_machine_detection": "detect",
                "webhook_url": f"{TELL}&"
                + urlencode({"Detect": "start", "Tell": TOLD_AT, "TellMethod": "POST"}),
            },
            False,
        ),
    ],
)
async def test_a_call_by_call_control(
    changes: dict[str, Any], fields: dict[str, Any], waits: bool
) -> None:
    answer = reply(200, {"data": {"call_control_id": SID, "is_alive": False}})
    result, client = await placed(asked_for(OUT, **changes), answer, **CONTROL)
    assert result == Accepted(SID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", "https://api.telnyx.com/v2/calls")
    found = document(client)
    assert unpacked(found.pop("client_state")) == Placed(CALL, waits)
    assert found == CONTROL_CALL | fields


def errors(*codes: str | int, detail: str = "") -> dict[str, Any]:
    return {"errors": [{"code": code, "title": "No", "detail": detail} for code in codes]}


@pytest.mark.covers("carrier:telnyx.place-errors")
@pytest.mark.parametrize("settings", [TEXML, CONTROL], ids=["texml", "call-control"])
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(200, {}), Unclear()),
        (reply(200, "<html>"), Unclear()),
        (reply(422, errors("10002")), Refused(21217, retry=False)),
        (reply(422, errors(10016)), Refused(21217, retry=False)),
        (reply(422, errors("10001")), Refused(21212, retry=False)),
        (reply(403, errors("10010")), Refused(21215, retry=False)),
        (
            reply(403, errors(10010, detail="not in whitelisted countries D13")),
            Refused(21215, retry=False),
        ),
        (
            reply(403, errors("10010", detail="Caller Origination Number is Invalid D35")),
            Refused(21212, retry=False),
        ),
        (reply(403, errors("20100")), Refused(30002, retry=True)),
        (reply(403, errors("10010", detail="account blocked D19")), Refused(30002, retry=True)),
        (reply(401, errors("10009")), Refused(20003, retry=True)),
        (reply(401), Refused(20003, retry=True)),
        (reply(422, errors("10015")), Refused(20001, retry=False)),
        (reply(429, errors("10011"), retry_after="3"), Throttled(3.0, whole=True)),
        (reply(429), Throttled(None, whole=True)),
        (reply(403, errors("10010", detail="limit D1")), Throttled(None, whole=True)),
        (reply(500, errors("10007")), Unclear()),
        (reply(503), Unclear()),
        (ReadTimeout("no answer"), Unclear()),
        (ConnectFailed("no", "tcp"), Refused(20503, retry=True)),
    ],
)
async def test_what_answers_to_a_call_mean(
    settings: dict[str, Any], answer: Reply, result: SendResult
) -> None:
    found, client = await placed(OUT, answer, **settings)
    assert found == result
    # Whatever it is, nobody is rung twice.
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, None),
        ({"voice": "none", "connection": "app-1"}, None),
        ({"voice": "call-control"}, None),
        ({"connection": "app-1"}, None),
        (TEXML, {"AsyncAmd", "DetectMessageEnd", "MachineDetection", "Record"}),
        (CONTROL, {"AsyncAmd", "DetectMessageEnd", "MachineDetection"}),
    ],
)
def test_what_may_be_asked_for(settings: dict[str, Any], options: set[str] | None) -> None:
    one, _ = adapter(**settings)
    assert one.call_options == options
    if options is not None:
        assert KIND.call_options is not None
        assert KIND.call_options <= options


# TeXML


async def asks(one: Telnyx, path: str, query: str = "", **fields: str) -> tuple[list[Any], str]:
    """What a request says, and how it is answered."""
    request = signed(path, form(CallSid=SID, **fields), query=query)
    assert one.verify(request)
    said = list(one.read(request))
    if any(isinstance(found, DocumentWanted) for found in said):
        answer = await one.lead(request, told(Say("Hello")))
    else:
        answer = one.acknowledge(request)
    await one.close()
    return said, answer.body.decode()


TALKS = CallEvent(CALL, "in-progress", SID, carrier="one")
WANTED = DocumentWanted("one", CALL)


@pytest.mark.covers("carrier:telnyx.ask-texml")
async def test_a_call_that_was_answered_asks_what_it_does() -> None:
    one, _ = adapter(**TEXML)
    for _ in range(2):
        said, body = await asks(one, "Call/Placed", f"Call={CALL}", CallStatus="in-progress")
        assert said == [TALKS, WANTED]
        assert fromstring(body)[0].text == "Hello"
    with pytest.raises(Malformed):
        await asks(one, "Call/Placed")
    with pytest.raises(Malformed):
        one.read(signed("Call/Placed", b"", query=f"Call={CALL}"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"CallStatus": "initiated"}, CallEvent(CALL, "initiated", SID, carrier="one")),
        ({"CallStatus": "ringing"}, CallEvent(CALL, "ringing", SID, carrier="one")),
        ({"CallStatus": "answered"}, TALKS),
        ({"CallStatus": "in-progress"}, TALKS),
        (
            {"CallStatus": "completed", "CallDuration": "7"},
            CallEvent(CALL, "completed", SID, 7, carrier="one"),
        ),
        ({"CallStatus": "busy"}, CallEvent(CALL, "busy", SID, carrier="one")),
        ({"CallStatus": "no-answer"}, CallEvent(CALL, "no-answer", SID, carrier="one")),
        ({"CallStatus": "canceled"}, CallEvent(CALL, "canceled", SID, carrier="one")),
        ({"CallStatus": "failed"}, CallEvent(CALL, "failed", SID, carrier="one")),
        ({"CallStatus": "machine-detected"}, None),
    ],
)
async def test_what_becomes_of_it(fields: dict[str, str], says: CallEvent | None) -> None:
    one, _ = adapter(**TEXML)
    said, body = await asks(one, "Call/Placed/Status", f"Call={CALL}", **fields)
    assert said == ([] if says is None else [says])
    assert list(fromstring(body)) == []


@pytest.mark.covers("carrier:telnyx.machine-texml")
@pytest.mark.parametrize(
    ("theirs", "detect", "who"),
    [
        ("human", "start", "human"),
        ("machine_start", "start", "machine_start"),
        ("machine", "start", "machine_start"),
        ("fax", "start", "fax"),
        ("not_sure", "start", "unknown"),
        ("", "start", "unknown"),
        ("human", "end", "human"),
        ("machine_start", "end", None),
        ("machine", "end", None),
        ("machine_end_beep", "end", "machine_end_beep"),
        ("machine_end_silence", "end", "machine_end_silence"),
        ("machine_end_other", "end", "machine_end_other"),
    ],
)
async def test_who_answered_is_told_beside_the_call(
    theirs: str, detect: str, who: str | None
) -> None:
    one, client = adapter(**TEXML)
    query = urlencode({"Call": CALL, "Detect": detect, "Tell": TOLD_AT, "TellMethod": "GET"})
    said, _ = await asks(
        one, "Call/Placed/Machine", query, AnsweredBy=theirs, MachineDetectionDuration="2500"
    )
    if who is None:
        assert said == []
        return
    params = (("AnsweredBy", who), ("MachineDetectionDuration", "2500"))
    assert said == [
        msgspec.structs.replace(TALKS, answered_by=who),
        Told("one", CALL, TOLD_AT, "GET", params),
    ]
    # The call goes on meanwhile.
    assert client.requests == []
    said, _ = await asks(one, "Call/Placed/Machine", f"Call={CALL}", AnsweredBy="human")
    assert said == [msgspec.structs.replace(TALKS, answered_by="human")]


async def test_a_call_waits_until_it_is_known_who_answered() -> None:
    one, client = adapter(reply(200, {"sid": SID}), **TEXML, scripts=KeptScripts())
    said, body = await asks(one, "Call/Placed", f"Call={CALL}&Waits=33")
    assert said == [TALKS]
    pause, redirect = fromstring(body)
    assert (pause.tag, pause.get("length")) == ("Pause", "33")
    # Who is not told in time asks all the same.
    assert redirect.text == f"{ASK}&AnsweredBy=unknown"
    query = f"Call={CALL}&Detect=start&Waits=1"
    for _ in range(2):
        # Telnyx tells twice, and the call is sent on once.
        await asks(one, "Call/Placed/Machine", query, AnsweredBy="human")
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", MINE)
    assert dict(client.form) == {"Url": f"{ASK}&AnsweredBy=human", "Method": "POST"}
    said, _ = await asks(one, "Call/Placed", f"Call={CALL}&AnsweredBy=human")
    assert said == [
        msgspec.structs.replace(TALKS, answered_by="human"),
        msgspec.structs.replace(WANTED, details=(("AnsweredBy", "human"),)),
    ]
    with pytest.raises(Malformed):
        await asks(one, "Call/Placed", f"Call={CALL}&Waits=x")


async def test_a_call_that_is_not_sent_on_asks_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    one, client = adapter(reply(500), **TEXML)
    await asks(one, "Call/Placed/Machine", f"Call={CALL}&Waits=1", AnsweredBy="human")
    assert len(client.requests) == 1
    assert "did not send a call on: ApiRefused" in caplog.text


def led(body: str) -> list[tuple[str, dict[str, str]]]:
    """The addresses of ours in a document: path and query."""
    found = []
    for one in fromstring(body).iter():
        for url in (*one.attrib.values(), one.text or ""):
            if url.startswith(DOOR):
                parts = urlsplit(url)
                path = parts.path.removeprefix(urlsplit(DOOR).path)
                found.append((path, dict(parse_qsl(parts.query))))
    return found


@pytest.mark.covers("carrier:telnyx.lead-texml")
async def test_documents_lead_by_our_door() -> None:
    one, _ = adapter(**TEXML)
    number = Number(BOB, url=f"{PROGRAM}/whisper", status_callback=TOLD_AT)
    conference = Conference("room", status_callback=TOLD_AT, status_callback_method="GET")
    answer = told(
        Gather(action=f"{PROGRAM}/keys"),
        Record(action=f"{PROGRAM}/taped", recording_status_callback=TOLD_AT),
        Dial((number, Conference("quiet"), conference), action=f"{PROGRAM}/after"),
        Play("https://m.example/a.mp3"),
        Redirect(f"{PROGRAM}/more"),
    )
    request = signed("Call/Placed", form(CallSid=SID), query=f"Call={CALL}")
    for found in (
        await one.lead(request, answer),
        await one.instruct(signed("Call", form(CallSid=SID)), None, answer),  # type: ignore[arg-type]
    ):
        body = found.body.decode()
        assert sorted(path for path, _ in led(body)) == [
            "/Call/Leg",
            *["/Call/Next"] * 5,
            *["/Call/Told"] * 2,
        ]
        asked = [query["Url"] for path, query in led(body) if path == "/Call/Next"]
        assert {url.removeprefix(PROGRAM) for url in asked} == {
            "/keys",
            "/taped",
            "/whisper",
            "/after",
            "/more",
        }
        heard = [query for path, query in led(body) if path == "/Call/Told"]
        assert {query["TellMethod"] for query in heard} == {"GET", "POST"}
        # No program is sent anything that Telnyx signed.
        assert f'"{PROGRAM}' not in body
        assert f">{PROGRAM}" not in body


async def test_what_a_later_document_is_told() -> None:
    """Telnyx's own ids are nobody's business."""
    one, _ = adapter(**TEXML)
    recordings = "https://api.telnyx.com/v2/texml/Accounts/acc-1/Recordings"
    query = urlencode({"Call": CALL, "Url": f"{PROGRAM}/keys", "Method": "GET"})
    fields = {
        "CallStatus": "in-progress",
        "CallSidLegacy": SID,
        "ConnectionId": "1",
        "From": NEAR,
        "To": ALICE,
        "Digits": "7",
        "AnsweredBy": "machine",
        "RecordingSid": "6a09cdc3",
        "RecordingUrl": "https://s3.example/1.mp3?signed=1",
    }
    said, _ = await asks(one, "Call/Next", query, **fields)
    (stands, wanted) = said
    assert stands == msgspec.structs.replace(TALKS, answered_by="machine_start")
    assert (wanted.url, wanted.method) == (f"{PROGRAM}/keys", "GET")
    details = dict(wanted.details)
    assert details.pop("RecordingSid").startswith("RE")
    kept = details.pop("RecordingUrl")
    assert details == {
        "CallStatus": "in-progress",
        "Digits": "7",
        "AnsweredBy": "machine_start",
    }
    assert kept == f"{recordings}/6a09cdc3.json"
    tell = urlencode({"Call": CALL, "Tell": TOLD_AT})
    said, _ = await asks(one, "Call/Told", tell, RecordingStatus="completed", **fields)
    assert dict(said[0].params)["RecordingUrl"] == kept
    assert SID not in str(said[0].params)
    # Without the account nobody knows where Telnyx has it.
    other, _ = adapter()
    said, _ = await asks(other, "Call/Told", tell, **fields)
    assert dict(said[0].params)["RecordingUrl"] == fields["RecordingUrl"]


async def test_a_recording_is_fetched_by_its_record() -> None:
    kept = "https://api.telnyx.com/v2/texml/Accounts/acc-1/Recordings/6a09cdc3.json"
    one, client = adapter(
        reply(200, {"sid": "6a09cdc3", "media_url": "https://s3.example/1.mp3?signed=1"}),
        reply(200, b"sound", content_type="audio/mpeg"),
        **TEXML,
    )
    assert one.keeps(kept)
    assert (await one.fetch(kept)).body == b"sound"
    first, second = client.requests
    assert first.url == kept
    assert "Authorization" not in second.headers
    assert not adapter()[0].keeps(kept)


async def test_a_dial_in_a_placed_call() -> None:
    one, _ = adapter(**TEXML)
    query = f"Parent={CALL}&" + urlencode({"Tell": TOLD_AT, "Events": "completed"})
    leg = form(CallSid=OTHER, From=NEAR, To=BOB, CallStatus="completed", CallDuration="4")
    event, heard = one.read(signed("Call/Leg", leg, query=query))
    assert isinstance(event, CallEvent)
    # The call that it was dialled for goes on.
    assert (event.status, event.with_parent, event.duration) == ("completed", False, 4)
    assert event.adopted is not None
    assert event.adopted.parent_sid == CALL
    assert isinstance(heard, Told)
    assert (heard.call_sid, heard.leg, heard.url) == (CALL, OTHER, TOLD_AT)


@pytest.mark.covers("carrier:telnyx.steer-texml")
async def test_a_live_call_by_texml() -> None:
    one, client = adapter(*[reply(200, {"sid": SID})] * 2, **TEXML)
    assert await one.steer(CALL, SID)
    assert dict(client.form) == {"Url": ASK, "Method": "POST"}
    assert await one.end(CALL, SID, answered=True)
    assert dict(client.form) == {"Status": "completed"}
    assert {(request.method, request.url) for request in client.requests} == {("POST", MINE)}


@pytest.mark.parametrize(
    ("status", "orders"), [("ringing", [{"Status": "completed"}]), ("in-progress", [])]
)
async def test_only_a_call_that_nobody_answered_is_cancelled(
    status: str, orders: list[dict[str, str]]
) -> None:
    one, client = adapter(reply(200, {"status": status}), reply(200, {}), **TEXML)
    assert await one.end(CALL, SID, answered=False)
    posted = [request for request in client.requests if request.method == "POST"]
    assert [dict(parse_qsl((request.body or b"").decode())) for request in posted] == orders


@pytest.mark.parametrize("answer", [reply(404), reply(422, errors("90018"))])
async def test_calls_that_are_not_on_the_line(answer: Reply) -> None:
    one, _ = adapter(*[answer] * 2, **TEXML)
    assert not await one.steer(CALL, SID)
    assert not await one.end(CALL, SID, answered=True)
    one, _ = adapter(answer, **CONTROL)
    assert not await one.end(CALL, SID, answered=True)
    for settings in (TEXML, CONTROL):
        one, client = adapter(reply(404), reply(404), **settings)
        assert not await one.end(CALL, None, answered=True)
        assert not await one.steer(CALL, None)
        with pytest.raises(ApiMissing):
            await one.look(CALL, None)
        assert client.requests == []
        assert not await one.end(CALL, SID, answered=False)


@pytest.mark.parametrize("settings", [TEXML, CONTROL], ids=["texml", "call-control"])
async def test_orders_that_are_not_carried_out(settings: dict[str, Any]) -> None:
    for answer in (reply(422, errors("10015")), reply(500), ConnectFailed("no", "tcp")):
        one, _ = adapter(*[answer] * 3, **settings, scripts=KeptScripts())
        with pytest.raises(ApiRefused):
            await one.end(CALL, SID, answered=True)
        with pytest.raises(ApiRefused):
            await one.steer(CALL, SID)
        with pytest.raises(ApiRefused):
            await one.look(CALL, SID)


def kept(state: Any, **more: Any) -> Reply:
    return reply(200, {"data": {"is_alive": True, "client_state": packed(state), **more}})


PLAN = Plan(CALL, None, "call.speak.ended", Response((Say("Old"),)))


@pytest.mark.covers("carrier:telnyx.look-call")
@pytest.mark.parametrize(
    ("settings", "answer", "found"),
    [
        (TEXML, {"status": "ringing"}, CallEvent(CALL, "ringing", SID, carrier="one")),
        (
            TEXML,
            {"data": {"status": "completed", "duration": "9"}},
            CallEvent(CALL, "completed", SID, 9, carrier="one"),
        ),
        (TEXML, {"status": "odd"}, None),
        (CONTROL, {"data": {"is_alive": True}}, CallEvent(CALL, "initiated", SID, carrier="one")),
        (
            CONTROL,
            {"data": {"is_alive": True, "client_state": packed(PLAN)}},
            CallEvent(CALL, "in-progress", SID, carrier="one"),
        ),
        (
            CONTROL,
            {"data": {"is_alive": True, "client_state": packed(Placed(CALL))}},
            CallEvent(CALL, "initiated", SID, carrier="one"),
        ),
        (CONTROL, {"data": {"is_alive": False}}, CallEvent(CALL, "initiated", SID, carrier="one")),
        (
            CONTROL,
            {"data": {"is_alive": False, "end_time": "2026", "call_duration": 9}},
            CallEvent(CALL, "completed", SID, 9, carrier="one"),
        ),
        (
            CONTROL,
            {"data": {"is_alive": False, "end_time": "2026"}},
            CallEvent(CALL, "failed", SID, 0, carrier="one"),
        ),
    ],
)
async def test_how_a_call_stands(
    settings: dict[str, Any], answer: dict[str, Any], found: CallEvent | None
) -> None:
    one, _ = adapter(reply(200, answer), reply(404), **settings)
    assert await one.look(CALL, SID) == found
    with pytest.raises(ApiMissing):
        await one.look(CALL, SID)


async def test_without_the_account_nobody_knows_how_a_call_stands() -> None:
    one, client = adapter()
    assert await one.look(CALL, SID) is None
    assert client.requests == []


# Call control


class Led(Steered):
    """A call that a program placed; `asked` is what its program was asked, and `says` what that
    answered, one document after the other."""

    def __init__(self, *replies: Reply, **settings: Any) -> None:
        self.asked: list[dict[str, str]] = []
        self.says: list[CallAnswer] = []
        self.scripts = KeptScripts()
        given = {"scripts": self.scripts, "fetch": self.fetch, "connection": "app-1"}
        super().__init__(*replies, **given | settings)
        self.query = f"Call={CALL}"

    async def fetch(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        assert url == ""
        self.asked.append(dict(params))
        return self.says.pop(0) if self.says else told(Say("Hello"), Hangup())

    def event(self, kind: str, **payload: Any) -> Request:
        blank = {"call_control_id": SID, "connection_id": "app-1", "from": NEAR, "to": ALICE}
        return hook("Call/Placed/Status", kind, blank | payload, self.query)

    @property
    def done(self) -> list[tuple[str, str]]:
        return [command[:2] for command in self.commands]

    @property
    def state(self) -> Any:
        return unpacked(self.commands[-1][2]["client_state"])


AWAITED = packed(Placed(CALL, waits=True))
AT_ONCE = packed(Placed(CALL))


@pytest.mark.covers("carrier:telnyx.ask-control")
async def test_an_answered_call_is_led() -> None:
    it = Led(OK, OK)
    state = {"client_state": AT_ONCE}
    assert await it.happens("call.initiated", direction="outgoing", **state) == []
    for _ in range(2):
        # Telnyx tells twice: the program is asked once.
        assert await it.happens("call.answered", **state) == [TALKS]
    assert it.asked == [{"CallSid": CALL}]
    assert it.done == [(SID, "speak")]
    assert it.commands[0][2]["payload"] == "Hello"
    await it.happens("call.speak.ended", client_state=it.commands[0][2]["client_state"])
    assert it.done[1:] == [(SID, "hangup")]
    ended = await it.happens("call.hangup", hangup_cause="normal_clearing", **state)
    assert ended == [CallEvent(CALL, "completed", SID, carrier="one")]


@pytest.mark.parametrize(
    ("cause", "status"),
    [("timeout", "no-answer"), ("user_busy", "busy"), ("originator_cancel", "canceled")],
)
async def test_a_call_that_comes_to_nothing(cause: str, status: str) -> None:
    it = Led()
    said = await it.happens("call.hangup", client_state=AT_ONCE, hangup_cause=cause)
    assert said == [CallEvent(CALL, status, SID, carrier="one")]
    assert it.commands == []


async def test_keys_of_a_placed_call() -> None:
    it = Led(OK, OK)
    it.says.append(told(Gather(action=PROGRAM), Hangup()))
    await it.happens("call.answered", client_state=AT_ONCE)
    assert it.done == [(SID, "gather")]
    it.scripts.answers.append(told(Say("Thanks"), script="CD1", at=0))
    state = it.commands[0][2]["client_state"]
    await it.happens("call.gather.ended", client_state=state, digits="1", status="valid")
    assert dict(it.scripts.turns[0].told) == {"Digits": "1"}
    assert it.done[1:] == [(SID, "speak")]


async def test_a_dial_of_a_placed_call() -> None:
    """The person is not answered once more; the end of the leg is not theirs."""
    it = Led(OK, OK, OK)
    it.says.append(told(Dial((Number(BOB),), caller_id=NEAR), Say("Goodbye")))
    await it.happens("call.answered", client_state=AT_ONCE)
    assert it.done == [(SID, "transfer")]
    state = it.commands[0][2]["target_leg_client_state"]
    leg = {"call_control_id": OTHER, "client_state": state, "from": NEAR, "to": BOB}
    await it.happens("call.initiated", direction="outgoing", **leg)
    assert it.done[1:] == [(SID, "client_state_update")]
    assert it.state == Rings(OTHER, call_sid=CALL)
    (event,) = await it.happens("call.answered", **leg)
    assert event.adopted is not None
    assert event.adopted.parent_sid == CALL
    assert len(it.commands) == 2
    it.scripts.answers.append(told(Say("Goodbye"), script="CD1", at=1))
    (event,) = await it.happens("call.hangup", hangup_cause="normal_clearing", **leg)
    assert (event.status, event.with_parent) == ("completed", False)
    assert it.done[2:] == [(SID, "speak")]


@pytest.mark.covers("carrier:telnyx.machine-control")
@pytest.mark.parametrize(
    ("detect", "events", "who"),
    [
        ("start", [("detection", "human")], "human"),
        ("start", [("detection", "machine")], "machine_start"),
        ("start", [("detection", "not_sure")], "unknown"),
        ("start", [("detection", None)], "unknown"),
        ("start", [("greeting", "ended")], None),
        ("end", [("detection", "human")], "human"),
        ("end", [("detection", "machine")], None),
        ("end", [("detection", "machine"), ("greeting", "beep_detected")], "machine_end_beep"),
        ("end", [("detection", "machine"), ("greeting", "ended")], "machine_end_silence"),
        ("end", [("detection", "machine"), ("greeting", "not_sure")], "machine_end_other"),
    ],
)
@pytest.mark.parametrize("waits", [True, False])
async def test_who_answered(
    detect: str, events: list[tuple[str, str | None]], who: str | None, waits: bool
) -> None:
    it = Led(OK)
    it.query += f"&Detect={detect}"
    state = AWAITED if waits else AT_ONCE
    if not waits:
        it.query += "&" + urlencode({"Tell": TOLD_AT, "TellMethod": "GET"})
    assert await it.happens("call.answered", client_state=state) == [TALKS]
    assert it.asked == ([] if waits else [{"CallSid": CALL}])
    said = []
    for kind, result in events:
        said += await it.happens(f"call.machine.{kind}.ended", client_state=state, result=result)
    if who is None:
        assert said == []
        return
    known = msgspec.structs.replace(TALKS, answered_by=who)
    if waits:
        assert said == [known]
        assert it.asked == [{"CallSid": CALL, "AnsweredBy": who}]
        assert it.done == [(SID, "speak")]
    else:
        assert said == [known, Told("one", CALL, TOLD_AT, "GET", (("AnsweredBy", who),))]
        assert len(it.asked) == 1


@pytest.mark.covers("carrier:telnyx.steer-control")
async def test_a_live_call_goes_on_elsewhere() -> None:
    it = Led(kept(PLAN), *[OK] * 5)
    it.says.append(told(Say("Now this"), Hangup()))
    assert await it.one.steer(CALL, SID)
    assert it.asked == [{"CallSid": CALL}]
    assert it.done == [
        (SID, "client_state_update"),
        (SID, "gather_stop"),
        (SID, "playback_stop"),
        (SID, "record_stop"),
        (SID, "speak"),
    ]
    assert unpacked(it.commands[0][2]["client_state"]) == Plan(CALL, None, "", Response(), course=1)
    assert (it.commands[-1][2]["payload"], it.state.course) == ("Now this", 1)
    # What is left of what it did before goes nowhere, whichever state Telnyx tells of it with.
    before = len(it.commands)
    await it.happens("call.speak.ended", client_state=packed(PLAN))
    await it.happens("call.speak.ended", client_state=it.commands[0][2]["client_state"])
    gather = msgspec.structs.replace(PLAN, then="call.gather.ended", script="CD1")
    await it.happens("call.gather.ended", client_state=packed(gather), digits="1")
    assert it.scripts.turns == []
    assert len(it.commands) == before
    # The new course goes on.
    it.client.replies.append(OK)
    await it.happens("call.speak.ended", client_state=it.commands[-1][2]["client_state"])
    assert it.done[-1] == (SID, "hangup")


async def test_a_call_goes_on_elsewhere_again() -> None:
    it = Led(kept(PLAN), *[OK] * 5, kept(msgspec.structs.replace(PLAN, course=1)), *[OK] * 5)
    for _ in range(2):
        assert await it.one.steer(CALL, SID)
    assert it.state.course == 2
    given = [fields["command_id"] for _, _, fields in it.commands]
    # Telnyx passes over what comes twice.
    assert len(set(given)) == len(given)
    # An order that is given once more, since nobody knows how far the first came.
    it.client.replies += [kept(PLAN), *[OK] * 5]
    assert await it.one.steer(CALL, SID)
    assert it.state.course == 3


async def test_a_call_that_rings_others_goes_on_elsewhere() -> None:
    it = Led(kept(Rings(OTHER, ("v3:third",), CALL)), *[OK] * 7)
    assert await it.one.steer(CALL, SID)
    assert [call for call, action in it.done if action == "hangup"] == [OTHER, "v3:third"]
    # Their ends ask nobody what comes after the Dial; one that rings only now is let go.
    leg = Leg("", SID, parent=CALL, script="CD1", is_answered=True)
    rung = {"call_control_id": OTHER, "client_state": packed(leg), "from": NEAR, "to": BOB}
    await it.happens("call.hangup", hangup_cause="normal_clearing", **rung)
    assert it.scripts.turns == []
    for kind in ("call.initiated", "call.answered"):
        it.client.replies.append(OK)
        await it.happens(kind, **rung)
        assert it.done[-1] == (OTHER, "hangup")
    competes = packed(msgspec.structs.replace(leg, competes=True))
    it.client.replies.append(OK)
    await it.happens("call.answered", **rung | {"client_state": competes})
    assert it.done[-1] == (OTHER, "hangup")


async def test_a_step_that_fails_when_its_call_has_gone_on_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    it = Led(kept(PLAN), *[OK] * 5)
    assert await it.one.steer(CALL, SID)
    before = len(it.commands)
    recording = msgspec.structs.replace(
        PLAN, then="call.recording.saved", response=Response((Record(finish_on_key="#"),))
    )
    # A key ends a recording that is not there any more.
    it.client.replies.append(reply(422))
    await it.happens("call.dtmf.received", client_state=packed(recording), digit="#")
    assert it.done[before:] == [(SID, "record_stop")]
    # And a call whose course nobody ended ends, when it can't go on.
    fresh = Led(reply(422), OK)
    await fresh.happens("call.answered", client_state=AT_ONCE)
    assert fresh.done == [(SID, "speak"), (SID, "hangup")]
    assert "422" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        reply(404),
        kept(Plan(CALL, LEG, "call.speak.ended", Response())),
        kept(Rings(OTHER)),
        kept(Leg(LEG, SID)),
        reply(200, {"data": {"is_alive": True}}),
        kept(PLAN, is_alive=False, end_time="2026"),
    ],
)
async def test_calls_that_can_t_go_on_elsewhere(answer: Reply) -> None:
    """Those that are over, and masked ones: they end with the partner's."""
    it = Led(answer)
    assert not await it.one.steer(CALL, SID)
    assert it.commands == []
    assert it.asked == []


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (Placed(CALL), True),
        (Rings(OTHER), True),
        (msgspec.structs.replace(PLAN, then="call.answered"), True),
        (PLAN, False),
    ],
)
async def test_who_cancels_a_call_leaves_one_that_was_answered(state: Any, ends: bool) -> None:
    it = Led(kept(state), OK)
    assert await it.one.end(CALL, SID, answered=False)
    assert it.done == ([(SID, "hangup")] if ends else [])


async def test_a_call_that_came_in_goes_on_elsewhere() -> None:
    it = Steered(OK, scripts=KeptScripts(), fetch=Led().fetch, connection="app-1")
    await it.comes_in(told(Say("Hi")))
    it.client.replies.append(OK)
    state = it.commands[0][2]["client_state"]
    assert await it.happens("call.answered", client_state=state) == [TALKS]
    it.client.replies += [kept(unpacked(it.commands[-1][2]["client_state"])), *[OK] * 5]
    assert await it.one.steer(CALL, SID)
    assert it.commands[-1][:2] == (SID, "speak")


async def test_while_the_database_is_away_a_call_goes_on() -> None:
    class Away(KeptScripts):
        async def claim(self, script: str, at: int, leg: str) -> str:
            raise HostUnavailable("away")

    it = Led(OK, scripts=Away())
    await it.happens("call.speak.ended", client_state=packed(PLAN))
    assert it.done == [(SID, "speak")]


async def test_a_program_that_takes_its_time_comes_too_late() -> None:
    """Its call has gone on elsewhere when it answers."""
    it = Led(kept(Placed(CALL)), *[OK] * 5)

    async def slow(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        if not it.asked:
            it.asked.append(dict(params))
            assert await it.one.steer(CALL, SID)
            return told(Say("Old"))
        return told(Say("New"))

    it.one._control._tools = msgspec.structs.replace(it.one._control._tools, fetch=slow)
    await it.happens("call.answered", client_state=AT_ONCE)
    said = [fields["payload"] for _, action, fields in it.commands if action == "speak"]
    assert said == ["New"]
