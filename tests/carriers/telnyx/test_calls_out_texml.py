"""Calls that programs place and steer by TeXML."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import fromstring

import msgspec
import pytest

from maskline.carriers.request import Malformed
from maskline.carriers.telnyx.adapter import Telnyx
from maskline.carriers.telnyx.events import Leg, Placed, packed
from maskline.model.traffic import (
    CallEvent,
    DocumentWanted,
    Told,
)
from maskline.voice.instructions import (
    Conference,
    Dial,
    Gather,
    Number,
    Play,
    Record,
    Redirect,
    Say,
)
from tests.carriers.telnyx.calls_out import (
    ASK,
    MINE,
    PROGRAM,
    TALKS,
    TEXML,
    TOLD_AT,
    WANTED,
)
from tests.carriers.telnyx.desk import adapter, hook, signed
from tests.carriers.telnyx.test_calls import OTHER, SID, form
from tests.support.carrier_desk import DOOR, reply
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, NEAR


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
        (
            {"CallStatus": "completed", "CallDuration": "²"},
            CallEvent(CALL, "completed", SID, carrier="one"),
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
    conference = Conference(
        "room",
        wait_url=f"{PROGRAM}/music",
        status_callback=TOLD_AT,
        status_callback_method="GET",
    )
    tune = Conference("tune", wait_url="https://m.example/a.mp3")
    answer = told(
        Gather(action=f"{PROGRAM}/keys"),
        Record(action=f"{PROGRAM}/taped", recording_status_callback=TOLD_AT),
        Dial((number, Conference("quiet"), tune, conference), action=f"{PROGRAM}/after"),
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
            "/Call/Document",
            "/Call/Leg",
            *["/Call/Next"] * 6,
            *["/Call/Told"] * 2,
        ]
        asked = [query["Url"] for path, query in led(body) if path == "/Call/Next"]
        assert {url.removeprefix(PROGRAM) for url in asked} == {
            "/keys",
            "/taped",
            "/whisper",
            "/after",
            "/more",
            "/music",
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
    stands, told = said
    assert stands == msgspec.structs.replace(TALKS, answered_by="machine_start")
    assert dict(told.params)["RecordingUrl"] == kept
    assert SID not in str(told.params)
    # Without the account nobody knows where Telnyx has it.
    other, _ = adapter()
    said, _ = await asks(other, "Call/Told", tell, **fields)
    assert dict(said[-1].params)["RecordingUrl"] == fields["RecordingUrl"]


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


def test_the_call_that_is_told_of() -> None:
    one, _ = adapter(**TEXML)
    asked = form(CallSid=SID)
    assert one.named(signed("Call/Placed", asked, query=f"Call={CALL}")) == (CALL, SID)
    assert one.named(signed("Call/Next", asked, query=f"Call={CALL}")) == (CALL, SID)
    for path, query in (
        ("Call/Next", f"Call={CALL}&Leg=1"),
        ("Call/Told", f"Call={CALL}"),
        ("Call", ""),
    ):
        assert one.named(signed(path, asked, query=query)) is None
    control, _ = adapter(voice="call-control", connection="app-1")
    for state, named in ((Placed(CALL), (CALL, SID)), (Leg("", SID), None)):
        payload = {"call_control_id": SID, "client_state": packed(state)}
        request = hook("Call/Placed/Status", "call.answered", payload, f"Call={CALL}")
        assert control.named(request) == named
