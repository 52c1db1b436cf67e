"""Twilio: calls that it is asked to place and steer, and the documents that it fetches from us."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from maskline.carriers.calling import Calling, Led, Limits
from maskline.carriers.contract import ApiMissing, ApiRefused, CallAnswer, Forgets
from maskline.carriers.request import Malformed
from maskline.carriers.twilio.documents import RECORDING_EVENTS, through
from maskline.model.http import ConnectFailed, TotalTimeout
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
from maskline.voice.instructions import (
    LEG_EVENTS,
    Client,
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
    Sip,
)
from tests.carriers.twilio.test_requests import ROOT, Account
from tests.carriers.twilio.test_webhooks import adapter
from tests.support.carrier_desk import DOOR, Reply, posted, reply

PROGRAM = "https://program.example"
CALL = OutboundCall("CAours", "+14158670001", "+14155550100", 30, 600)


def at(what: str, **query: str) -> str:
    return f"{DOOR}/Call/{what}?{urlencode(query)}"


async def test_a_call_is_placed() -> None:
    account = Account(reply(201, {"sid": "CAtheirs", "status": "queued"}))
    assert isinstance(account.adapter, Calling)
    assert await account.adapter.place(CALL) == Accepted("CAtheirs")
    assert account.requests[0].url == f"{ROOT}/Calls.json"
    assert account.form == [
        ("To", "+14155550100"),
        ("From", "+14158670001"),
        ("Url", at("Next", Call="CAours")),
        ("Method", "POST"),
        ("StatusCallback", at("Leg", CallLeg="CAours")),
        ("StatusCallbackMethod", "POST"),
        *(("StatusCallbackEvent", event) for event in LEG_EVENTS),
        ("Timeout", "30"),
        ("TimeLimit", "600"),
    ]


async def test_what_else_a_program_wishes_is_passed_on() -> None:
    """But for its own addresses: the carrier would name calls by names that it does not know."""
    account = Account(reply(201, {"sid": "CAtheirs"}))
    options = (
        ("MachineDetection", "Enable"),
        ("Record", "true"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", f"{PROGRAM}/amd"),
        ("AsyncAmdStatusCallbackMethod", "GET"),
        ("RecordingStatusCallback", f"{PROGRAM}/rec"),
        ("RecordingStatusCallbackEvent", "absent"),
        ("RecordingStatusCallbackEvent", "completed"),
    )
    wishes = OutboundCall("CAours", CALL.caller, CALL.called, send_digits="1w2", options=options)
    await account.adapter.place(wishes)
    assert account.form[12:] == [
        ("SendDigits", "1w2"),
        (
            "AsyncAmdStatusCallback",
            at("Told", Call="CAours", Tell=f"{PROGRAM}/amd", TellMethod="GET"),
        ),
        ("AsyncAmdStatusCallbackMethod", "POST"),
        (
            "RecordingStatusCallback",
            at(
                "Told",
                Call="CAours",
                Tell=f"{PROGRAM}/rec",
                TellMethod="POST",
                Events="absent completed",
            ),
        ),
        ("RecordingStatusCallbackMethod", "POST"),
        *(("RecordingStatusCallbackEvent", event) for event in RECORDING_EVENTS),
        ("MachineDetection", "Enable"),
        ("Record", "true"),
        ("AsyncAmd", "true"),
    ]


async def test_a_recording_is_told_of_whether_or_not_a_program_listens() -> None:
    account = Account(reply(201, {"sid": "CAtheirs"}))
    options = (("Record", "true"), ("RecordingTrack", "both"))
    await account.adapter.place(OutboundCall("CAours", CALL.caller, CALL.called, options=options))
    assert account.form[12:] == [
        ("RecordingStatusCallback", at("Told", Call="CAours")),
        ("RecordingStatusCallbackMethod", "POST"),
        *(("RecordingStatusCallbackEvent", event) for event in RECORDING_EVENTS),
        *options,
    ]
    found = led(Record(), Dial((Number("+1"),), record="record-from-answer"), Dial((Number("+1"),)))
    urls = [one.recording_status_callback for one in found]
    assert urls == [at("Told", Call="CAours")] * 2 + [None]
    kept = Record(recording_status_callback=f"{DOOR}/Call/Told?Call=CAours")
    assert led(kept) == (kept,)
    form = {"CallSid": "CAtheirs", "RecordingSid": "RE1", "RecordingStatus": "completed"}
    params = (("RecordingSid", "RE1"), ("RecordingStatus", "completed"))
    one = adapter()
    told = Told("one", "CAours", "", "POST", params)
    assert one.read(posted("Call/Told", form, query="Call=CAours")) == [told]
    # A program hears of what it wants to hear of.
    heard = {"Call": "CAours", "Tell": PROGRAM, "TellMethod": "GET"}
    for events, url in (("absent completed", PROGRAM), ("absent", "")):
        query = urlencode(heard | {"Events": events})
        (found_told,) = one.read(posted("Call/Told", form, query=query))
        assert found_told == msgspec.structs.replace(told, url=url, method="GET")


async def test_a_recording_is_deleted_there() -> None:
    url = f"{ROOT}/Recordings/RE{'1' * 32}"
    account = Account(reply(204, ""), reply(404, {}), reply(500, {}))
    assert isinstance(account.adapter, Forgets)
    await account.adapter.forget(url)
    assert (account.requests[0].method, account.requests[0].url) == ("DELETE", f"{url}.json")
    with pytest.raises(ApiMissing):
        await account.adapter.forget(url)
    with pytest.raises(ApiRefused):
        await account.adapter.forget(url)
    with pytest.raises(ApiRefused):
        await account.adapter.forget("https://elsewhere.example/RE1")
    assert len(account.requests) == 3


async def test_who_answered_is_told_to_the_record_too() -> None:
    """Where it is found out beside the call, and no program wants to hear of it."""
    account = Account(reply(201, {"sid": "CAtheirs"}))
    options = (("MachineDetection", "Enable"), ("AsyncAmd", "true"))
    await account.adapter.place(OutboundCall("CAours", CALL.caller, CALL.called, options=options))
    assert account.form[12:] == [
        ("AsyncAmdStatusCallback", at("Told", Call="CAours")),
        ("AsyncAmdStatusCallbackMethod", "POST"),
        *options,
    ]
    told = {"CallSid": "CAtheirs", "AnsweredBy": "machine_start", "MachineDetectionDuration": "9"}
    event = CallEvent(
        "CAours", "in-progress", "CAtheirs", carrier="one", answered_by="machine_start"
    )
    one = adapter()
    assert one.read(posted("Call/Told", told, query="Call=CAours")) == [event]
    tell = urlencode({"Call": "CAours", "Tell": f"{PROGRAM}/amd", "TellMethod": "GET"})
    params = (("AnsweredBy", "machine_start"), ("MachineDetectionDuration", "9"))
    assert one.read(posted("Call/Told", told, query=tell)) == [
        event,
        Told("one", "CAours", f"{PROGRAM}/amd", "GET", params),
    ]


async def test_a_live_call_is_limited() -> None:
    account = Account(reply(200, {}), reply(404, {}))
    assert isinstance(account.adapter, Limits)
    assert await account.adapter.limit("CAours", "CAtheirs", 90)
    assert account.form == [("TimeLimit", "90")]
    assert account.requests[0].url == f"{ROOT}/Calls/CAtheirs.json"
    assert not await account.adapter.limit("CAours", "CAtheirs", 90)
    assert not await account.adapter.limit("CAours", None, 90)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, {"code": 21215}), Refused(21215, retry=False)),
        (reply(401, {"code": 20003}), Refused(20003, retry=True)),
        (reply(429, {"code": 20429}, retry_after="3"), Throttled(3.0, whole=True)),
        (ConnectFailed("no", "dns"), Refused(20503, retry=True)),
        # It may ring: whoever asked again might have it ring twice.
        (TotalTimeout("late"), Unclear()),
        (reply(503, {}), Unclear()),
        (reply(201, "<html>"), Unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    assert await Account(answer).adapter.place(CALL) == result


async def test_a_live_call_is_ended_and_steered() -> None:
    account = Account(*(reply(200, {}) for _ in range(3)), reply(404, {}), reply(404, {}))
    one, url = account.adapter, f"{ROOT}/Calls/CAtheirs.json"
    assert await one.end("CAours", "CAtheirs", answered=True)
    assert (account.requests[-1].url, account.form) == (url, [("Status", "completed")])
    assert await one.end("CAours", "CAtheirs", answered=False)
    assert account.form == [("Status", "canceled")]
    assert await one.steer("CAours", "CAtheirs")
    assert account.form == [("Url", at("Next", Call="CAours")), ("Method", "POST")]
    assert not await one.end("CAours", "CAtheirs", answered=True)
    assert not await one.steer("CAours", "CAtheirs")
    for gone in (await one.end("CAours", None, answered=True), await one.steer("CAours", None)):
        assert not gone
    with pytest.raises(ApiRefused):
        await Account(reply(500, {})).adapter.steer("CAours", "CAtheirs")


@pytest.mark.parametrize(
    ("record", "event"),
    [
        (
            {"status": "completed", "duration": "7"},
            CallEvent("CAours", "completed", "CAtheirs", 7, carrier="one"),
        ),
        ({"status": "queued"}, CallEvent("CAours", "initiated", "CAtheirs", carrier="one")),
        ({"status": "new"}, None),
        ({}, None),
    ],
)
async def test_how_a_call_stands(record: dict[str, str], event: CallEvent | None) -> None:
    assert await Account(reply(200, record)).adapter.look("CAours", "CAtheirs") == event


async def test_a_call_that_it_has_not() -> None:
    with pytest.raises(ApiMissing):
        await Account(reply(404, {})).adapter.look("CAours", "CAtheirs")
    with pytest.raises(ApiMissing):
        await Account().adapter.look("CAours", None)


# Documents


def led(*verbs: Any) -> tuple[Any, ...]:
    return through(CallAnswer("CAours", Response(verbs), None), f"{DOOR}/Call").verbs


def test_documents_are_fetched_from_us() -> None:
    gather = Gather((Say("1 or 2"), Play(f"{PROGRAM}/a.mp3")), action=f"{PROGRAM}/keys")
    record = Record(action=f"{PROGRAM}/done", recording_status_callback=f"{PROGRAM}/rec")
    redirect = Redirect(f"{PROGRAM}/on", "GET")
    others = (Say("hi"), Play(f"{PROGRAM}/b.mp3"), Hangup())
    found = led(gather, record, redirect, *others)
    assert found[0].action == at("Next", Call="CAours", Url=f"{PROGRAM}/keys", Method="POST")
    assert found[0].prompts == gather.prompts
    assert found[1].action == at("Next", Call="CAours", Url=f"{PROGRAM}/done", Method="POST")
    assert found[1].recording_status_callback == at(
        "Told", Call="CAours", Tell=f"{PROGRAM}/rec", TellMethod="POST", Events="completed"
    )
    assert found[1].recording_status_callback_events == RECORDING_EVENTS
    on = at("Next", Call="CAours", Url=f"{PROGRAM}/on", Method="GET")
    assert found[2] == Redirect(on, "POST")
    assert found[3:] == others


def test_what_leads_to_a_document_names_its_moment() -> None:
    """Each place another, the same whenever the document is made anew, and told when the carrier
    comes for it: a request that is made again is known by it."""
    dial = Dial((Number("+1", url=f"{PROGRAM}/w"), Number("+2", url=f"{PROGRAM}/w")))
    verbs = (dial, Gather(action=f"{PROGRAM}/x"), Gather(action=f"{PROGRAM}/x"))

    def moments(moment: str) -> list[str]:
        answer = CallAnswer("CAours", Response(verbs), None, moment=moment)
        found: Any = through(answer, f"{DOOR}/Call").verbs
        urls = [*(one.url for one in found[0].targets), found[1].action, found[2].action]
        asked = [posted("Call/Next", {}, query=urlsplit(url).query) for url in urls[2:]]
        asked += [posted("Call/Next", WANTED, query=urlsplit(url).query) for url in urls[:2]]
        found = [list(adapter().read(one))[-1] for one in asked]
        return [one.moment for one in found]

    assert len({*moments("a"), *moments("b")}) == 8
    assert moments("a") == moments("a")
    assert moments("") == [""] * 4


def test_an_aside_goes_on_as_one() -> None:
    """What leads on from what one hears alone is for them alone."""
    answer = CallAnswer("CAours", Response((Redirect(f"{PROGRAM}/x"),)), None, is_aside=True)
    (found,) = through(answer, f"{DOOR}/Call").verbs
    assert found == Redirect(at("Next", Call="CAours", Url=f"{PROGRAM}/x", Method="POST", Leg="1"))


def test_legs_report_to_us_and_their_programs_hear() -> None:
    told = Number(
        "+13055551234",
        url=f"{PROGRAM}/whisper",
        method="GET",
        status_callback=f"{PROGRAM}/leg",
        status_callback_events=("ringing", "completed"),
    )
    dial = Dial(
        (told, Number("+13055551235"), Client("bob"), Sip("sip:bob@example.com")),
        action=f"{PROGRAM}/over",
        method="GET",
        recording_status_callback=f"{PROGRAM}/rec",
    )
    (found,) = led(dial)
    assert found.action == at("Next", Call="CAours", Url=f"{PROGRAM}/over", Method="GET")
    assert found.method == "POST"
    first, second, *rest = found.targets
    whisper = {"Call": "CAours", "Url": f"{PROGRAM}/whisper", "Method": "GET", "Leg": "1"}
    assert first.url == at("Next", **whisper)
    assert first.status_callback == at(
        "Leg",
        Parent="CAours",
        Tell=f"{PROGRAM}/leg",
        TellMethod="POST",
        Events="ringing completed",
    )
    assert first.status_callback_events == LEG_EVENTS
    assert second.status_callback == at("Leg", Parent="CAours")
    assert [one.status_callback_events for one in rest] == [LEG_EVENTS, LEG_EVENTS]
    (conference,) = led(Dial((Conference("room"),)))
    assert conference == Dial((Conference("room"),))


def test_what_is_ours_stays() -> None:
    proxy = "https://mask.example/webhooks/v1/Accounts/AC1/Proxy/KS1/Webhooks/Call"
    leg = Number("+1", url=f"{proxy}/Whisper", status_callback=f"{DOOR}/Call/Leg?Parent=CA2")
    verbs = (Dial((leg,), action=f"{DOOR}/Call/Done?CallLeg=CA1"), Redirect(proxy))
    assert led(*verbs) == verbs
    # But for the moment at which the call comes back to us.
    named = CallAnswer("CAours", Response((Redirect(proxy), Redirect(f"{proxy}?a=1"))), None)
    found = through(msgspec.structs.replace(named, moment="m"), f"{DOOR}/Call").verbs
    urls = [one.url for one in found if isinstance(one, Redirect)]
    moments = [one.rpartition("At=")[2] for one in urls]
    assert urls == [f"{proxy}?At={moments[0]}", f"{proxy}?a=1&At={moments[1]}"]
    assert len({*moments, ""}) == 3
    masked = CallAnswer("CAours", Response((Redirect(f"{PROGRAM}/x"),)), "CAleg")
    assert through(masked, f"{DOOR}/Call") == masked.response


WANTED = {
    "CallSid": "CAtheirs",
    "AccountSid": "AC1",
    "From": "+14155550100",
    "FromCity": "",
    "CallStatus": "in-progress",
    "Digits": "4",
}


@pytest.mark.parametrize(
    ("query", "changes", "expected"),
    [
        (
            {"Call": "CAours"},
            {"AnsweredBy": "human"},
            [
                CallEvent("CAours", "in-progress", "CAtheirs", carrier="one", answered_by="human"),
                DocumentWanted(
                    "one",
                    "CAours",
                    details=(
                        ("CallStatus", "in-progress"),
                        ("Digits", "4"),
                        ("AnsweredBy", "human"),
                    ),
                ),
            ],
        ),
        (
            {"Call": "CAours", "Url": f"{PROGRAM}/x", "Method": "GET"},
            {"CallStatus": "ringing"},
            [
                DocumentWanted(
                    "one",
                    "CAours",
                    f"{PROGRAM}/x",
                    "GET",
                    (("CallStatus", "ringing"), ("Digits", "4")),
                )
            ],
        ),
        (
            {"Call": "CAours", "Url": f"{PROGRAM}/x", "Leg": "1"},
            {"To": "+13055551234"},
            [
                # Who listens may not have been told of yet.
                CallEvent(
                    "",
                    "in-progress",
                    "CAtheirs",
                    adopted=Adopted("CAours", "+14155550100", "+13055551234"),
                    carrier="one",
                ),
                DocumentWanted(
                    "one",
                    "CAours",
                    f"{PROGRAM}/x",
                    "POST",
                    (("CallStatus", "in-progress"), ("Digits", "4")),
                    leg="CAtheirs",
                ),
            ],
        ),
    ],
)
def test_documents_that_are_wanted(
    query: dict[str, str], changes: dict[str, str], expected: list[Any]
) -> None:
    one = adapter()
    assert isinstance(one, Led)
    asked = posted("Call/Next", {**WANTED, **changes}, query=urlencode(query))
    assert list(one.read(asked)) == expected


def test_a_document_of_no_call() -> None:
    with pytest.raises(Malformed):
        adapter().read(posted("Call/Next", WANTED))


def test_what_is_told_to_programs() -> None:
    one = adapter()
    form = {"CallSid": "CAleg", "From": "+14158670001", "To": "+13055551234"}
    query = {"Parent": "CAours", "Tell": f"{PROGRAM}/leg", "Events": "answered"}
    rings, answers = (
        one.read(posted("Call/Leg", {**form, "CallStatus": status}, query=urlencode(query)))
        for status in ("ringing", "in-progress")
    )
    leg = Adopted("CAours", "+14158670001", "+13055551234")
    assert list(rings) == [CallEvent("", "ringing", "CAleg", adopted=leg, carrier="one")]
    assert list(answers)[1:] == [
        Told(
            "one",
            "CAours",
            f"{PROGRAM}/leg",
            "POST",
            (("CallStatus", "in-progress"),),
            leg="CAleg",
        )
    ]
    query = {"Call": "CAours", "Tell": f"{PROGRAM}/rec", "TellMethod": "GET"}
    recorded = {"CallSid": "CAtheirs", "RecordingSid": "RE1"}
    assert list(one.read(posted("Call/Told", recorded, query=urlencode(query)))) == [
        Told("one", "CAours", f"{PROGRAM}/rec", "GET", (("RecordingSid", "RE1"),))
    ]
    nothing = {"CallSid": "CAtheirs"}
    assert list(one.read(posted("Call/Told", nothing, query="Call=CAours"))) == []


def test_what_becomes_of_a_placed_call() -> None:
    form = {"CallSid": "CAtheirs", "CallStatus": "completed", "CallDuration": "9"}
    told = adapter().read(
        posted("Call/Leg", {**form, "AnsweredBy": "machine_start"}, query="CallLeg=CAours")
    )
    assert list(told) == [
        CallEvent("CAours", "completed", "CAtheirs", 9, carrier="one", answered_by="machine_start")
    ]


async def test_a_document_in_its_dialect() -> None:
    answer = CallAnswer("CAours", Response((Redirect(f"{PROGRAM}/on"),)), None)
    found = await adapter().lead(posted("Call/Next", WANTED), answer)
    assert b"/Call/Next?Call=CAours&amp;Url=https%3A%2F%2Fprogram.example%2Fon" in found.body
