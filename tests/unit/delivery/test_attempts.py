"""When a webhook that failed is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
import pytest

from maskline.delivery.attempts import following
from maskline.delivery.inbound import InboundHandler
from maskline.delivery.notices import NoticeHandler
from maskline.delivery.out_of_session import OutOfSessionHandler
from maskline.delivery.pauses import Pauses
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.delivery.webhooks import CallbackHandler, StatusHandler, WebhookSender
from maskline.env import Env
from maskline.model.exchange import Exchange
from maskline.model.job import Callback, Inbound, Job, Notice, OutOfSession, Status
from maskline.model.problem import Problem
from maskline.model.sid import SidFactory
from maskline.model.traffic import InboundMessage
from maskline.settings import Settings, WebhooksSettings
from maskline.voice.answers import Failure
from tests.support.records import NOON, Records
from tests.unit.delivery.test_webhooks import REFUSED, Scripted, Token

JOB = Job("JB1", "callback", "AC1", "", b"", "pending", 0, 0, "", "", 0)
URL = "https://a.example/cb"
DELAYS = (1.0, 30.0)
# NOON is 2024-07-04T12:00:00Z.
IN_A_MINUTE = "Thu, 04 Jul 2024 12:01:00 GMT"


def answered(status: int | None, headers: Mapping[str, str] | None = None) -> Exchange:
    """An exchange that failed."""
    return Exchange("POST", URL, status=status, response_headers=headers or {}, error="none")


@pytest.mark.parametrize(
    ("status", "retry_after", "attempts", "expected"),
    [
        (500, None, 0, Retry("answered with status 500")),
        (302, None, 0, Retry("answered with status 302")),
        (None, None, 1, Retry("none")),
        (500, None, 2, GiveUp("answered with status 500")),
        (410, None, 0, GiveUp("answered with status 410")),
        (429, "20", 0, Retry("answered with status 429", 20.0)),
        (503, "20", 0, Retry("answered with status 503", 20.0)),
        (503, " 20 ", 0, Retry("answered with status 503", 20.0)),
        # The schedule would wait longer anyhow.
        (503, "20", 1, Retry("answered with status 503")),
        (503, "1", 0, Retry("answered with status 503")),
        (503, "20", 2, GiveUp("answered with status 503")),
        # An hour at most.
        (503, "7200", 0, Retry("answered with status 503", 3600.0)),
        (503, "9" * 400, 0, Retry("answered with status 503", 3600.0)),
        (503, IN_A_MINUTE, 0, Retry("answered with status 503", 60.0)),
        (503, IN_A_MINUTE.replace(" GMT", ""), 0, Retry("answered with status 503", 60.0)),
        (503, "Thu, 04 Jul 2023 12:01:00 GMT", 0, Retry("answered with status 503")),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", 0, Retry("answered with status 503", 3600.0)),
        (503, "soon", 0, Retry("answered with status 503")),
        (503, "-5", 0, Retry("answered with status 503")),
        (503, "Thu, 99 Jul 2024 12:01:00 GMT", 0, Retry("answered with status 503")),
        # Only from who is busy.
        (500, "20", 0, Retry("answered with status 500")),
        (404, "20", 0, Retry("answered with status 404")),
    ],
)
def test_what_follows_a_failure(
    status: int | None, retry_after: str | None, attempts: int, expected: Result
) -> None:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    job = msgspec.structs.replace(JOB, attempts=attempts)
    assert following(answered(status, headers), job, DELAYS, NOON) == expected


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Bench:
    """The handlers of all that is told and not asked, over a program that answers as scripted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: int, **webhooks: Any) -> None:
        self.clock = Clock()
        settings = Settings(webhooks=WebhooksSettings(**webhooks))
        env = Env(self.clock, SidFactory(self.clock), settings)
        self.http = Scripted(*outcomes)
        self.sender = WebhookSender(env, cast(Any, self.http), cast(Any, Token()))
        self.alerts: list[str] = []

        async def keep(env: Env, store: Any, alert: Any) -> None:
            self.alerts.append(alert.alert_text)

        monkeypatch.setattr("maskline.delivery.webhooks.raise_alone", keep)
        records = Records()
        session = records.session(records.service("AC1"))
        nothing = cast(Any, None)
        self.handlers: dict[str, tuple[Any, Any]] = {
            "callback": (
                CallbackHandler(env, nothing, self.sender),
                Callback(URL, records.interaction(session, account_sid="AC1")),
            ),
            "status": (
                StatusHandler(env, nothing, self.sender),
                Status(f"{URL}#rc=0", "GET", "AC1", "KS1", "SM1", ()),
            ),
            "debugger": (NoticeHandler(env, self.sender), Notice(URL, records.alert("AC1"))),
        }

    async def run(self, kind: str, **changes: Any) -> Result:
        """One attempt."""
        handler, payload = self.handlers[kind]
        result: Result = await handler.run(msgspec.structs.replace(JOB, **changes), payload)
        return result

    async def exhausted(self, kind: str) -> Result:
        """The end of the schedule."""
        handler, payload = self.handlers[kind]
        result: Result = await handler.exhausted(JOB, payload, "held back")
        return result


KINDS = ("callback", "status", "debugger")
HELD = "held back: the address answered with status 410"


@pytest.mark.parametrize("kind", KINDS)
async def test_an_address_that_is_gone_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    bench = Bench(monkeypatch, 410, 200)
    assert await bench.run(kind) == GiveUp("answered with status 410")
    if kind != "debugger":
        assert "a.example: answered with status 410" in bench.alerts[-1]
    told = len(bench.alerts)
    for other in KINDS:
        assert await bench.run(other) == Retry(HELD, 600.0)
    bench.clock.now += 599_000
    assert await bench.run(kind) == Retry(HELD, 1.0)
    assert len(bench.http.sent) == 1
    assert len(bench.alerts) == told
    # Held back to the end of the schedule: nothing is given up in silence.
    assert await bench.exhausted(kind) == GiveUp("held back")
    if kind != "debugger":
        assert bench.alerts[-1].endswith("a.example: held back")
    bench.clock.now += 1_000
    assert await bench.run(kind) == Finished()


@pytest.mark.parametrize("kind", ["callback", "status"])
async def test_the_first_failure_is_told_and_the_last(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    bench = Bench(monkeypatch, 500, 500, 500, 500, retry_delays=(1.0, 2.0))
    for attempts, told in ((0, 1), (1, 1), (2, 2)):
        result = await bench.run(kind, attempts=attempts)
        assert isinstance(result, GiveUp) is (attempts == 2)
        assert len(bench.alerts) == told
    first, last = bench.alerts
    assert "given up" not in first
    assert "given up: a.example: answered with status 500" in last


@pytest.mark.parametrize("kind", KINDS)
async def test_or_not_where_that_is_turned_off(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    bench = Bench(monkeypatch, 410, 200, gone_seconds=0)
    assert await bench.run(kind) == GiveUp("answered with status 410")
    assert await bench.run(kind) == Finished()


def test_pauses_are_one_account_s_and_one_address_s(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    pauses = Pauses(clock, 60)
    assert pauses.left("AC1", URL) == 0
    pauses.begin("AC1", URL)
    assert pauses.left("AC1", f"{URL}#rc=1") == 60
    assert pauses.left("AC1", f"{URL}?x=1") == 0
    assert pauses.left("AC2", URL) == 0
    clock.now += 30_000
    pauses.begin("AC1", URL)
    assert pauses.left("AC1", URL) == 60
    monkeypatch.setattr("maskline.delivery.pauses._MOST", 2)
    pauses.begin("AC2", URL)
    pauses.begin("AC1", URL)
    pauses.begin("AC3", URL)
    assert [pauses.left(account, URL) for account in ("AC1", "AC2", "AC3")] == [60, 0, 60]


@pytest.mark.parametrize("kind", KINDS)
async def test_twilio_s_schedule(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    bench = Bench(monkeypatch, 500, schedule="twilio")
    assert await bench.run(kind) == GiveUp("answered with status 500")
    assert len(bench.http.sent) == 1


@pytest.mark.parametrize(
    ("schedule", "fragment", "attempts"),
    [("twilio", "", 2), ("twilio", "#rc=0", 1), ("twilio", "#rc=3", 4), ("standard", "", 1)],
)
async def test_a_connection_is_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch, schedule: str, fragment: str, attempts: int
) -> None:

    bench = Bench(monkeypatch, schedule=schedule)
    bench.http.outcomes = [REFUSED]
    await bench.sender.post(f"{URL}{fragment}", [], "AC1", "JB1", kind="callback")
    assert len(bench.http.sent) == attempts


def test_schedules() -> None:
    standard, twilio = WebhooksSettings(), WebhooksSettings(schedule="twilio")
    assert standard.delays == standard.retry_delays
    assert standard.out_of_session_delays == standard.out_of_session_retry_delays
    assert (twilio.delays, twilio.out_of_session_delays) == ((), ())


class Failing:
    """A program that fails alike whenever it is asked."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def ask(self, *_: Any, **__: Any) -> Failure:
        """Asks it."""
        return Failure(Problem(11200, self.exchange.outcome, self.exchange), retry=True)


class Ignored:
    """A store that takes everything and keeps nothing."""

    async def transact(self, _: Any) -> list[tuple[str, str]]:
        """What an out-of-session callback is sent."""
        return []


BUSY = answered(503, {"retry-after": "40"})
TEXT = InboundMessage("simulator", "id-1", "+12125551234", "+14158670001", "hi")


@pytest.mark.parametrize(
    ("exchange", "attempts", "expected"),
    [
        (BUSY, 0, Retry("a.example: answered with status 503", 40.0)),
        (answered(500), 0, Retry("a.example: answered with status 500")),
        (answered(410), 0, GiveUp("a.example: answered with status 410")),
        (BUSY, 6, GiveUp("a.example: answered with status 503")),
    ],
)
async def test_a_program_of_a_messaging_service(
    exchange: Exchange, attempts: int, expected: Result
) -> None:
    env = Env(lambda: NOON, SidFactory(lambda: NOON), Settings())
    handler = InboundHandler(env, cast(Any, Ignored()), cast(Any, Failing(exchange)))
    payload = Inbound(URL, "POST", None, "POST", "AC1", "MG1", "SM1", TEXT)
    job = msgspec.structs.replace(JOB, attempts=attempts)
    assert await handler.run(job, payload) == expected


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (BUSY, Retry("answered with status 503", 40.0)),
        (answered(None), Retry("none")),
    ],
)
async def test_an_out_of_session_callback(exchange: Exchange, expected: Result) -> None:
    env = Env(lambda: NOON, SidFactory(lambda: NOON), Settings())
    handler = OutOfSessionHandler(env, cast(Any, Ignored()), cast(Any, Failing(exchange)))
    payload = OutOfSession(URL, "AC1", "KS1", "SM1", TEXT)
    assert await handler.run(JOB, payload) == expected
