"""Twilio: what we ask of its API, and what its answers mean. Every request is held against the
official OpenAPI file, where there is one."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from maskline.carriers import twilio
from maskline.carriers.contract import (
    ApiRefused,
    CallsOut,
    HostUnavailable,
    Inventory,
    Known,
    Media,
    MediumGone,
    OwnedNumber,
)
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.model.http import ConnectFailed, HttpRequest, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.voice.instructions import Response, Say
from tests.support.carrier_desk import DOOR, FORM, NOW, Client, Reply, reply, tools

AC = "AC" + "a" * 32
ROOT = f"https://api.twilio.com/2010-04-01/Accounts/{AC}"
TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
SENT = {"sid": "SM1", "status": "queued", "error_code": None}


@cache
def specification() -> dict[str, Any] | None:
    """The official description of the API; null where it is not here."""
    here = os.environ.get("TWILIO_OAI")
    folder = Path(here) if here else Path(__file__).parents[4] / "shared" / "spec"
    file = folder / "twilio_api_v2010.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def conforms(request: HttpRequest, fields: Sequence[tuple[str, str]]) -> None:
    """Holds a request's form against the schema of its operation."""
    file = specification()
    if file is None:
        return
    path = request.url.removeprefix("https://api.twilio.com").partition("?")[0]
    path = path.replace(AC, "{AccountSid}").replace("PN" + "b" * 32, "{Sid}")
    path = path.replace("CAtheirs", "{Sid}").replace("RE" + "1" * 32, "{Sid}")
    if path.endswith("Accounts/{AccountSid}.json"):
        path = path.replace("{AccountSid}", "{Sid}")
    if "/Media/" in path or not request.url.startswith(ROOT):
        return  # A medium's bytes are not in the file.
    operation = file["paths"][path][request.method.lower()]
    if request.method in ("GET", "DELETE"):
        return
    schema = operation["requestBody"]["content"][FORM]["schema"]
    document: dict[str, Any] = {}
    for name, value in fields:
        kind = schema["properties"][name].get("type", "string")
        # An empty value takes back what was set, which the schema has no word for.
        if kind == "array":
            document.setdefault(name, []).append(value)
        elif value:
            assert name not in document
            # A form carries texts; the schema says what they are read as.
            document[name] = json.loads(value) if kind in ("integer", "boolean") else value
    whole = schema | {"additionalProperties": False, "components": file["components"]}
    jsonschema.validate(document, whole)
    for name, value in document.items():
        if schema["properties"][name].get("format") == "uri":
            assert value.startswith("https://")


class Account(Client):
    """The API; each request that was answered conforms."""

    def __init__(self, *replies: Reply, known: Known | None = None, **settings: Any) -> None:
        super().__init__(*replies)
        self.now = NOW
        lent = msgspec.structs.replace(tools(self, lambda: self.now), known=known)
        credentials = twilio.Credentials("the-auth-token", **settings.pop("credentials", {}))
        self.adapter: TwilioShaped = twilio.build(
            "one", twilio.Settings(account_sid=AC, **settings), credentials, lent
        )

    async def send(self, request: HttpRequest) -> Any:
        answer = await super().send(request)
        conforms(request, self.form if request.body else [])
        return answer


async def send(*replies: Reply, message: OutboundMessage = TEXT) -> tuple[SendResult, Account]:
    account = Account(*replies)
    return await account.adapter.send(message), account


@pytest.mark.covers("carrier:twilio.send")
async def test_a_message() -> None:
    result, account = await send(reply(201, SENT))
    assert result == Accepted("SM1")
    (request,) = account.requests
    assert (request.method, request.url) == ("POST", f"{ROOT}/Messages.json")
    basic = base64.b64encode(f"{AC}:the-auth-token".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {basic}"
    assert account.form == [
        ("To", "+14155550100"),
        ("From", "+14158670001"),
        ("Body", "hi +& there 👋"),
        ("StatusCallback", f"{DOOR}/Status?Leg=SMours"),
    ]


@pytest.mark.covers("carrier:twilio.send-media")
async def test_a_picture_message() -> None:
    media = ("https://mask.example/a.png", "https://mask.example/b?c=d&e")
    message = OutboundMessage("MMours", "+14158670001", "+14155550100", "", media)
    result, account = await send(reply(201, SENT), message=message)
    assert result == Accepted("SM1")
    assert [value for name, value in account.form if name == "MediaUrl"] == list(media)
    assert "Body" not in dict(account.form)


async def test_an_api_key_makes_requests() -> None:
    account = Account(reply(201, SENT), credentials={"api_key": "SK1", "api_secret": "the-secret"})
    await account.adapter.send(TEXT)
    basic = base64.b64encode(b"SK1:the-secret").decode()
    assert account.requests[0].headers["Authorization"] == f"Basic {basic}"
    assert "secret" not in repr(account.requests[0])


@pytest.mark.covers("carrier:twilio.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        # Twilio's own code is kept.
        (reply(400, {"code": 21610, "status": 400}), Refused(21610, retry=False)),
        (reply(400, {"code": 21211, "status": 400}), Refused(21211, retry=False)),
        (reply(400, {"code": "21408"}), Refused(21408, retry=False)),
        (reply(404, {"code": 20404}), Refused(20404, retry=False)),
        (reply(400, "<html>"), Refused(30008, retry=False)),
        # It takes no more just now.
        (reply(429, {"code": 20429}, retry_after="7"), Throttled(7.0, whole=True)),
        (reply(429, "", retry_after="Wed, 21 Oct"), Throttled(whole=True)),
        (reply(400, {"code": 14107}), Throttled(code=14107)),
        (reply(400, {"code": 21611}), Throttled(code=21611)),
        # It is not well.
        (reply(500, {"code": 20500}), Refused(20500, retry=True)),
        (reply(503, "<html>", retry_after="2"), Refused(20500, True, 2.0)),
        (reply(502, b"\xff"), Refused(20500, retry=True)),
        # The credentials are wrong: the operator can put that right.
        (reply(401, {"code": 20003}), Refused(20003, retry=True)),
        (reply(403, ""), Refused(20003, retry=True)),
        (reply(403, {"code": 21612}), Refused(21612, retry=False)),
        # A success with an error inside.
        (reply(200, {"code": 21610}), Refused(21610, retry=False)),
        (reply(201, SENT | {"error_code": 30007}), Refused(30007, retry=False)),
        (reply(201, SENT | {"status": "failed"}), Refused(30008, retry=False)),
        (reply(200, {"code": 20429}), Throttled(whole=True)),
        (reply(200, {}), Unclear()),
        (reply(200, "OK"), Unclear()),
        (reply(200, "[]"), Unclear()),
        # Nothing was sent, and nothing came.
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), Unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    found, account = await send(answer)
    assert found == result
    assert len(account.requests) == 1


def listed(sid: str = "SM7", **changes: Any) -> dict[str, Any]:
    made = "Thu, 28 May 2026 20:26:40 +0000"
    return {
        "sid": sid,
        "body": TEXT.body,
        "status": "sent",
        "direction": "outbound-api",
        "date_created": made,
    } | changes


@pytest.mark.parametrize(
    ("messages", "again"),
    [
        # It had arrived.
        ([listed()], False),
        ([listed("SM8", body="other"), listed()], False),
        ([listed(date_created="Thu, 28 May 2026 20:26:20 +0000")], False),
        ([listed(date_created=None)], False),
        # It had not: what is there is another one.
        ([], True),
        ([listed(body="other")], True),
        ([listed(direction="inbound")], True),
        ([listed(status="failed")], True),
        ([listed(date_created="Thu, 28 May 2026 20:20:00 +0000")], True),
    ],
)
@pytest.mark.parametrize("doubt", [ReadTimeout("no answer in time"), reply(500, ""), reply(200)])
async def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    doubt: Reply, messages: list[dict[str, Any]], again: bool
) -> None:
    later = [reply(201, SENT | {"sid": "SM9"})] if again else []
    account = Account(doubt, reply(200, {"messages": messages}), *later)
    first = await account.adapter.send(TEXT)
    assert isinstance(first, Refused | Unclear)
    account.now += 1000
    found = Accepted("SM9") if again else Accepted("SM7", found=True)
    assert await account.adapter.send(TEXT) == found
    look = account.requests[1]
    query = "From=%2B14158670001&To=%2B14155550100&PageSize=20"
    assert (look.method, look.url) == ("GET", f"{ROOT}/Messages.json?{query}")
    assert len(account.requests) == (3 if again else 2)
    # Another message is nobody's doubt.
    account.replies.append(reply(201, SENT))
    other = OutboundMessage("SMother", "+14158670001", "+14155550100", TEXT.body)
    assert await account.adapter.send(other) == Accepted("SM1")


def ours(*known: str) -> Known:
    async def look(provider_id: str) -> bool:
        return provider_id in known

    return look


@pytest.mark.covers("carrier:twilio.look-up")
@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([listed()], Accepted("SM7", found=True)),
        ([], Accepted("SM9")),
        # The same words, in another message of ours.
        ([listed(sid="SM6")], Accepted("SM9")),
        ([listed(sid="SM6"), listed()], Accepted("SM7", found=True)),
    ],
)
async def test_what_another_process_may_have_sent_is_looked_for_first(
    messages: list[dict[str, Any]], found: Accepted
) -> None:
    later = [] if found.found else [reply(201, SENT | {"sid": "SM9"})]
    account = Account(reply(200, {"messages": messages}), *later, known=ours("SM6"))
    doubtful = msgspec.structs.replace(TEXT, since=NOW - 5000)
    assert await account.adapter.send(doubtful) == found
    assert [one.method for one in account.requests] == ["GET", *["POST"] * len(later)]


async def test_while_the_store_is_away_nobody_can_look() -> None:
    async def away(_: str) -> bool:
        raise HostUnavailable

    account = Account(reply(200, {"messages": [listed()]}), known=away)
    doubtful = msgspec.structs.replace(TEXT, since=NOW)
    assert await account.adapter.send(doubtful) == Refused(20503, retry=True)


async def test_while_nobody_can_look_nothing_is_sent_again() -> None:
    account = Account(ReadTimeout("no answer in time"), reply(500, ""))
    await account.adapter.send(TEXT)
    assert await account.adapter.send(TEXT) == Refused(20503, retry=True)
    assert [one.method for one in account.requests] == ["POST", "GET"]


async def test_what_never_left_is_sent_again_at_once() -> None:
    account = Account(ConnectFailed("no connection", "tcp"), reply(201, SENT))
    await account.adapter.send(TEXT)
    assert await account.adapter.send(TEXT) == Accepted("SM1")
    assert [one.method for one in account.requests] == ["POST", "POST"]


PN = "PN" + "b" * 32
NUMBER = {
    "sid": PN,
    "phone_number": "+14158670001",
    "friendly_name": "(415) 867-0001",
    "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
    "sms_url": "https://old.example/sms",
    "sms_method": "GET",
    "voice_url": None,
    "trunk_sid": None,
}


@pytest.mark.covers("carrier:twilio.numbers")
async def test_numbers_are_listed_page_by_page() -> None:
    following = f"/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json?PageSize=1000&Page=1"
    pages = [
        {"incoming_phone_numbers": [NUMBER], "next_page_uri": following},
        {"incoming_phone_numbers": [NUMBER | {"phone_number": "+14158670002"}]},
    ]
    account = Account(*(reply(200, page) for page in pages))
    assert isinstance(account.adapter, Inventory)
    one, two = await account.adapter.numbers()
    assert (one.provider_id, one.number, two.number) == (PN, "+14158670001", "+14158670002")
    assert (one.voice, one.sms, one.mms) == (True, True, False)
    assert (one.hooks["SmsUrl"], one.hooks["SmsMethod"]) == ("https://old.example/sms", "GET")
    assert one.hooks["VoiceUrl"] == one.hooks["TrunkSid"] == ""
    assert [request.url for request in account.requests] == [
        f"{ROOT}/IncomingPhoneNumbers.json?PageSize=1000",
        f"{ROOT}/IncomingPhoneNumbers.json?PageSize=1000&Page=1",
    ]


async def test_a_list_that_goes_in_circles_ends() -> None:
    page = {
        "incoming_phone_numbers": [NUMBER],
        "next_page_uri": f"/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json?Page=1",
    }
    account = Account(*[reply(200, page)] * 5)
    found: Sequence[OwnedNumber] = await account.adapter.numbers()
    assert len(found) == 2


@pytest.mark.covers("carrier:twilio.point")
async def test_a_number_is_pointed_at_us() -> None:
    account = Account(reply(200, NUMBER))
    hooks = account.adapter.hooks()
    await account.adapter.point(PN, hooks)
    assert account.requests[0].url == f"{ROOT}/IncomingPhoneNumbers/{PN}.json"
    form = dict(account.form)
    assert form["SmsUrl"] == f"{DOOR}/Message"
    assert form["VoiceUrl"] == f"{DOOR}/Call"
    assert form["StatusCallback"] == f"{DOOR}/Call/Status"
    # Each of these would go before the addresses.
    assert (form["SmsApplicationSid"], form["VoiceApplicationSid"], form["TrunkSid"]) == ("",) * 3


@pytest.mark.covers("carrier:twilio.dial")
async def test_the_account_and_a_call() -> None:
    account = Account(
        reply(200, {"friendly_name": "Rides", "status": "active"}), reply(201, {"sid": "CA1"})
    )
    assert isinstance(account.adapter, CallsOut)
    assert await account.adapter.check() == "Rides (active)"
    assert account.requests[0].url == f"{ROOT}.json"
    said = Response((Say("hello & welcome"),))
    assert await account.adapter.dial("+14158670001", "+14155550100", said) == "CA1"
    assert dict(account.form)["Twiml"].endswith("<Say>hello &amp; welcome</Say></Response>")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(401, {}), "credentials"),
        (reply(403, {}), "credentials"),
        (reply(404, {}), "no such account"),
        (reply(400, {"code": 21422}), "error 21422"),
        (reply(500, {}), "answered 500$"),
        (reply(200, "<html>"), "no JSON"),
        (ConnectFailed("the host's name was not resolved", "dns"), "not reached"),
    ],
)
async def test_what_the_api_refuses_is_said_in_words(answer: Reply, says: str) -> None:
    with pytest.raises(ApiRefused, match=says):
        await Account(answer).adapter.check()


OWN = f"{ROOT}/Messages/MM1/Media/ME1"
CDN = "https://media.twiliocdn.com/x?signature=1"


@pytest.mark.covers("carrier:twilio.media")
async def test_media_are_fetched_with_credentials_that_go_nowhere_else() -> None:
    account = Account()
    picture = reply(200, b"\x89PNG", content_type="image/png")
    account.replies = [reply(307, location=CDN), picture]
    one = account.adapter
    assert isinstance(one, Media)
    assert one.keeps(OWN)
    for other in (CDN, "https://api.twilio.com.evil.example/x", "http://api.twilio.com/x"):
        assert not one.keeps(other)
    found = await one.fetch(OWN)
    assert (found.body, found.content_type) == (b"\x89PNG", "image/png")
    first, second = account.requests
    assert (first.url, second.url) == (OWN, CDN)
    assert "Authorization" in first.headers
    assert "Authorization" not in second.headers


@pytest.mark.parametrize(
    "replies",
    [
        [reply(404, {})],
        [reply(307)],
        [reply(302, location="/a")] * 9,
        [reply(410, {})],
    ],
)
async def test_media_that_are_gone(replies: list[Any]) -> None:
    account = Account()
    account.replies = replies
    with pytest.raises(MediumGone):
        await account.adapter.fetch(OWN)
    assert len(account.requests) <= 4


@pytest.mark.parametrize(
    ("base_url", "kept"),
    [
        ("https://api.dublin.ie1.twilio.com", True),
        ("https://api.twilio.com", True),
        # A stand-in has nothing to do with Twilio's own media: no credentials go there.
        ("https://stand-in.example/api", False),
        ("https://twilio.com.example", False),
    ],
)
def test_a_region_s_media_may_lie_at_the_usual_place(base_url: str, kept: bool) -> None:
    one = Account(base_url=base_url).adapter
    assert one.keeps(OWN) is kept
    assert one.keeps(f"{base_url}/2010-04-01/x")
