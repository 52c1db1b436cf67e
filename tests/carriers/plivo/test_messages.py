"""Plivo's messages and numbers: requests, answers, hooks."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from maskline.carriers import outcomes, plivo
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
from tests.carriers.plivo.desk import AUTH_ID, ROOT, TOKEN, adapter, signed
from tests.support.carrier_desk import DOOR, Reply, posted, reply

TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
UUID = "db3ce55a-7f1d-11e1-8ea7-1231380bc196"
TAKEN = {"message": "message(s) queued", "message_uuid": [UUID], "api_id": "x"}


@pytest.mark.covers("carrier:plivo.send")
async def test_a_message() -> None:
    one, client = adapter(reply(202, TAKEN))
    assert await one.send(TEXT) == Accepted(UUID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", f"{ROOT}/Message/")
    pair = base64.b64encode(f"{AUTH_ID}:{TOKEN}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {pair}"
    assert json.loads(request.body or b"") == {
        "src": "14158670001",
        "dst": "14155550100",
        "text": "hi +& there 👋",
        "type": "sms",
        "url": f"{DOOR}/Status?Leg=SMours",
        "method": "POST",
    }


@pytest.mark.covers("carrier:plivo.send-media")
async def test_a_picture_message() -> None:
    one, client = adapter(reply(202, TAKEN | {"message_uuid": UUID}))
    media = ("https://mask.example/a.png", "https://mask.example/b?c=d&e")
    message = OutboundMessage("MMours", "+14158670001", "+14155550100", "", media)
    assert await one.send(message) == Accepted(UUID)
    fields = json.loads(client.requests[0].body or b"")
    assert (fields["type"], fields["media_urls"]) == ("mms", list(media))
    assert "text" not in fields


@pytest.mark.covers("carrier:plivo.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, {"error": "dst parameter is invalid"}), Refused(21211, retry=False)),
        (reply(400, {"error": "src parameter is not a number"}), Refused(21606, retry=False)),
        (reply(403, {"error": "number has opted out"}), Refused(21610, retry=False)),
        (reply(400, {"error": {"text": "too long"}}), Refused(30008, retry=False)),
        (reply(400, "<html>"), Refused(30008, retry=False)),
        (reply(401), Refused(20003, retry=True)),
        (reply(402), Refused(30002, retry=True)),
        (reply(404, {"error": "not found"}), Refused(30008, retry=False)),
        (reply(429, "", retry_after="7"), outcomes.throttled(7.0, whole=True)),
        (reply(500), outcomes.unclear()),
        (reply(503, "", retry_after="2"), Refused(20503, True, 2.0)),
        (reply(202, {"message_uuid": []}), outcomes.unclear()),
        (reply(200, "OK"), outcomes.unclear()),
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), outcomes.unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


RECEIVED = {
    "From": "14155550100",
    "To": "14158670001",
    "Text": "hi there",
    "Type": "sms",
    "MessageUUID": UUID,
    "Units": "1",
    "TotalRate": "0",
    "TotalAmount": "0",
}
GOT = InboundMessage("one", UUID, "+14155550100", "+14158670001", "hi there")
A, B = "https://media.plivo.com/a", "https://media.plivo.com/b"


@pytest.mark.covers("carrier:plivo.message")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, {}),
        ({"From": "+14155550100"}, {}),
        ({"From": "12345", "To": "67890"}, {"sender": "12345", "number": "67890"}),
        (
            {
                "Type": "mms",
                "Text": "",
                "Body": "look",
                "MediaCount": "2",
                "Media0": A,
                "Media1": B,
            },
            {"body": "look", "media": ((A, ""), (B, ""))},
        ),
        ({"MediaCount": "1", "Media0": A, "Media1": B}, {"media": ((A, ""),)}),
        ({"Media0": A}, {"media": ((A, ""),)}),
        ({"MediaCount": "9999999999", "Media0": A}, {"media": ((A, ""),)}),
        ({"MediaCount": "x"}, {}),
    ],
)
def test_a_message_comes_in(changes: dict[str, str], says: dict[str, Any]) -> None:
    one, _ = adapter()
    assert isinstance(one, Webhooks)
    request = signed("Message", RECEIVED | changes)
    assert one.verify(request)
    assert one.read(request) == [msgspec.structs.replace(GOT, **says)]
    assert one.acknowledge(request).status == 200


def test_opt_out_words_are_ours_or_plivo_s() -> None:
    assert adapter()[0].capabilities.opt_outs == "none"
    (theirs,) = adapter(opt_outs="local")[0].read(signed("Message", RECEIVED))
    assert isinstance(theirs, InboundMessage)
    assert theirs.answered


@pytest.mark.covers("carrier:plivo.status")
@pytest.mark.parametrize(
    ("theirs", "code", "ours"),
    [
        ("queued", "", ("queued", None)),
        ("sent", "", ("sent", None)),
        ("delivered", "", ("delivered", None)),
        ("read", "", ("delivered", None)),
        ("undelivered", "80", ("undelivered", 30003)),
        ("undelivered", "30", ("undelivered", 30007)),
        ("rejected", "", ("failed", 30008)),
        ("failed", "200", ("failed", 21610)),
        ("failed", "1000", ("failed", 30008)),
        ("failed", "40", ("failed", 21606)),
        ("undelivered", "420", ("undelivered", 30036)),
        ("delivered", "000", ("delivered", None)),
        ("something-new", "", None),
    ],
)
def test_receipts(theirs: str, code: str, ours: Any) -> None:
    one, _ = adapter()
    form = {"Status": theirs, "MessageUUID": UUID, "ErrorCode": code, "From": "1", "To": "2"}
    request = signed("Status", form, query="Leg=SMours")
    assert one.verify(request)
    expected = [LegReport("one", ours[0], "SMours", UUID, ours[1])] if ours else []
    assert one.read(request) == expected


def test_a_part_s_receipt_is_the_whole_s() -> None:
    one, _ = adapter()
    form = {"Status": "delivered", "MessageUUID": "part-2", "ParentMessageUUID": UUID}
    assert one.read(signed("Status", form)) == [LegReport("one", "delivered", None, UUID)]


@pytest.mark.parametrize("missing", ["From", "To", "MessageUUID"])
def test_hooks_that_can_t_be_read(missing: str) -> None:
    one, _ = adapter()
    with pytest.raises(Malformed, match=missing):
        one.read(signed("Message", {k: v for k, v in RECEIVED.items() if k != missing}))
    with pytest.raises(Malformed, match="MessageUUID"):
        one.read(signed("Status", {"Status": "sent"}))
    with pytest.raises(Malformed):
        one.read(posted("Message", b"{}", content_type="application/json"))
    with pytest.raises(LookupError):
        one.read(signed("Other", {}))


@pytest.mark.covers("carrier:plivo.media")
async def test_media_are_fetched_with_credentials() -> None:
    one, client = adapter(reply(200, b"png", content_type="image/png"))
    assert isinstance(one, Media)
    assert one.keeps(A)
    assert one.keeps(f"{ROOT}/Message/x/Media/y")
    for other in ("https://media.plivo.com.evil.example/a", "http://media.plivo.com/a"):
        assert not one.keeps(other)
    assert await one.fetch(A) == Medium(b"png", "image/png")
    assert client.requests[0].headers["Authorization"].startswith("Basic ")


def number(digits: str) -> dict[str, Any]:
    return {
        "number": digits,
        "alias": "ours",
        "application": f"/v1/Account/{AUTH_ID}/Application/77506472235897/",
        "sms_enabled": True,
        "mms_enabled": False,
        "voice_enabled": True,
    }


@pytest.mark.covers("carrier:plivo.numbers")
async def test_numbers_are_listed_page_by_page() -> None:
    full = {"objects": [number(f"141586700{i:02}") for i in range(20)]}
    one, client = adapter(reply(200, full), reply(200, {"objects": [number("14158679999")]}))
    assert isinstance(one, Inventory)
    found = await one.numbers()
    assert len(found) == 21
    hooks = {"app_id": "77506472235897"}
    digits = "14158679999"
    assert found[-1] == OwnedNumber(digits, f"+{digits}", "ours", True, False, True, hooks)
    assert client.requests[1].url == f"{ROOT}/Number/?limit=20&offset=20"


@pytest.mark.covers("carrier:plivo.point")
async def test_numbers_are_put_on_our_application() -> None:
    one, client = adapter(reply(202, {}), application="123")
    assert one.hooks() == {"app_id": "123"}
    await one.point("14158670001", one.hooks())
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", f"{ROOT}/Number/14158670001/")
    assert json.loads(request.body or b"") == {"app_id": "123"}
    assert adapter()[0].hooks() == {}
    with pytest.raises(ApiRefused, match="application"):
        await adapter()[0].point("14158670001", {})


async def test_the_account_is_checked() -> None:
    one, _ = adapter(reply(200, {"name": "Rides", "cash_credits": "9.5"}), reply(401))
    assert isinstance(one, CallsOut)
    assert await one.check() == "Rides, credit 9.5"
    with pytest.raises(ApiRefused, match="credentials"):
        await one.check()


def test_settings_and_secrets() -> None:
    assert TOKEN not in repr(plivo.Credentials(TOKEN, "another-token"))
    for wrong in ({"auth_id": "a/b"}, {"auth_id": ""}, {"base_url": "api.plivo.com"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"auth_id": AUTH_ID} | wrong, plivo.Settings)
