"""Requests to carriers' APIs, and what their answers mean by themselves."""

from __future__ import annotations

import json

import pytest

from maskline.carriers import outcomes
from maskline.carriers.addresses import with_plus, without_plus
from maskline.carriers.contract import ApiMissing, ApiRefused, Medium, MediumGone
from maskline.carriers.json_api import JsonApi, basic
from maskline.model.http import ConnectFailed, HttpResponse, ReadTimeout
from maskline.model.traffic import Refused
from tests.support.carrier_desk import Client, Reply, reply

URL = "https://api.example/x"


def api(*replies: Reply) -> tuple[JsonApi, Client]:
    client = Client(*replies)
    return JsonApi(client, lambda: basic("u", "p"), 7.0), client


async def test_requests_have_the_authorization_and_the_timeout() -> None:
    one, client = api(reply(202, {"id": 1}), reply(200, {"a": 1}), reply(204), reply(200, {}))
    assert (await one.post(URL, {"b": 2})).status == 202
    assert await one.ask("GET", URL) == {"a": 1}
    assert await one.ask("PATCH", URL, {"c": 3}) == {}
    assert await one.submit(URL, {"d": "+4"}) == {}
    first, second, third, fourth = client.requests
    assert {one.headers["Authorization"] for one in client.requests} == {"Basic dTpw"}
    assert {one.total_timeout for one in client.requests} == {7.0}
    assert json.loads(first.body or b"") == {"b": 2}
    assert (second.method, second.body) == ("GET", None)
    assert (third.method, third.headers["Content-Type"]) == ("PATCH", "application/json")
    assert fourth.body == b"d=%2B4"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(401), "does not accept the credentials"),
        (reply(403), "does not accept the credentials"),
        (reply(404), "no such account"),
        (reply(422), "answered 422"),
        (reply(200, "<html>"), "no JSON"),
        (reply(200, "[]"), "no JSON"),
        (ConnectFailed("no connection", "tcp"), "was not reached: no connection"),
    ],
)
async def test_refusals_are_told_in_words(answer: Reply, says: str) -> None:
    one, _ = api(answer)
    with pytest.raises(ApiRefused, match=says):
        await one.ask("GET", URL)


async def test_what_is_not_there_is_told_apart() -> None:
    one, _ = api(reply(404), reply(403))
    with pytest.raises(ApiMissing):
        await one.ask("GET", URL)
    with pytest.raises(ApiRefused) as refused:
        await one.ask("GET", URL)
    assert not isinstance(refused.value, ApiMissing)


async def test_media_are_fetched_with_credentials_at_home_alone() -> None:
    away = "https://cdn.example/y"
    one, client = api(reply(302, "", location=away), reply(200, b"png", content_type="image/png"))
    found = await one.medium(URL, lambda url: url.startswith("https://api.example/"))
    assert found == Medium(b"png", "image/png")
    home, elsewhere = client.requests
    assert home.headers["Authorization"] == "Basic dTpw"
    assert elsewhere.url == away
    assert "Authorization" not in elsewhere.headers


@pytest.mark.parametrize(
    "answers",
    [
        [reply(404)],
        [reply(302)],
        [HttpResponse(200, {}, b"half", truncated=True)],
        [reply(302, "", location=URL)] * 4,
    ],
)
async def test_media_that_are_gone(answers: list[Reply]) -> None:
    one, _ = api(*answers)
    with pytest.raises(MediumGone):
        await one.medium(URL, lambda url: True)


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (reply(429, "", retry_after="7"), outcomes.throttled(7.0, whole=True)),
        (reply(429, "", retry_after="soon"), outcomes.throttled(whole=True)),
        (reply(503, "", retry_after="2"), Refused(20503, retry=True, retry_after=2.0)),
        (reply(500), outcomes.unclear()),
        (reply(504), outcomes.unclear()),
        (reply(401), Refused(20003, retry=True)),
        (reply(400), None),
        (reply(202), None),
    ],
)
def test_what_a_status_means(answer: HttpResponse, means: object) -> None:
    assert outcomes.by_status(answer) == means


def test_what_was_perhaps_sent_is_told_apart() -> None:
    assert outcomes.lost(ConnectFailed("no", "tcp")) == Refused(20503, retry=True)
    assert outcomes.lost(ReadTimeout("no answer")) == outcomes.unclear()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("14155550100", "+14155550100"),
        ("+14155550100", "+14155550100"),
        ("12345", "12345"),
        ("123456", "123456"),
        ("Maskline", "Maskline"),
        ("anonymous", "anonymous"),
        ("", ""),
        ("1" * 16, "1" * 16),
        ("sip:1@x", "sip:1@x"),
        ("٤١٥٥٥٥٠١٠٠", "٤١٥٥٥٥٠١٠٠"),
    ],
)
def test_numbers_are_written_our_way(theirs: str, ours: str) -> None:
    assert with_plus(theirs) == ours


def test_numbers_are_written_their_way() -> None:
    assert without_plus("+14155550100") == "14155550100"
    assert without_plus("12345") == "12345"
