"""Webhooks: what is sent, how often at once, and within what time."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError

from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.delivery.standard import secret_of
from maskline.delivery.webhooks import WebhookSender
from maskline.env import Env
from maskline.model.exchange import Exchange
from maskline.model.http import (
    BadResponse,
    BadUrl,
    ConnectFailed,
    ConnectionLost,
    ForbiddenAddress,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    ReadTimeout,
    TotalTimeout,
    form,
)
from maskline.model.job import Callback
from maskline.model.sid import SidFactory
from maskline.model.signature import HEADER, verify
from maskline.settings import Settings, WebhooksSettings
from tests.support.receiver import Receiver
from tests.support.records import NOON, Records

SECRET = "a" * 32
URL = "https://a.example/cb"

Outcome = int | HttpFailure


class Token:
    """Every account's token."""

    async def token(self, account_sid: str) -> str:
        """The token."""
        return SECRET


class Scripted:
    """An HTTP client that answers in turn, the last for good, each after `seconds`."""

    def __init__(self, *outcomes: Outcome, seconds: float = 0.0) -> None:
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer whose turn it is."""
        self.sent.append(request)
        await asyncio.sleep(self.seconds)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, HttpFailure):
            raise outcome
        return HttpResponse(outcome, {}, b"", False)


def environment(**webhooks: Any) -> Env:
    """An environment whose clock stands still."""
    settings = Settings(webhooks=WebhooksSettings(**webhooks))
    return Env(lambda: NOON, SidFactory(lambda: NOON), settings)


def sender(http: Any, **webhooks: Any) -> WebhookSender:
    """A sender."""
    return WebhookSender(environment(**webhooks), http, cast(Any, Token()))


async def post(http: Any, url: str, *, within: float | None = None, **webhooks: Any) -> Exchange:
    """Posts a form."""
    params = [("A", "b c")]
    return await sender(http, **webhooks).post(
        url, params, "AC1", "JB1", kind="callback", within=within
    )


REFUSED = ConnectFailed("the connection failed (ECONNREFUSED)", "tcp")
SLOW = ReadTimeout("no answer in time")
LATE = TotalTimeout("took too long")
LOST = ConnectionLost("the connection was lost")
NO_HTTP = BadResponse("that is no HTTP")


@pytest.mark.parametrize(
    ("fragment", "outcomes", "attempts"),
    [
        # By themselves URLs ask for none.
        ("", [REFUSED], 1),
        ("", [500], 1),
        # A count alone is for connections.
        ("rc=2", [REFUSED], 3),
        ("rc=2", [REFUSED, 200], 2),
        ("rc=2", [500], 1),
        ("rc=2", [SLOW], 1),
        ("rc=0", [REFUSED], 1),
        ("rc=5", [REFUSED], 6),
        # A cause alone is for one more.
        ("rp=5xx", [503], 2),
        ("rp=5xx", [REFUSED], 1),
        ("rc=3&rp=4xx", [404, 404, 200], 3),
        ("rc=3&rp=4xx", [404, 500], 2),
        ("rc=3&rp=rt", [SLOW], 4),
        ("rc=3&rp=rt", [LATE], 4),
        ("rc=3&rp=ct,5xx", [REFUSED, 500, 200], 3),
        ("rc=3&rp=rt", [LOST], 1),
        ("rc=3&rp=all", [LOST, NO_HTTP, 404, 200], 4),
        # Never: what is no failure, what says that it is over, and what can't be called at all.
        ("rc=3&rp=all", [200], 1),
        ("rc=3&rp=all", [302], 1),
        ("rc=3&rp=all", [410], 1),
        ("rc=3&rp=all", [BadUrl("no")], 1),
        ("rc=3&rp=all", [ForbiddenAddress("no")], 1),
        # A wrong fragment says nothing.
        ("rc=9&rp=all", [500], 1),
    ],
)
async def test_attempts_at_once(fragment: str, outcomes: list[Outcome], attempts: int) -> None:
    http = Scripted(*outcomes)
    answer = await post(http, f"{URL}#{fragment}")
    assert len(http.sent) == attempts
    last = outcomes[min(attempts, len(outcomes)) - 1]
    assert answer.status == (last if isinstance(last, int) else None)
    assert {request.url for request in http.sent} == {URL}
    assert len({tuple(request.headers.items()) for request in http.sent}) == 1


@pytest.mark.parametrize(
    ("fragment", "within", "times"),
    [
        ("", None, (5.0, 15.0, 15.0)),
        ("", 4.0, (4.0, 4.0, 4.0)),
        ("ct=1000&rt=2000&tt=3000", None, (1.0, 2.0, 3.0)),
        ("tt=3000", None, (3.0, 3.0, 3.0)),
        ("tt=15000", 5.0, (5.0, 5.0, 5.0)),
        ("tt=2000", 5.0, (2.0, 2.0, 2.0)),
        ("ct=8000", None, (8.0, 15.0, 15.0)),
    ],
)
async def test_times(
    fragment: str, within: float | None, times: tuple[float, float, float]
) -> None:
    http = Scripted(200)
    await post(http, f"{URL}#{fragment}", within=within)
    (sent,) = http.sent
    assert (sent.connect_timeout, sent.read_timeout, sent.total_timeout) == times


async def test_all_attempts_share_one_total_time() -> None:
    http = Scripted(500, seconds=0.03)
    await post(http, f"{URL}#rc=5&rp=5xx&tt=100")
    assert 2 <= len(http.sent) < 6
    times = [request.total_timeout for request in http.sent]
    assert times == sorted(times, reverse=True)
    assert times[1] <= 0.07
    assert all(request.read_timeout <= request.total_timeout for request in http.sent)


async def test_an_intercept_that_blocks_is_not_asked_until_it_says_otherwise(
    records: Records,
) -> None:
    interaction = records.interaction(records.session(records.service("AC1")))
    for status, attempts in ((403, 1), (404, 2)):
        http = Scripted(status, 200)
        callback = Callback(f"{URL}#rc=1&rp=4xx", interaction)
        await sender(http).ask(callback, "JB1")
        assert len(http.sent) == attempts
    http = Scripted(403, 200)
    await sender(http).tell(Callback(f"{URL}#rc=1&rp=4xx", interaction), "JB1")
    assert len(http.sent) == 2


@pytest.fixture
def records() -> Records:
    """Makes records."""
    return Records()


@pytest.fixture
def receiver() -> Any:
    """A program."""
    with Receiver() as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[PooledClient]:
    """The client that servers use."""
    async with PooledClient(UrlGuard(allow_private=True)) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_fragment_is_neither_sent_nor_signed(
    receiver: Receiver, http: PooledClient, method: str
) -> None:
    answers = [503, 200]
    receiver.answer = lambda _: answers.pop(0)
    url = f"{receiver.url}/cb?x=1"
    answer = await sender(http).fetch(
        f"{url}#rc=1&rp=5xx", method, [("A", "b")], "AC1", "JB1", kind="status"
    )
    assert answer.succeeded
    seen = f"{url}&A=b" if method == "GET" else url
    assert [one.url for one in receiver.posted] == [seen, seen]
    for one in receiver.posted:
        assert one.headers["I-Twilio-Idempotency-Token"] == "JB1"
        signed = {"A": "b"} if method == "POST" else {}
        assert verify(SECRET, seen, signed, one.headers[HEADER])


async def test_a_program_that_is_too_slow(receiver: Receiver, http: PooledClient) -> None:
    receiver.delay = 0.3
    answer = await post(http, f"{receiver.url}/cb#rt=50&rc=1&rp=rt")
    assert answer.status is None
    assert len(receiver.at("/cb")) == 2


async def test_a_redirect_is_a_failure_and_not_followed(
    receiver: Receiver, http: PooledClient
) -> None:
    receiver.status = 302
    answer = await post(http, f"{receiver.url}/cb#rc=2&rp=all")
    assert (answer.status, answer.succeeded) == (302, False)
    assert len(receiver.posted) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_standard_webhooks(receiver: Receiver, http: PooledClient, method: str) -> None:
    checker = Webhook(secret_of(SECRET))
    now = int(time.time() * 1000)
    env = environment(standard_headers=True)
    env = msgspec.structs.replace(env, clock=lambda: now)
    sent = WebhookSender(env, http, cast(Any, Token()))
    params = [("Body", "grüße & more"), ("A", "")]
    await sent.fetch(
        f"{receiver.url}/cb#rc=1", method, params, "AC1", "JB1-fallback", kind="status"
    )
    (one,) = receiver.posted
    headers = {name.lower(): value for name, value in one.headers.items()}
    assert headers["webhook-id"] == headers["i-twilio-idempotency-token"] == "JB1-fallback"
    assert headers["webhook-timestamp"] == str(now // 1000)
    body = form(params) if method == "POST" else b""
    checker.verify(body, headers, json_parse=False)
    for wrong in (
        headers | {"webhook-id": "JB2"},
        headers | {"webhook-timestamp": str(now // 1000 + 1)},
    ):
        with pytest.raises(WebhookVerificationError):
            checker.verify(body, wrong, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        checker.verify(body + b"x", headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of("b" * 32)).verify(body, headers, json_parse=False)
    signed = {"Body": "grüße & more", "A": ""} if method == "POST" else {}
    assert verify(SECRET, one.url, signed, one.headers[HEADER])


async def test_they_are_left_out_by_default() -> None:
    http = Scripted(200)
    await post(http, URL)
    assert not [name for name in http.sent[0].headers if name.lower().startswith("webhook-")]


def test_a_secret_tells_nothing_of_the_token() -> None:
    assert secret_of(SECRET) != secret_of("b" * 32)
    assert len(base64.b64decode(secret_of(SECRET).removeprefix("whsec_"))) == 32
    assert SECRET not in secret_of(SECRET)
