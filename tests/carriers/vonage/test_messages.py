"""Vonage's messages, by both of its APIs, and its numbers."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from maskline.carriers import outcomes, vonage
from maskline.carriers.contract import (
    ApiRefused,
    CallsOut,
    Inventory,
    Media,
    Medium,
    OwnedNumber,
    Webhooks,
)
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
from tests.carriers.vonage.desk import API_KEY, API_SECRET, adapter, hook, signed
from tests.support.carrier_desk import DOOR, Reply, reply

TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
BASIC = "Basic " + base64.b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()


# Messages API


@pytest.mark.covers("carrier:vonage.send")
async def test_a_message() -> None:
    one, client = adapter(reply(202, {"message_uuid": UUID}))
    assert await one.send(TEXT) == Accepted(UUID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", "https://api.nexmo.com/v1/messages")
    assert json.loads(request.body or b"") == {
        "channel": "sms",
        "message_type": "text",
        "from": "14158670001",
        "to": "14155550100",
        "text": "hi +& there 👋",
        "client_ref": "SMours",
        "webhook_url": f"{DOOR}/Status",
        "webhook_version": "v1",
    }


A, B = "https://mask.example/a.png", "https://mask.example/b.MP4?c=d&e"


@pytest.mark.covers("carrier:vonage.send-media")
@pytest.mark.parametrize(
    ("media", "body", "says"),
    [
        ((A,), "", {"message_type": "image", "image": {"url": A}}),
        ((A,), "look", {"message_type": "image", "image": {"url": A, "caption": "look"}}),
        ((B,), "", {"message_type": "video", "video": {"url": B}}),
        (
            ("https://a.example/x.vcf",),
            "",
            {"message_type": "vcard", "vcard": {"url": "https://a.example/x.vcf"}},
        ),
        (
            (A, B),
            "look",
            {
                "message_type": "content",
                "content": [
                    {"type": "image", "url": A, "caption": "look"},
                    {"type": "video", "url": B},
                ],
            },
        ),
    ],
)
async def test_a_picture_message(media: Any, body: str, says: dict[str, Any]) -> None:
    one, client = adapter(reply(202, {"message_uuid": UUID}))
    assert one.capabilities.mms
    await one.send(OutboundMessage("MMours", "+14158670001", "+14155550100", body, media))
    fields = json.loads(client.requests[0].body or b"")
    assert fields["channel"] == "mms"
    assert {name: fields.get(name) for name in says} == says
    assert "text" not in fields


def problem(code: str, title: str = "x") -> dict[str, str]:
    return {"type": f"https://developer.vonage.com/api-errors/messages#{code}", "title": title}


@pytest.mark.covers("carrier:vonage.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(422, problem("1120")), Refused(21606, retry=False)),
        (reply(422, problem("1170")), Refused(21211, retry=False)),
        (reply(403, problem("1240")), Refused(21610, retry=False)),
        (reply(402, problem("low-balance")), Refused(30002, retry=True)),
        (reply(402, problem("1070")), Refused(30002, retry=True)),
        (reply(403, problem("forbidden")), Refused(20003, retry=True)),
        (reply(422, problem("", "1090")), Refused(21617, retry=False)),
        (reply(422, problem("9999")), Refused(30008, retry=False)),
        (reply(400, "<html>"), Refused(30008, retry=False)),
        (reply(401), Refused(20003, retry=True)),
        (reply(403, problem("1000")), outcomes.throttled(whole=True)),
        (reply(429, "", retry_after="7"), outcomes.throttled(7.0, whole=True)),
        (reply(500), outcomes.unclear()),
        (reply(503, "", retry_after="2"), Refused(20503, True, 2.0)),
        (reply(202, {}), outcomes.unclear()),
        (reply(202, "OK"), outcomes.unclear()),
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), outcomes.unclear()),
    ],
)
async def test_what_the_messages_api_s_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


RECEIVED: dict[str, Any] = {
    "channel": "sms",
    "message_uuid": UUID,
    "to": "14158670001",
    "from": "14155550100",
    "timestamp": "2026-05-28T20:26:40Z",
    "message_type": "text",
    "text": "hi\x00 there",
    "sms": {"num_messages": "1", "keyword": "HI"},
    "usage": {"price": "0", "currency": "EUR"},
}
GOT = InboundMessage("one", UUID, "+14155550100", "+14158670001", "hi there")
IMAGE = {"url": "https://api.nexmo.com/v3/media/1", "name": "x.jpg", "caption": "look"}


@pytest.mark.covers("carrier:vonage.message")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, {}),
        ({"from": 14155550100, "to": 14158670001}, {}),
        ({"from": "12345"}, {"sender": "12345"}),
        (
            {"message_type": "image", "text": None, "image": IMAGE},
            {"body": "look", "media": ((IMAGE["url"], ""),)},
        ),
        (
            {"text": None, "content": [IMAGE | {"type": "image"}, {"type": "file", "url": "u"}]},
            {"body": "look", "media": ((IMAGE["url"], ""), ("u", ""))},
        ),
        ({"video": {"url": "v"}, "text": "t"}, {"body": "t", "media": (("v", ""),)}),
        ({"image": {"url": ""}}, {}),
    ],
)
def test_a_message_comes_in(changes: dict[str, Any], says: dict[str, Any]) -> None:
    one, _ = adapter()
    assert isinstance(one, Webhooks)
    request = hook("Message", RECEIVED | changes)
    assert one.verify(request)
    assert one.read(request) == [msgspec.structs.replace(GOT, **says)]
    assert one.acknowledge(request).status == 200


@pytest.mark.covers("carrier:vonage.status")
@pytest.mark.parametrize(
    ("theirs", "code", "ours"),
    [
        ("submitted", None, ("sent", None)),
        ("delivered", None, ("delivered", None)),
        ("read", None, ("delivered", None)),
        ("undeliverable", "1260", ("undelivered", 30003)),
        ("undeliverable", None, ("undelivered", 30008)),
        ("rejected", "1240", ("failed", 21610)),
        ("rejected", "9", ("failed", 21610)),
        ("rejected", "1210", ("failed", 30007)),
        ("rejected", "1360", ("failed", 30036)),
        ("something-new", None, None),
    ],
)
@pytest.mark.parametrize("as_title", [False, True])
def test_receipts(theirs: str, code: str | None, ours: Any, as_title: bool) -> None:
    one, _ = adapter()
    document: dict[str, Any] = {"message_uuid": UUID, "status": theirs, "client_ref": "SMours"}
    document |= {"to": "14155550100", "from": "14158670001", "timestamp": "2026-05-28T20:26:40Z"}
    if code is not None:
        number = int(code)
        document["error"] = {"type": "x", "title": number} if as_title else problem(code)
    expected = [LegReport("one", ours[0], "SMours", UUID, ours[1])] if ours else []
    request = hook("Status", document)
    assert one.verify(request)
    assert one.read(request) == expected


def test_hooks_that_can_t_be_read() -> None:
    one, _ = adapter()
    for missing in ("message_uuid", "from", "to"):
        with pytest.raises(Malformed):
            one.read(hook("Message", {k: v for k, v in RECEIVED.items() if k != missing}))
    for wrong in ([], {"message_uuid": 7}, {"status": "delivered"}):
        with pytest.raises(Malformed):
            one.read(hook("Status", wrong))
    with pytest.raises(LookupError):
        one.read(hook("Other", {}))


def test_opt_out_words_are_ours_or_vonage_s() -> None:
    assert adapter()[0].capabilities.opt_outs == "none"
    (theirs,) = adapter(opt_outs="local")[0].read(hook("Message", RECEIVED))
    assert isinstance(theirs, InboundMessage)
    assert theirs.answered


# SMS API


@pytest.mark.covers("carrier:vonage.send-sms")
async def test_a_message_by_the_sms_api() -> None:
    answer = {"message-count": "1", "messages": [{"status": "0", "message-id": "0A", "to": "1"}]}
    one, client = adapter(reply(200, answer), api="sms")
    assert not one.capabilities.mms
    assert await one.send(TEXT) == Accepted("0A")
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", "https://rest.nexmo.com/sms/json")
    assert dict(client.form) == {
        "api_key": API_KEY,
        "api_secret": API_SECRET,
        "from": "14158670001",
        "to": "14155550100",
        "text": "hi +& there 👋",
        "type": "unicode",
        "status-report-req": "1",
        "callback": f"{DOOR}/Status",
        "client-ref": "SMours",
    }


@pytest.mark.parametrize(
    ("body", "media", "text", "kind"),
    [
        ("hi {é} €", (), "hi {é} €", "text"),
        ("hi `", (), "hi `", "unicode"),
        # It carries no pictures, so that their addresses are sent.
        ("look", (A, B), f"look\n{A}\n{B}", "text"),
        ("", (A,), A, "text"),
    ],
)
async def test_texts_by_the_sms_api(body: str, media: Any, text: str, kind: str) -> None:
    one, client = adapter(reply(200, {"messages": []}), api="sms")
    await one.send(OutboundMessage("SM1", "+1", "+2", body, media))
    form = dict(parse_qsl((client.requests[0].body or b"").decode()))
    assert (form["text"], form["type"]) == (text, kind)


def parts(*statuses: str) -> dict[str, Any]:
    rows = [{"status": one, "message-id": f"id{at}"} for at, one in enumerate(statuses)]
    return {"message-count": str(len(rows)), "messages": rows}


@pytest.mark.covers("carrier:vonage.send-sms-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(200, parts("0", "0")), Accepted("id0")),
        # Half of it is under way, so that it is not sent again.
        (reply(200, parts("1", "0")), Accepted("id1")),
        (reply(200, parts("1")), outcomes.throttled(whole=True)),
        (reply(200, parts("10")), outcomes.throttled(whole=True)),
        (reply(200, parts("4")), Refused(20003, retry=True)),
        (reply(200, parts("5")), Refused(20500, retry=True)),
        (reply(200, parts("6")), Refused(21211, retry=False)),
        (reply(200, parts("7")), Refused(30004, retry=False)),
        (reply(200, parts("9")), Refused(30002, retry=True)),
        (reply(200, parts("12")), Refused(21617, retry=False)),
        (reply(200, parts("15")), Refused(21606, retry=False)),
        (reply(200, parts("29")), Refused(21608, retry=False)),
        (reply(200, parts("3")), Refused(30008, retry=False)),
        (reply(200, {"messages": [{"status": "0"}]}), outcomes.unclear()),
        (reply(200, {"messages": []}), outcomes.unclear()),
        (reply(200, "OK"), outcomes.unclear()),
        (reply(400, parts("1")), Refused(30008, retry=False)),
        (reply(401), Refused(20003, retry=True)),
        (reply(429), outcomes.throttled(whole=True)),
        (reply(502), outcomes.unclear()),
        (ReadTimeout("no answer in time"), outcomes.unclear()),
    ],
)
async def test_what_the_sms_api_s_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer, api="sms")
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


INBOUND = {
    "type": "text",
    "to": "14158670001",
    "msisdn": "14155550100",
    "messageId": "0A",
    "text": "hi there",
    "keyword": "HI",
    "message-timestamp": "2026-05-28 20:26:40",
}


@pytest.mark.covers("carrier:vonage.message-sms")
@pytest.mark.parametrize("how", ["form", "query", "json"])
def test_a_message_comes_in_by_the_sms_api(how: str) -> None:
    one, _ = adapter(api="sms")
    request = signed("Message", INBOUND, how)
    assert one.verify(request)
    assert one.read(request) == [
        InboundMessage("one", "0A", "+14155550100", "+14158670001", "hi there")
    ]


@pytest.mark.covers("carrier:vonage.status-sms")
@pytest.mark.parametrize("how", ["form", "query", "json"])
@pytest.mark.parametrize(
    ("theirs", "code", "ours"),
    [
        ("accepted", "0", ("sending", None)),
        ("buffered", "0", ("sending", None)),
        ("delivered", "0", ("delivered", None)),
        ("expired", "0", ("undelivered", 30036)),
        ("expired", "2", ("undelivered", 30003)),
        ("failed", "1", ("undelivered", 30008)),
        ("failed", "9", ("undelivered", 21610)),
        ("rejected", "9", ("failed", 21610)),
        ("rejected", "6", ("failed", 30007)),
        ("failed", "11", ("undelivered", 30006)),
        ("unknown", "1", None),
    ],
)
def test_receipts_of_the_sms_api(how: str, theirs: str, code: str, ours: Any) -> None:
    one, _ = adapter(api="sms")
    params = {"msisdn": "1", "to": "2", "messageId": "0A", "status": theirs, "err-code": code}
    request = signed("Status", params | {"client-ref": "SMours"}, how)
    assert one.verify(request)
    expected = [LegReport("one", ours[0], "SMours", "0A", ours[1])] if ours else []
    assert one.read(request) == expected


def test_sms_hooks_that_can_t_be_read() -> None:
    one, _ = adapter(api="sms")
    for missing in ("msisdn", "to", "messageId"):
        with pytest.raises(Malformed, match=missing):
            one.read(signed("Message", {k: v for k, v in INBOUND.items() if k != missing}))
    with pytest.raises(Malformed, match="messageId"):
        one.read(signed("Status", {"status": "delivered"}))


# The account


@pytest.mark.covers("carrier:vonage.media")
async def test_media_are_fetched_with_the_application_s_token() -> None:
    one, client = adapter(reply(200, b"png", content_type="image/png"))
    assert isinstance(one, Media)
    assert one.keeps(IMAGE["url"])
    assert not one.keeps("https://api.nexmo.com.evil.example/v3/media/1")
    assert await one.fetch(IMAGE["url"]) == Medium(b"png", "image/png")
    assert client.requests[0].headers["Authorization"].startswith("Bearer ")
    assert not adapter(key="", application_id="", api="sms")[0].keeps(IMAGE["url"])


def number(digits: str) -> dict[str, Any]:
    return {"country": "US", "msisdn": digits, "type": "mobile-lvn", "features": ["SMS", "VOICE"]}


@pytest.mark.covers("carrier:vonage.numbers")
async def test_numbers_are_listed_page_by_page() -> None:
    full = {"count": 101, "numbers": [number(f"14158670{i:03}") for i in range(100)]}
    last = number("14158679999") | {"moHttpUrl": "https://old.example", "app_id": "old"}
    one, client = adapter(reply(200, full), reply(200, {"numbers": [last]}))
    assert isinstance(one, Inventory)
    found = await one.numbers()
    assert len(found) == 101
    hooks = {"app_id": "old", "moHttpUrl": "https://old.example"}
    assert found[-1] == OwnedNumber("US.14158679999", "+14158679999", "", True, False, True, hooks)
    assert client.requests[1].url == "https://rest.nexmo.com/account/numbers?index=2&size=100"
    assert client.requests[1].headers["Authorization"] == BASIC


@pytest.mark.covers("carrier:vonage.point")
async def test_numbers_are_put_on_our_application() -> None:
    one, client = adapter(reply(200, {"error-code": "200"}))
    hooks = one.hooks()
    await one.point("US.14158670001", hooks)
    (request,) = client.requests
    assert request.url == "https://rest.nexmo.com/number/update"
    assert dict(client.form) == {"country": "US", "msisdn": "14158670001", **hooks}
    assert hooks["moHttpUrl"] == ""
    # Without an application of ours a number is left on what it is on.
    assert adapter(key="", application_id="", api="sms")[0].hooks() == {"moHttpUrl": ""}


async def test_the_account_is_checked() -> None:
    one, _ = adapter(reply(200, {"value": 3.14, "autoReload": False}), reply(401))
    assert isinstance(one, CallsOut)
    assert await one.check() == "balance 3.14 EUR"
    with pytest.raises(ApiRefused, match="credentials"):
        await one.check()
    with pytest.raises(ApiRefused, match="application_id"):
        await adapter(key="", application_id="", api="sms")[0].dial("+1", "+2", Response())


def test_settings_are_checked() -> None:
    for wrong in ({"api_key": ""}, {"application_id": "x"}, {"api": "mail"}, {"api_url": "x"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"api_key": API_KEY} | wrong, vonage.Settings)
