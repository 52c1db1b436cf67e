"""Sinch: what it posts to us, and what it is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskline.carriers import sinch
from maskline.carriers.contract import CallAnswer, Inbound, Webhooks
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed, Request
from maskline.carriers.sinch.adapter import Sinch
from maskline.carriers.sinch.signature import of_message
from maskline.model.traffic import CallEvent, CallTurn, InboundCall, InboundMessage, LegReport
from maskline.voice.instructions import (
    Conference,
    Dial,
    Gather,
    Hangup,
    Number,
    Play,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.support.carrier_desk import DOOR, NOW, Client, posted, tools

KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
CALLER, NUMBER, PARTNER, MASK = "+14155550100", "+14158670001", "+13055550100", "+14158670002"
JSON = "application/json"


def adapter(
    hook_secret: str = "the-hook-secret",
    whisper: Response | None = None,
    fetch: Any = None,
    scripts: Any = None,
    now: int = NOW,
    **settings: Any,
) -> Sinch:
    lent = tools(Client(), lambda: now)
    lent = type(lent)(
        lent.http, lent.door, lent.clock, fetch=fetch, whisper=whisper, scripts=scripts
    )
    given = {"service_plan_id": "plan1", "application_key": KEY} | settings
    secret = SECRET if given["application_key"] else ""
    # As a test's own secret is shorter than the settings allow, they are passed by.
    credentials = sinch.Credentials("the-api-token", hook_secret, secret)
    return sinch.build("one", sinch.Settings(**given), credentials, lent)


def hook(path: str, document: Any) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return posted(path, body, content_type=JSON)


@pytest.mark.covers("carrier:sinch.signature")
@pytest.mark.parametrize(
    ("changes", "sound"),
    [
        ({}, True),
        ({"x_sinch_webhook_signature_algorithm": "HmacSHA256"}, True),
        ({"x_sinch_webhook_signature_algorithm": "none"}, False),
        ({"x_sinch_webhook_signature_nonce": "nonce2"}, False),
        ({"x_sinch_webhook_signature_timestamp": "1700000001"}, False),
        ({"x_sinch_webhook_signature": ""}, False),
        ({"x_sinch_webhook_signature": "é"}, False),
    ],
)
@pytest.mark.parametrize("path", ["Message", "Status"])
def test_messages_signatures(path: str, changes: dict[str, str], sound: bool) -> None:
    """The vector of the facts: secret `secret`."""
    headers: dict[str, Any] = {
        "x_sinch_webhook_signature": "bU9IrYmnJ6dPmylOUWczrEGUJXDn/rHtqn5q2kriT04=",
        "x_sinch_webhook_signature_nonce": "nonce1",
        "x_sinch_webhook_signature_timestamp": "1700000000",
    } | changes
    body = b'{"id":"1"}'
    assert adapter("secret").verify(posted(path, body, content_type=JSON, **headers)) is sound
    assert not adapter("other").verify(posted(path, body, content_type=JSON, **headers))
    assert not adapter("secret").verify(posted(path, body + b" ", content_type=JSON, **headers))
    assert not adapter("secret").verify(posted(path, body, content_type=JSON))


#: The example of Sinch's page on callback signing.
ACE = (
    b'{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",'
    b'"timestamp":"2014-09-24T10:59:41Z","version":1}'
)
SIGNED = "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4="
THEN = 1_411_556_381_000


@pytest.mark.covers("carrier:sinch.call-signature")
@pytest.mark.parametrize(
    ("changes", "now", "sound"),
    [
        ({}, THEN, True),
        ({}, THEN + 299_000, True),
        ({}, THEN - 299_000, True),
        ({}, THEN + 301_000, False),
        ({}, THEN - 301_000, False),
        ({"authorization": f"Application {KEY.lower()}:{SIGNED}"}, THEN, True),
        ({"authorization": f"application other:{SIGNED}"}, THEN, False),
        ({"authorization": f"basic {KEY}:{SIGNED}"}, THEN, False),
        ({"authorization": f"application {KEY}:AAAA"}, THEN, False),
        ({"authorization": f"application {KEY}"}, THEN, False),
        ({"authorization": "é"}, THEN, False),
        ({"authorization": ""}, THEN, False),
        ({"x_timestamp": "2014-09-24T10:59:42Z"}, THEN, False),
        ({"x_timestamp": "yesterday"}, THEN, False),
        ({"x_timestamp": "0001-01-01T00:00:00"}, THEN, False),
    ],
)
def test_calls_signatures(changes: dict[str, str], now: int, sound: bool) -> None:
    headers: dict[str, Any] = {
        "authorization": f"application {KEY}:{SIGNED}",
        "x_timestamp": "2014-09-24T10:59:41Z",
    } | changes
    behind = "http://10.0.0.7:8080/inner"
    for urls in (
        ("https://callbacks.yourdomain.com/sinch/callback/ace", behind),
        (behind, "https://callbacks.yourdomain.com/sinch/callback/ace?x=y"),
    ):
        request = posted("Call", ACE, urls=urls, content_type=JSON, **headers)
        assert adapter(now=now).verify(request) is sound
        assert not adapter(now=now, application_key="").verify(request)
    elsewhere = posted("Call", ACE, content_type=JSON, **headers)
    assert not adapter(now=now).verify(elsewhere)
    # A signature of the other API opens nothing here.
    nonce = of_message("the-hook-secret", ACE, "", "")
    other = posted("Call", ACE, content_type=JSON, x_sinch_webhook_signature=nonce)
    assert not adapter(now=now).verify(other)


@pytest.mark.covers("carrier:sinch.redaction")
def test_what_is_kept_of_a_request_has_no_signature() -> None:
    headers: dict[str, Any] = {
        "x_sinch_webhook_signature": "c2VjcmV0",
        "authorization": f"application {KEY}:{SIGNED}",
    }
    request = posted("Call", ACE, content_type=JSON, **headers)
    kept = redacted(request, adapter().secrets, 10_000)
    assert "c2VjcmV0" not in repr(kept)
    assert SIGNED not in repr(kept)
    assert "ace" in kept.body


def test_secrets_show_nowhere() -> None:
    one = adapter()
    shown = repr((one, one._application, sinch.Credentials("hush-hush", "hush-hush", SECRET)))
    assert "hush" not in shown
    assert SECRET not in shown


MO = {
    "type": "mo_text",
    "id": "01XXXXX21XXXXX119Z8P1XXXXX",
    "from": "14155550100",
    "to": "14158670001",
    "body": "hi +& there 👋",
    "received_at": "2026-08-24T14:15:22Z",
    "operator_id": "35000",
}
TEXT = InboundMessage("one", MO["id"], CALLER, NUMBER, "hi +& there 👋")
PICTURE = {
    "subject": "a cat",
    "message": "look",
    "media": [
        {"code": 0, "content_type": "image/png", "status": "Uploaded", "url": "https://s3/1"},
        {"code": 0, "content_type": None, "status": "Uploaded", "url": "https://s3/2"},
        {"code": 414, "status": "Failed"},
    ],
}
MEDIA = (("https://s3/1", "image/png"), ("https://s3/2", ""))


@pytest.mark.covers("carrier:sinch.message")
@pytest.mark.parametrize(
    ("document", "message"),
    [
        (MO, TEXT),
        # Numbers come with and without the plus sign; short codes have none.
        (MO | {"from": "+14155550100", "to": "+14158670001"}, TEXT),
        (
            MO | {"from": "12345", "body": "a\0b"},
            InboundMessage("one", MO["id"], "12345", NUMBER, "ab"),
        ),
        (MO | {"body": None}, InboundMessage("one", MO["id"], CALLER, NUMBER, "")),
        (
            MO | {"type": "mo_media", "body": PICTURE},
            InboundMessage("one", MO["id"], CALLER, NUMBER, "look", MEDIA),
        ),
        (
            MO | {"type": "mo_media", "body": PICTURE | {"message": None}},
            InboundMessage("one", MO["id"], CALLER, NUMBER, "a cat", MEDIA),
        ),
        (
            MO | {"type": "mo_media", "body": {"media": None}},
            InboundMessage("one", MO["id"], CALLER, NUMBER, ""),
        ),
    ],
)
def test_messages(document: dict[str, Any], message: InboundMessage) -> None:
    assert adapter().read(hook("Message", document)) == [message]


def test_at_most_ten_media_are_taken_and_binary_messages_say_nothing() -> None:
    many = {"media": [{"url": f"https://s3/{i}"} for i in range(12)]}
    (message,) = adapter().read(hook("Message", MO | {"type": "mo_media", "body": many}))
    assert isinstance(message, InboundMessage)
    assert len(message.media) == 10
    assert adapter().read(hook("Message", MO | {"type": "mo_binary", "udh": "00"})) == []


def test_who_answers_opt_out_words() -> None:
    assert adapter().capabilities.opt_outs == "none"
    (message,) = adapter(opt_outs="network").read(hook("Message", MO | {"body": "STOP"}))
    assert isinstance(message, InboundMessage)
    assert message.answered


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 5000,
        {"no": "type"},
        MO | {"id": None},
        MO | {"id": "x" * 256},
        MO | {"from": ""},
        MO | {"to": "a\0"},
        MO | {"type": "mo_media", "body": "text"},
        {"type": "recipient_delivery_report_sms", "status": "Delivered"},
    ],
)
def test_messages_that_can_t_be_read(body: Any) -> None:
    with pytest.raises(Malformed):
        adapter().read(hook("Message", body))


@pytest.mark.covers("carrier:sinch.status")
@pytest.mark.parametrize(
    ("status", "code", "ours", "kept"),
    [
        ("Queued", 400, "queued", None),
        ("Dispatched", 401, "sent", None),
        ("Delivered", 0, "delivered", None),
        ("Failed", 404, "undelivered", 30003),
        ("Failed", 257, "undelivered", 21610),
        ("Failed", "257", "undelivered", 21610),
        ("Failed", 62, "undelivered", 30007),
        ("Failed", 60, "undelivered", 30034),
        ("Failed", 9999, "undelivered", 30008),
        ("Failed", None, "undelivered", 30008),
        ("Failed", "abc", "undelivered", 30008),
        ("Failed", "²", "undelivered", 30008),
        ("Failed", "9" * 40, "undelivered", 30008),
        ("Expired", 406, "undelivered", 30036),
        ("Expired", 1, "undelivered", 30036),
        ("Rejected", 408, "failed", 30008),
        ("Aborted", 402, "failed", 30006),
        ("Aborted", 412, "failed", 21408),
        ("Cancelled", 407, "failed", 30008),
        ("Deleted", 257, "failed", 21610),
        # It may have arrived.
        ("Unknown", None, "sent", None),
    ],
)
def test_receipts(status: str, code: Any, ours: str, kept: int | None) -> None:
    report = {
        "type": "recipient_delivery_report_sms",
        "batch_id": "B1",
        "recipient": "14155550100",
        "status": status,
        "code": code,
        "at": "2026-08-30T08:16:08.930Z",
        "client_reference": "SMours",
    }
    for written in (status, status.upper()):
        for kind in ("recipient_delivery_report_sms", "recipient_delivery_report_mms"):
            document = report | {"status": written, "type": kind}
            assert adapter().read(hook("Status", document)) == [
                LegReport("one", ours, "SMours", "B1", kept)
            ]
    unnamed = hook("Status", report | {"client_reference": None})
    assert adapter().read(unnamed) == [LegReport("one", ours, None, "B1", kept)]


def test_receipts_that_say_nothing() -> None:
    report = {"type": "recipient_delivery_report_sms", "batch_id": "B1", "status": "Pondering"}
    assert adapter().read(hook("Status", report)) == []
    summary = {"type": "delivery_report_sms", "batch_id": "B1", "statuses": []}
    assert adapter().read(hook("Status", summary)) == []
    report |= {"status": "Unknown"}
    (found,) = adapter(unknown="undelivered").read(hook("Status", report))
    assert found == LegReport("one", "undelivered", None, "B1", 30008)


def test_messages_are_acknowledged() -> None:
    answer = adapter().acknowledge(hook("Message", MO))
    assert (answer.status, answer.body, answer.content_type) == (200, b"{}", JSON)
    with pytest.raises(LookupError):
        adapter().read(hook("Other", {}))


ICE = {
    "event": "ice",
    "callid": "c-1",
    "callResourceUrl": "https://calling-use1.api.sinch.com/calling/v1/calls/id/c-1",
    "timestamp": "2026-09-24T10:59:41Z",
    "version": 1,
    "userRate": {"currencyId": "USD", "amount": 0.0},
    "cli": "14155550100",
    "to": {"type": "did", "endpoint": NUMBER},
    "domain": "pstn",
    "originationType": "PSTN",
}


@pytest.mark.covers("carrier:sinch.call")
def test_calls() -> None:
    expected = [InboundCall("one", "c-1", CALLER, NUMBER)]
    assert adapter().read(hook("Call", ICE)) == expected
    plain = ICE | {"cli": CALLER, "to": {"type": "number", "endpoint": "14158670001"}}
    assert adapter().read(hook("Call", plain)) == expected
    other = {name: value for name, value in ICE.items() if name != "callid"} | {"callId": "c-1"}
    assert adapter().read(hook("Call", other)) == expected
    for withheld in (None, "", "anonymous"):
        (call,) = adapter().read(hook("Call", ICE | {"cli": withheld}))
        assert call == InboundCall("one", "c-1", withheld or "", NUMBER)
    wrongs: list[dict[str, Any]] = [
        {"callid": None},
        {"callid": "x" * 256},
        {"to": None},
        {"to": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(Malformed):
            adapter().read(hook("Call", ICE | wrong))


def changed(status: str, duration: int | None = None) -> CallEvent:
    return CallEvent("", status, "c-1", duration, with_parent=True, carrier="one", of_dialled=True)


def over(status: str, duration: int | None = None) -> list[Inbound]:
    """The end of a call is that of whatever Dial it had."""
    told = (
        ("DialCallStatus", status),
        ("DialCallDuration", "" if duration is None else str(duration)),
    )
    return [changed(status, duration), turn(told, is_dial=True, is_late=True)]


def turn(told: tuple[tuple[str, str], ...], **more: bool) -> CallTurn:
    return CallTurn("one", "", -1, told, provider_id="c-1", **more)


def menu(kind: str, value: str | None = None) -> dict[str, Any]:
    return {"event": "pie", "menuResult": {"menuId": "main", "type": kind, "value": value}}


@pytest.mark.covers("carrier:sinch.legs")
@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "ace"}, [changed("in-progress")]),
        (
            {"event": "dice", "reason": "CALLEEHANGUP", "result": "ANSWERED", "duration": 17},
            over("completed", 17),
        ),
        ({"event": "dice", "reason": "N/A", "result": "BUSY"}, over("busy")),
        ({"event": "dice", "reason": "TIMEOUT", "result": "NOANSWER"}, over("no-answer")),
        ({"event": "dice", "reason": "CALLERHANGUP", "result": "NOANSWER"}, over("canceled")),
        ({"event": "dice", "reason": "CANCEL", "result": "N/A"}, over("canceled")),
        ({"event": "dice", "reason": "MANAGERHANGUP", "result": "N/A"}, over("completed")),
        ({"event": "dice", "reason": "NOCREDITPARTNER", "result": "FAILED"}, over("failed")),
        ({"event": "dice", "reason": "CONGESTION", "result": "N/A"}, over("failed")),
        ({"event": "dice"}, over("failed")),
        ({"event": "notify", "type": "recording_finished"}, []),
        ({"event": "pie"}, [turn((("Digits", ""),))]),
        (menu("sequence", "1452"), [turn((("Digits", "1452"),))]),
        (menu("return", "2"), [turn((("Digits", "2"),))]),
        (menu("timeout"), [turn((("Digits", ""),))]),
        (menu("invalidinput", ""), [turn((("Digits", ""),))]),
        (menu("Hangup"), []),
        ({"event": "something-new"}, []),
    ],
)
def test_what_becomes_of_calls(event: dict[str, Any], said: list[Inbound]) -> None:
    one = adapter()
    assert isinstance(one, Webhooks)
    request = hook("Call", {"callid": "c-1"} | event)
    assert one.read(request) == said
    answer = json.loads(one.acknowledge(request).body)
    action = {"ace": "continue", "pie": "hangup"}.get(event["event"])
    assert answer.get("action", {}).get("name") == action


def test_the_callee_hears_the_whisper() -> None:
    one = adapter(whisper=Response((Say("A ride calls.", language="en-GB"),)))
    answer = one.acknowledge(hook("Call", {"event": "ace", "callid": "c-1"}))
    assert json.loads(answer.body) == {
        "instructions": [{"name": "say", "text": "A ride calls.", "locale": "en-GB"}],
        "action": {"name": "continue"},
    }


CALL = InboundCall("one", "c-1", CALLER, NUMBER)
#: As the rules make it, with the reports of Twilio's dialect, which this one has no use for.
MASKED = Dial(
    (Number(PARTNER, url="https://mask.example/w", status_callback="https://mask.example/l"),),
    caller_id=MASK,
    answer_on_bridge=True,
    timeout=25,
    time_limit=86_400,
    action="https://mask.example/done",
)
CONNECT = {
    "name": "connectPstn",
    "number": PARTNER,
    "cli": MASK,
    "dialTimeout": 25,
    "maxDuration": 14_400,
}
HANGUP = {"name": "hangup"}


def said(text: str) -> dict[str, str]:
    return {"name": "say", "text": text, "locale": "en-US"}


async def instructed(one: Sinch, *verbs: Verb) -> str:
    found = await one.instruct(hook("Call", ICE), CALL, CallAnswer("CA1", Response(verbs), "CA2"))
    assert found.content_type == JSON
    return found.body.decode()


async def test_a_masked_call() -> None:
    found = await instructed(adapter(), Say("One moment."), MASKED)
    assert json.loads(found) == {"instructions": [said("One moment.")], "action": CONNECT}
    # Neither person's number is shown to the other.
    assert CALLER.removeprefix("+") not in found
    assert found.count(PARTNER.removeprefix("+")) == 1


ANSWER = {"name": "answer"}


@pytest.mark.covers("carrier:sinch.svaml")
@pytest.mark.parametrize(
    ("verbs", "instructions", "action"),
    [
        ((), [], HANGUP),
        ((Reject("busy"), MASKED), [], HANGUP),
        # Who is told something is answered first.
        ((Say("bye"), Hangup(), MASKED), [ANSWER, said("bye")], HANGUP),
        ((Say("a", loop=2), MASKED), [said("a")] * 2, CONNECT),
        ((Say("a", loop=0), MASKED), [said("a")] * 20, CONNECT),
        (
            (Play("https://m/a.mp3"), MASKED, Say("never")),
            [{"name": "playFiles", "ids": ["https://m/a.mp3"], "locale": "en-US"}],
            CONNECT,
        ),
        ((Play(digits="ww1#"), MASKED), [{"name": "sendDtmf", "value": "ww1#"}], CONNECT),
        ((Play(),), [], HANGUP),
        # What it can't carry out.
        ((Gather((Say("press"),)), Hangup()), [ANSWER, said("press")], HANGUP),
        ((Dial((Conference("room"),), caller_id=MASK),), [], HANGUP),
        # It would show the caller's number.
        ((Dial((Number(PARTNER),)),), [], HANGUP),
    ],
)
async def test_instructions(
    verbs: tuple[Verb, ...], instructions: list[Any], action: dict[str, Any]
) -> None:
    found = json.loads(await instructed(adapter(), *verbs))
    assert found == {"instructions": instructions, "action": action}


async def test_a_document_that_leads_on() -> None:
    async def fetch(url: str, method: str, params: Any) -> CallAnswer:
        assert (url, method, params["CallSid"]) == (f"{DOOR}/next", "POST", "CA1")
        return CallAnswer("CA1", Response((MASKED,)), "CAlater")

    found = json.loads(await instructed(adapter(fetch=fetch), Redirect(f"{DOOR}/next")))
    assert found["action"] == CONNECT
