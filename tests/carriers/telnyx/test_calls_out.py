"""Calls that programs place by Telnyx: what it is asked for, what its answers mean, and orders."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from maskline.carriers.contract import ApiMissing, ApiRefused
from maskline.carriers.telnyx import KIND
from maskline.carriers.telnyx.events import Placed, packed, unpacked
from maskline.model.http import ConnectFailed, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from tests.carriers.telnyx.calls_out import (
    ASK,
    BESIDE,
    BOUNDS,
    CALLS,
    CONTROL,
    DETECT,
    OUT,
    PLAN,
    TELL,
    TEXML,
    TO_THE_END,
    TOLD_AT,
    errors,
)
from tests.carriers.telnyx.desk import adapter
from tests.carriers.telnyx.test_calls import SID
from tests.support.carrier_desk import DOOR, Client, Reply, reply
from tests.support.kept_scripts import KeptScripts
from tests.support.masked_call import ALICE, CALL, NEAR


def asked_for(call: OutboundCall, **changes: Any) -> OutboundCall:
    return msgspec.structs.replace(call, **changes)


async def placed(call: OutboundCall, answer: Reply, **settings: Any) -> tuple[SendResult, Client]:
    one, client = adapter(answer, **settings)
    return await one.place(call), client


def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.requests[-1].body or b"")
    return found


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
        # It may ring: nobody calls again.
        (reply(503, errors("10011"), retry_after="3"), Unclear()),
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
