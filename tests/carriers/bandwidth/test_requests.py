"""Bandwidth: what we ask of its APIs, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from maskline.carriers import bandwidth
from maskline.carriers.bandwidth.adapter import Bandwidth
from maskline.carriers.contract import ApiRefused, CallsOut, Media, MediumGone
from maskline.carriers.json_api import basic
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
from tests.support.carrier_desk import DOOR, Client, Reply, posted, reply, tools

MESSAGES = "https://messaging.bandwidth.com/api/v2/users/9900000"
CALLS = "https://voice.bandwidth.com/api/v2/accounts/9900000"
TEXT = OutboundMessage("SMours", "+14158670001", "+14155550100", "hi +& there 👋")
ID = "14762070468292kw2fuqty55yp2b2"
SENT = {
    "id": ID,
    "owner": "+14158670001",
    "applicationId": "93de2206",
    "time": "2026-09-14T18:20:16.000Z",
    "segmentCount": 1,
    "direction": "out",
    "to": ["+14155550100"],
    "from": "+14158670001",
    "text": "hi",
    "tag": "SMours",
}


def adapter(*replies: Reply, **settings: Any) -> tuple[Bandwidth, Client]:
    client = Client(*replies)
    given = {"account_id": "9900000", "application_id": "93de2206"} | settings
    secrets = bandwidth.Credentials("the-token", "the-secret", "bw", "a-password-of-ours")
    return bandwidth.build("one", bandwidth.Settings(**given), secrets, tools(client)), client


@pytest.mark.covers("carrier:bandwidth.send")
async def test_a_message() -> None:
    one, client = adapter(reply(202, SENT))
    assert await one.send(TEXT) == Accepted(ID)
    (request,) = client.requests
    assert (request.method, request.url) == ("POST", f"{MESSAGES}/messages")
    assert request.headers["Authorization"] == basic("the-token", "the-secret")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or b"") == {
        "applicationId": "93de2206",
        "from": "+14158670001",
        "to": ["+14155550100"],
        "text": "hi +& there 👋",
        "tag": "SMours",
    }


@pytest.mark.covers("carrier:bandwidth.send-media")
async def test_a_picture_message() -> None:
    media = ("https://mask.example/a.png", "https://mask.example/b?c=d&e")
    one, client = adapter(reply(202, SENT))
    await one.send(OutboundMessage("MMours", "+14158670001", "+14155550100", "", media))
    document = json.loads(client.requests[0].body or b"")
    assert document["media"] == list(media)
    assert "text" not in document


def invalid(*fields: str) -> dict[str, Any]:
    errors = [{"fieldName": name, "description": "is not good"} for name in fields]
    return {"type": "request-validation", "description": "no", "fieldErrors": errors}


@pytest.mark.covers("carrier:bandwidth.send-errors")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(400, invalid("to")), Refused(21211, retry=False)),
        (reply(400, invalid("to[0]")), Refused(21211, retry=False)),
        (reply(400, invalid("from", "to")), Refused(21212, retry=False)),
        (reply(400, invalid("text")), Refused(21617, retry=False)),
        (reply(400, invalid("media")), Refused(12300, retry=False)),
        (reply(400, invalid("expiration")), Refused(30008, retry=False)),
        (reply(400, invalid()), Refused(30008, retry=False)),
        (reply(415, "<html>"), Refused(30008, retry=False)),
        # It takes no more just now.
        (
            reply(429, {"type": "max-message-queue-size-exceeded"}, retry_after="7"),
            Throttled(7.0, whole=True),
        ),
        (reply(429, ""), Throttled(whole=True)),
        # The operator can put it right.
        (reply(401, {"type": "unauthorized"}), Refused(20003, retry=True)),
        (reply(403, {"type": "forbidden"}), Refused(20003, retry=True)),
        (reply(404, {"status": 404}), Refused(20003, retry=True)),
        # What it answers with an error it has not sent.
        (reply(500, ""), Refused(20503, retry=True)),
        (reply(503, "<html>", retry_after="2"), Refused(20503, True, 2.0)),
        # A gateway does not know.
        (reply(502, ""), Unclear()),
        (reply(504, ""), Unclear()),
        # A success with an error inside, or with nothing.
        (reply(202, invalid("from")), Refused(21212, retry=False)),
        (reply(200, {}), Unclear()),
        (reply(202, "OK"), Unclear()),
        # Nothing came.
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
        (ReadTimeout("no answer in time"), Unclear()),
    ],
)
async def test_what_its_answers_mean(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    assert await one.send(TEXT) == result
    assert len(client.requests) == 1


@pytest.mark.covers("carrier:bandwidth.dial")
async def test_the_account_and_a_call() -> None:
    one, client = adapter(
        reply(200, {"currentCallQueueSize": 3, "maxCallQueueSize": 900}),
        reply(201, {"callId": "c-1"}),
        voice_application_id="voice-1",
    )
    assert isinstance(one, CallsOut)
    assert await one.check() == "3 calls are waiting"
    assert client.requests[0].url == f"{CALLS}/statistics"
    said = Response((Say("hello & welcome", language="en-GB"), Hangup()))
    assert await one.dial("+14158670001", "+14155550100", said) == "c-1"
    assert client.requests[1].url == f"{CALLS}/calls"
    call = json.loads(client.requests[1].body or b"")
    assert (call["from"], call["to"]) == ("+14158670001", "+14155550100")
    assert call["applicationId"] == "voice-1"
    assert (call["username"], call["password"]) == ("bw", "a-password-of-ours")
    assert call["disconnectUrl"] == f"{DOOR}/Call/Status"
    # What is to be heard comes back with the answer.
    address = urlsplit(call["answerUrl"])
    assert dict(parse_qsl(address.query)).keys() == {"Document"}
    event = json.dumps({"eventType": "answer", "callId": "c-1"}).encode()
    asked = posted("Call/Document", event, query=address.query, content_type="application/json")
    assert one.read(asked) == []
    assert one.acknowledge(asked).body.endswith(
        b'<Response><SpeakSentence locale="en_GB">hello &amp; welcome</SpeakSentence>'
        b"<Hangup/></Response>"
    )


async def test_without_a_voice_application_no_call_is_begun() -> None:
    one, client = adapter()
    assert "voice_application_id" in await one.check()
    with pytest.raises(ApiRefused, match="voice_application_id"):
        await one.dial("+14158670001", "+14155550100", Response())
    assert client.requests == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(401, {}), "credentials"),
        (reply(404, {}), "no such account"),
        (reply(500, {}), "answered 500$"),
        (ConnectFailed("the host's name was not resolved", "dns"), "not reached"),
    ],
)
async def test_what_the_api_refuses_is_said_in_words(answer: Reply, says: str) -> None:
    one, _ = adapter(answer, voice_application_id="voice-1")
    with pytest.raises(ApiRefused, match=says):
        await one.check()


@pytest.mark.covers("carrier:bandwidth.media")
async def test_media_are_fetched_with_credentials_from_its_own_host() -> None:
    own = f"{MESSAGES}/media/14762070468292kw2fuqty55yp2b2/0/cat.png"
    one, client = adapter(reply(200, b"\x89PNG", content_type="image/png"), reply(404, ""))
    assert isinstance(one, Media)
    assert one.keeps(own)
    for other in (
        "https://messaging.bandwidth.com/api/v2/users/9900001/media/x",
        "https://messaging.bandwidth.com.evil.example/api/v2/users/9900000/media/x",
        f"{MESSAGES}/messages",
        "http://messaging.bandwidth.com/api/v2/users/9900000/media/x",
    ):
        assert not one.keeps(other)
    found = await one.fetch(own)
    assert (found.body, found.content_type) == (b"\x89PNG", "image/png")
    assert client.requests[0].headers["Authorization"] == basic("the-token", "the-secret")
    with pytest.raises(MediumGone):
        await one.fetch(own)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (bandwidth.Settings, {"account_id": "../1", "application_id": "a"}),
        (bandwidth.Settings, {"account_id": "1"}),
        (bandwidth.Settings, {"account_id": "1", "application_id": "a", "voice_url": "ftp://a"}),
        (bandwidth.Settings, {"account_id": "1", "application_id": "a", "opt_outs": "local"}),
        (
            bandwidth.Credentials,
            {
                "api_token": "a",
                "api_secret": "12345678",
                "hook_username": "a:b",
                "hook_password": "x" * 16,
            },
        ),
        (
            bandwidth.Credentials,
            {
                "api_token": "a",
                "api_secret": "12345678",
                "hook_username": "ab",
                "hook_password": "short",
            },
        ),
    ],
)
def test_settings_are_checked(kind: type[msgspec.Struct], wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, kind)
