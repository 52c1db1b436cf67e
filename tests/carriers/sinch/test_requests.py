"""Sinch: what we ask of its APIs, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from maskline.carriers import sinch
from maskline.carriers.contract import ApiRefused, CallsOut, Inventory
from maskline.carriers.json_api import basic
from maskline.carriers.sinch.adapter import Sinch
from maskline.model.http import ConnectFailed, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.voice.instructions import Hangup, Response, Say
from tests.support.carrier_desk import DOOR, NOW, Client, Reply, reply, tools

BATCHES = "https://us.sms.api.sinch.com/xms/v1/plan1/batches"
TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
SENT = {
    "id": "01FC66621XXXXX119Z8PMV1QPQ",
    "to": ["14155550100"],
    "from": "14158670001",
    "canceled": False,
    "body": "hi",
    "type": "mt_text",
    "created_at": "2026-10-02T09:34:28.542Z",
    "modified_at": "2026-10-02T09:34:28.542Z",
    "delivery_report": "per_recipient",
    "client_reference": "SMours",
}
KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="


def adapter(*replies: Reply, **settings: Any) -> tuple[Sinch, Client]:
    client = Client(*replies)
    given = {"service_plan_id": "plan1"} | settings
    secret = SECRET if given.get("application_key") else ""
    secrets = sinch.Credentials("the-api-token", "the-hook-secret", secret)
    return sinch.build("one", sinch.Settings(**given), secrets, tools(client)), client


def sent(client: Client, at: int = 0) -> Any:
    return json.loads(client.requests[at].body or b"")


@pytest.mark.covers("carrier:sinch.send")
async def test_a_message() -> None:
    one, client = adapter(reply(201, SENT))
    assert await one.send(TEXT) == Accepted("01FC66621XXXXX119Z8PMV1QPQ")
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", BATCHES)
    assert request.headers["Authorization"] == "Bearer the-api-token"
    # Digits alone, without the plus sign.
    assert sent(client) == {
        "from": "14158670001",
        "to": ["14155550100"],
        "type": "mt_text",
        "body": "hi +& there 👋",
        "delivery_report": "per_recipient",
        "callback_url": f"{DOOR}/Status",
        "client_reference": "SMours",
    }


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"region": "eu"}, "https://eu.sms.api.sinch.com"),
        ({"sms_url": "https://stand.in/x"}, "https://stand.in/x"),
    ],
)
async def test_where_it_is(settings: dict[str, str], host: str) -> None:
    one, client = adapter(reply(201, SENT), **settings)
    await one.send(TEXT)
    assert client.requests[0].url == f"{host}/xms/v1/plan1/batches"


@pytest.mark.covers("carrier:sinch.send-media")
@pytest.mark.parametrize(
    ("words", "media", "body"),
    [
        ("", ("https://m/1",), {"url": "https://m/1"}),
        ("look", ("https://m/1",), {"url": "https://m/1", "message": "look"}),
        # It takes one: nothing is lost of more.
        (
            "look",
            ("https://m/1", "https://m/2", "https://m/3"),
            {"url": "https://m/1", "message": "look\nhttps://m/2\nhttps://m/3"},
        ),
    ],
)
async def test_picture_messages(words: str, media: tuple[str, ...], body: dict[str, str]) -> None:
    one, client = adapter(reply(201, SENT))
    await one.send(OutboundMessage("MMours", "+14158670001", "+14155550100", words, media))
    assert (sent(client)["type"], sent(client)["body"]) == ("mt_media", body)


@pytest.mark.covers("carrier:sinch.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (
            reply(400, {"code": "syntax_constraint_violation", "text": "no"}),
            Refused(30008, retry=False),
        ),
        (reply(400, {"code": 410}), Refused(21606, retry=False)),
        (reply(403, {"code": "unknown_campaign"}), Refused(30008, retry=False)),
        # It takes no more just now.
        (reply(429, "", retry_after="7"), Throttled(7.0, whole=True)),
        # The operator can put it right.
        (reply(401, ""), Refused(20003, retry=True)),
        (reply(403, ""), Refused(20003, retry=True)),
        (reply(404, ""), Refused(20003, retry=True)),
        # A success with an error inside, or with nothing.
        (
            reply(201, {"code": "syntax_invalid_json", "text": "no"}),
            Refused(30008, retry=False),
        ),
        (reply(200, {}), Unclear(repeatable=True)),
        (reply(201, "OK"), Unclear(repeatable=True)),
        # It is not well, or nothing came.
        (reply(500, ""), Unclear(repeatable=True)),
        (reply(503, "<html>", retry_after="2"), Refused(20503, True, 2.0)),
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), Unclear(repeatable=True)),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    ("found", "again"),
    [
        ([SENT], False),
        ([], True),
        ([SENT | {"client_reference": "SMother"}], True),
        ([SENT | {"canceled": True}], True),
    ],
)
@pytest.mark.parametrize("doubt", [ReadTimeout("no answer in time"), reply(500, ""), reply(201)])
async def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    doubt: Reply, found: list[Any], again: bool
) -> None:
    later = [reply(201, SENT | {"id": "B2"})] if again else []
    one, client = adapter(doubt, reply(200, {"count": 1, "batches": found}), *later)
    assert isinstance(await one.send(TEXT), Unclear)
    expected = Accepted("B2") if again else Accepted(str(SENT["id"]), found=True)
    assert await one.send(TEXT) == expected
    look = client.requests[1]
    query = "client_reference=SMours&page_size=10"
    assert (look.method, look.url) == ("GET", f"{BATCHES}?{query}")
    assert len(client.requests) == (3 if again else 2)
    # It is in doubt no more, and another never was.
    client.replies += [reply(201, SENT), reply(201, SENT)]
    await one.send(TEXT)
    await one.send(OutboundMessage("SMother", "+14158670001", "+14155550100", "hi"))
    assert [request.method for request in client.requests[-2:]] == ["POST", "POST"]


@pytest.mark.covers("carrier:sinch.look-up")
async def test_what_another_process_may_have_sent_is_looked_for_first() -> None:
    one, client = adapter(reply(200, {"count": 1, "batches": [SENT]}))
    doubtful = msgspec.structs.replace(TEXT, since=NOW)
    assert await one.send(doubtful) == Accepted(str(SENT["id"]), found=True)
    assert [request.method for request in client.requests] == ["GET"]


async def test_while_nobody_can_look_nothing_is_sent_again() -> None:
    one, client = adapter(ReadTimeout("no answer in time"), reply(500, ""))
    await one.send(TEXT)
    assert await one.send(TEXT) == Refused(20503, retry=True)
    assert [request.method for request in client.requests] == ["POST", "GET"]


async def test_what_never_left_is_sent_again_at_once() -> None:
    one, client = adapter(ConnectFailed("no connection", "tcp"), reply(201, SENT))
    await one.send(TEXT)
    assert isinstance(await one.send(TEXT), Accepted)
    assert [request.method for request in client.requests] == ["POST", "POST"]


@pytest.mark.covers("carrier:sinch.dial")
async def test_the_account_and_a_call() -> None:
    one, client = adapter(
        reply(200, {"count": 3, "batches": []}),
        reply(200, {"callId": "c-1"}),
        application_key=KEY,
    )
    assert isinstance(one, CallsOut)
    assert await one.check() == "3 batches today"
    said = Response((Say("hello & welcome", language="en-GB"), Hangup()))
    assert await one.dial("+14158670001", "+14155550100", said) == "c-1"
    request = client.requests[1]
    assert request.url == "https://calling.api.sinch.com/calling/v1/callouts"
    assert request.headers["Authorization"] == basic(KEY, SECRET)
    callout = sent(client, 1)["customCallout"]
    # What it begins with says whom it calls.
    assert set(callout) == {"ice", "ace"}
    assert json.loads(callout["ice"])["action"] == {
        "name": "connectPstn",
        "number": "+14155550100",
        "cli": "+14158670001",
    }
    assert json.loads(callout["ace"]) == {
        "instructions": [{"name": "say", "text": "hello & welcome", "locale": "en-GB"}],
        "action": {"name": "hangup"},
    }


async def test_without_an_application_no_call_is_begun() -> None:
    one, client = adapter()
    assert not one.capabilities.voice
    with pytest.raises(ApiRefused, match="application_key"):
        await one.dial("+14158670001", "+14155550100", Response())
    assert client.requests == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(401, {}), "credentials"),
        (reply(404, {}), "no such account"),
        (reply(500, {}), "answered 500$"),
        (reply(200, "<html>"), "no JSON"),
        (ConnectFailed("the host's name was not resolved", "dns"), "not reached"),
    ],
)
async def test_what_the_api_refuses_is_said_in_words(answer: Reply, says: str) -> None:
    one, _ = adapter(answer)
    with pytest.raises(ApiRefused, match=says):
        await one.check()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"service_plan_id": "../x"},
        {"service_plan_id": "a", "region": "mars"},
        {"service_plan_id": "a", "sms_url": "ftp://a"},
        {"service_plan_id": "a", "voice_url": ""},
        {"service_plan_id": "a", "opt_outs": "local"},
    ],
)
def test_settings_are_checked(wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, sinch.Settings)


@pytest.mark.parametrize(("key", "secret"), [(KEY, ""), ("", SECRET), (KEY, "no base64!")])
def test_the_application_s_key_and_secret_go_together(key: str, secret: str) -> None:
    settings = sinch.Settings(service_plan_id="a", application_key=key)
    credentials = sinch.Credentials("the-api-token", "the-hook-secret", secret)
    with pytest.raises(ValueError, match="application_secret") as raised:
        sinch.build("one", settings, credentials, tools(Client()))
    assert not secret or secret not in str(raised.value)


PROJECT = "https://numbers.api.sinch.com/v1/projects/p-1/activeNumbers"
NUMBER = {
    "phoneNumber": "+14158670001",
    "projectId": "p-1",
    "displayName": "rides",
    "regionCode": "US",
    "type": "LOCAL",
    "capability": ["SMS", "VOICE"],
    "smsConfiguration": {"servicePlanId": "another", "campaignId": ""},
    "voiceConfiguration": {"type": "RTC", "appId": "", "lastUpdatedTime": None},
}


def synced(*replies: Reply, key: str = KEY) -> tuple[Any, Client]:
    client = Client(*replies)
    settings = sinch.Settings(service_plan_id="plan1", application_key=key, project_id="p-1")
    secrets = sinch.Credentials(
        "the-api-token", "the-hook-secret", SECRET if key else "", "the-key", "the-key-secret"
    )
    return sinch.build("one", settings, secrets, tools(client)), client


@pytest.mark.covers("carrier:sinch.numbers")
async def test_numbers_are_listed_page_by_page() -> None:
    foreign = {"phoneNumber": "+46731230001", "capability": ["SMS"], "smsConfiguration": None}
    one, client = synced(
        reply(200, {"activeNumbers": [NUMBER], "nextPageToken": "t&2", "totalSize": 2}),
        reply(200, {"activeNumbers": [foreign], "nextPageToken": ""}),
    )
    assert isinstance(one, Inventory)
    first, second = await one.numbers()
    assert first.hooks == {"servicePlanId": "another", "appId": ""}
    assert (first.number, first.friendly_name) == ("+14158670001", "rides")
    assert (first.sms, first.mms, first.voice) == (True, True, True)
    assert (second.sms, second.mms, second.voice) == (True, False, False)
    assert [request.url for request in client.requests] == [
        f"{PROJECT}?pageSize=100",
        f"{PROJECT}?pageSize=100&pageToken=t%262",
    ]
    assert client.requests[0].headers["Authorization"] == basic("the-key", "the-key-secret")


async def test_a_list_that_goes_in_circles_ends() -> None:
    one, _ = synced(*[reply(200, {"activeNumbers": [NUMBER], "nextPageToken": "same"})] * 5)
    assert len(await one.numbers()) == 2


@pytest.mark.covers("carrier:sinch.point")
async def test_a_number_is_pointed_at_us_and_back() -> None:
    one, client = synced(reply(200, NUMBER), reply(200, NUMBER), reply(403, {}))
    assert one.hooks() == {"servicePlanId": "plan1", "appId": KEY}
    await one.point("+14158670001", one.hooks())
    assert (client.requests[0].method, client.requests[0].url) == (
        "PATCH",
        f"{PROJECT}/%2B14158670001",
    )
    assert sent(client) == {
        "smsConfiguration": {"servicePlanId": "plan1"},
        "voiceConfiguration": {"type": "RTC", "appId": KEY},
    }
    await one.point("+14158670001", {"servicePlanId": ""})
    assert sent(client, 1) == {"smsConfiguration": {"servicePlanId": ""}}
    with pytest.raises(ApiRefused, match="credentials"):
        await one.point("+14158670001", one.hooks())


async def test_without_an_application_numbers_keep_theirs() -> None:
    one, _ = synced(key="")
    assert one.hooks() == {"servicePlanId": "plan1"}


def test_without_a_project_numbers_can_t_be_listed() -> None:
    one, _ = adapter()
    assert not isinstance(one, Inventory)
    settings = sinch.Settings(service_plan_id="plan1", project_id="p-1")
    with pytest.raises(ValueError, match="go together"):
        sinch.build(
            "one",
            settings,
            sinch.Credentials("the-api-token", "the-hook-secret"),
            tools(Client()),
        )
