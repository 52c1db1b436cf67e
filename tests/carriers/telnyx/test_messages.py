"""Telnyx's messages: requests, answers, hooks, signatures."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from maskline.carriers import outcomes, telnyx
from maskline.carriers.contract import ApiRefused, CallsOut, Inventory, OwnedNumber, Webhooks
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed
from maskline.model.http import ConnectFailed, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.voice.instructions import Response
from tests.carriers.telnyx.desk import API_KEY, adapter, hook, signed
from tests.support.carrier_desk import DOOR, NOW, Client, Reply, posted, reply, tools

TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
ID = "40385f64-5717-4562-b3fc-2c963f66afa6"
QUEUED = {"data": {"id": ID, "to": [{"phone_number": "+14155550100", "status": "queued"}]}}


@pytest.mark.covers("carrier:telnyx.send")
async def test_a_message() -> None:
    one, client = adapter(reply(200, QUEUED))
    assert await one.send(TEXT) == Accepted(ID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", "https://api.telnyx.com/v2/messages")
    assert request.headers["Authorization"] == f"Bearer {API_KEY}"
    assert json.loads(request.body or b"") == {
        "from": "+14158670001",
        "to": "+14155550100",
        "text": "hi +& there 👋",
        "type": "SMS",
        "webhook_url": f"{DOOR}/Status?Leg=SMours",
        "use_profile_webhooks": False,
    }


@pytest.mark.covers("carrier:telnyx.send-media")
async def test_a_picture_message() -> None:
    one, client = adapter(reply(200, QUEUED), messaging_profile="mp-1")
    media = ("https://mask.example/a.png", "https://mask.example/b?c=d&e")
    message = OutboundMessage("MMours", "+14158670001", "+14155550100", "", media)
    assert await one.send(message) == Accepted(ID)
    fields = json.loads(client.requests[0].body or b"")
    assert (fields["type"], fields["media_urls"]) == ("MMS", list(media))
    assert fields["messaging_profile_id"] == "mp-1"
    assert "text" not in fields


def error(code: str | int) -> dict[str, Any]:
    return {"errors": [{"code": code, "title": "x", "detail": "about +14155550100"}]}


FAILED = {"data": {"id": ID, "to": [{"status": "sending_failed"}], **error("40300")}}


@pytest.mark.covers("carrier:telnyx.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, error("40300")), Refused(21610, retry=False)),
        (reply(422, error(40310)), Refused(21211, retry=False)),
        (reply(400, error("40305")), Refused(21606, retry=False)),
        (reply(400, error("40302")), Refused(21617, retry=False)),
        (reply(400, error("99999")), Refused(30008, retry=False)),
        (reply(400, "<html>"), Refused(30008, retry=False)),
        (reply(403, error("10010")), Refused(20003, retry=True)),
        (reply(401, error("10009")), Refused(20003, retry=True)),
        (reply(401), Refused(20003, retry=True)),
        (reply(402, error("20100")), Refused(30002, retry=True)),
        (reply(429, error("10011"), retry_after="7"), outcomes.throttled(7.0, whole=True)),
        (reply(429, ""), outcomes.throttled(whole=True)),
        (reply(429, error("40318"), retry_after="3"), outcomes.throttled(3.0)),
        (reply(500, error("10007")), outcomes.unclear()),
        (reply(503, "", retry_after="2"), Refused(20503, True, 2.0)),
        # A success with an error inside, or with nothing.
        (reply(200, FAILED), Refused(21610, retry=False)),
        (reply(200, {}), outcomes.unclear()),
        (reply(200, "OK"), outcomes.unclear()),
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), outcomes.unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


RECEIVED: dict[str, Any] = {
    "id": ID,
    "direction": "inbound",
    "type": "SMS",
    "from": {"phone_number": "+14155550100", "carrier": "T", "line_type": "Wireless"},
    "to": [{"phone_number": "+14158670001", "status": "webhook_delivered"}],
    "cc": [],
    "text": "hi\x00 there",
    "media": [],
    "parts": 1,
    "encoding": "GSM-7",
    "errors": [],
}
GOT = InboundMessage("one", ID, "+14155550100", "+14158670001", "hi there", answered=True)
FILE = {"url": "https://s3.example/x.png", "content_type": "image/png", "size": 3}


@pytest.mark.covers("carrier:telnyx.message")
@pytest.mark.parametrize("path", ["Message", "Status"])
@pytest.mark.parametrize(
    ("changes", "media", "number"),
    [
        ({}, (), "+14158670001"),
        ({"type": "MMS", "media": [FILE]}, (("https://s3.example/x.png", "image/png"),), None),
        ({"media": [FILE | {"content_type": None}]}, (("https://s3.example/x.png", ""),), None),
        ({"media": None}, (), None),
        # A message to several: ours is the number that it came to.
        (
            {
                "to": [
                    {"phone_number": "+12025550100", "status": "delivered"},
                    {"phone_number": "+14158670001", "status": "webhook_delivered"},
                ]
            },
            (),
            None,
        ),
    ],
)
def test_a_message_comes_in(path: str, changes: dict[str, Any], media: Any, number: Any) -> None:
    one, _ = adapter()
    assert isinstance(one, Webhooks)
    request = hook(path, "message.received", RECEIVED | changes)
    assert one.verify(request)
    (got,) = one.read(request)
    assert isinstance(got, InboundMessage)
    assert (got.body, got.media, got.number) == ("hi there", media, "+14158670001")
    assert (one.acknowledge(request).status, one.acknowledge(request).body) == (200, b"{}")


def test_opt_out_words_are_telnyx_s_or_ours() -> None:
    assert adapter()[0].read(hook("Message", "message.received", RECEIVED)) == [GOT]
    (ours,) = adapter(opt_outs="none")[0].read(hook("Message", "message.received", RECEIVED))
    assert isinstance(ours, InboundMessage)
    assert not ours.answered


@pytest.mark.covers("carrier:telnyx.status")
@pytest.mark.parametrize(
    ("event", "theirs", "errors", "ours"),
    [
        ("message.sent", "queued", [], ("queued", None)),
        ("message.sent", "sending", [], ("sending", None)),
        ("message.sent", "sent", [], ("sent", None)),
        ("message.finalized", "delivered", [], ("delivered", None)),
        ("message.finalized", "delivery_failed", ["40008"], ("undelivered", 30008)),
        ("message.finalized", "delivery_failed", ["40001"], ("undelivered", 30006)),
        ("message.finalized", "delivery_failed", ["40002"], ("undelivered", 30007)),
        ("message.finalized", "delivery_failed", ["40300"], ("undelivered", 21610)),
        ("message.finalized", "delivery_failed", [], ("undelivered", 30008)),
        ("message.finalized", "expired", [], ("undelivered", 30036)),
        ("message.finalized", "sending_failed", ["40012"], ("failed", 30005)),
        ("message.finalized", "delivery_unconfirmed", [], ("sent", None)),
        ("message.finalized", "something_new", [], None),
        ("message.something", "delivered", [], None),
    ],
)
def test_receipts(event: str, theirs: str, errors: list[str], ours: Any) -> None:
    one, _ = adapter()
    payload = {
        "id": ID,
        "to": [{"phone_number": "+14155550100", "status": theirs}],
        "errors": [{"code": code} for code in errors],
    }
    expected = [LegReport("one", ours[0], "SMours", ID, ours[1])] if ours else []
    assert one.read(hook("Status", event, payload, "Leg=SMours")) == expected
    # Without our own name, as from the profile's own hook, the carrier's is left.
    if expected:
        (found,) = one.read(hook("Message", event, payload))
        assert isinstance(found, LegReport)
        assert (found.message_sid, found.provider_id) == (None, ID)


@pytest.mark.parametrize(
    ("chosen", "code"), [("sent", None), ("delivered", None), ("undelivered", 30008)]
)
def test_what_was_never_confirmed_is_the_operator_s_choice(chosen: str, code: int | None) -> None:
    one, _ = adapter(unconfirmed=chosen)
    payload = {"id": ID, "to": [{"status": "delivery_unconfirmed"}]}
    assert one.read(hook("Status", "message.finalized", payload)) == [
        LegReport("one", chosen, None, ID, code)
    ]


def test_hooks_that_can_t_be_read() -> None:
    one, _ = adapter()
    for payload in ({}, {"id": ID}, RECEIVED | {"to": []}, RECEIVED | {"from": None}):
        with pytest.raises(Malformed):
            one.read(hook("Message", "message.received", payload))
    with pytest.raises(Malformed):
        one.read(hook("Status", "message.sent", {"to": [{"status": "sent"}]}))
    for body in (b"{", b"[]", b'{"data":{}}', b"[" * 100_000):
        with pytest.raises(Malformed):
            one.read(signed("Message", body, content_type="application/json"))
    with pytest.raises(LookupError):
        one.read(signed("Other", b""))


BODY = b'{"data":{"event_type":"x","payload":{}}}'


@pytest.mark.covers("carrier:telnyx.signature")
def test_signatures() -> None:
    one, _ = adapter()
    now = NOW // 1000
    assert one.verify(signed("Message", BODY))
    for at in (now - 300, now + 300):
        assert one.verify(signed("Message", BODY, at=at))
    for at in (now - 301, now + 301, 0):
        assert not one.verify(signed("Message", BODY, at=at))
    good = signed("Message", BODY).headers
    name, stamp = "telnyx-signature-ed25519", "telnyx-timestamp"
    for wrong in ("", "AAAA", good[name][:-4] + "AA==", "é", " "):
        assert not one.verify(signed("Message", BODY, telnyx_signature_ed25519=wrong))
    for wrong in ("", "x", "-1", str(now + 1), "9" * 400, "²"):
        assert not one.verify(signed("Message", BODY, telnyx_timestamp=wrong))
    for body in (BODY + b" ", b""):
        again = posted("Message", body, **{name: good[name], stamp: good[stamp]})
        assert not one.verify(again)
    # The address is not signed: what it says alone says nothing.
    assert not one.verify(signed("Call", b"", method="GET"))
    assert not one.verify(posted("Message", BODY))


@pytest.mark.covers("carrier:telnyx.redaction")
def test_what_is_kept_of_a_request_has_no_signature() -> None:
    request = signed("Message", BODY, authorization="Bearer x")
    kept = redacted(request, adapter()[0].secrets, 10_000)
    assert request.headers["telnyx-signature-ed25519"] not in repr(kept)
    assert "Bearer x" not in repr(kept)
    assert "event_type" in kept.body
    heard = {"Digits": "4711", "SpeechResult": "4711", "RecordingUrl": "https://s3.example/4711"}
    form = urlencode({"CallSid": "v3:1", **heard}).encode()
    kept = redacted(signed("Call/Next", form), adapter()[0].secrets, 10_000)
    assert "4711" not in kept.body
    assert "CallSid=v3" in kept.body


def test_secrets_show_nowhere() -> None:
    assert API_KEY not in repr(telnyx.Credentials(API_KEY))
    for wrong in ("", "AAAA", "not base64!", "é"):
        given = telnyx.Settings(public_key=wrong)
        with pytest.raises(ValueError, match="public_key"):
            telnyx.build("one", given, telnyx.Credentials(API_KEY), tools(Client()))


NUMBER = {
    "id": "1293384261075731499",
    "phone_number": "+14158670001",
    "customer_reference": "ours",
    "connection_id": "old",
    "messaging_profile_id": None,
}
SETTINGS = {"messaging_profile": "mp-1", "connection": "app-1"}


@pytest.mark.covers("carrier:telnyx.numbers")
async def test_numbers_are_listed_page_by_page() -> None:
    features = {"phone_number": "+14158670001", "features": {"sms": {"a": 1}, "mms": None}}
    pages: list[Any] = [
        {"data": [features], "meta": {"total_pages": 1}},
        {"data": [NUMBER], "meta": {"total_pages": 2}},
        {"data": [NUMBER | {"id": "2", "phone_number": "+14158670002"}]},
    ]
    one, client = adapter(*(reply(200, page) for page in pages), **SETTINGS)
    assert isinstance(one, Inventory)
    first, second = await one.numbers()
    hooks = {"messaging_profile_id": "", "connection_id": "old"}
    number = str(NUMBER["id"])
    assert first == OwnedNumber(number, "+14158670001", "ours", True, False, True, hooks)
    assert (second.number, second.sms) == ("+14158670002", False)
    assert client.requests[2].url.endswith(
        "/v2/phone_numbers?page%5Bnumber%5D=2&page%5Bsize%5D=250"
    )


@pytest.mark.covers("carrier:telnyx.point")
async def test_numbers_are_put_on_our_applications() -> None:
    one, client = adapter(reply(200, {}), reply(200, {}), **SETTINGS)
    hooks = one.hooks()
    assert hooks == {"messaging_profile_id": "mp-1", "connection_id": "app-1"}
    await one.point("77", hooks)
    assert [
        (request.method, request.url, json.loads(request.body or b""))
        for request in client.requests
    ] == [
        (
            "PATCH",
            "https://api.telnyx.com/v2/phone_numbers/77/messaging",
            {"messaging_profile_id": "mp-1"},
        ),
        ("PATCH", "https://api.telnyx.com/v2/phone_numbers/77", {"connection_id": "app-1"}),
    ]
    with pytest.raises(ApiRefused, match="messaging_profile"):
        await adapter()[0].point("77", {})


async def test_the_account_is_checked() -> None:
    one, _ = adapter(reply(200, {"data": {"balance": "12.30", "currency": "USD"}}), reply(401))
    assert isinstance(one, CallsOut)
    assert await one.check() == "balance 12.30 USD"
    with pytest.raises(ApiRefused, match="credentials"):
        await one.check()


@pytest.mark.parametrize("settings", [{"voice": "none"}, {}, {"connection": "app-1"}])
async def test_calls_need_what_they_are_begun_by(settings: dict[str, str]) -> None:
    with pytest.raises(ApiRefused, match="must be set"):
        await adapter(**settings)[0].dial("+1", "+2", Response())
