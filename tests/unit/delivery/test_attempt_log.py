"""The log of webhook attempts: what is kept of each, and what becomes of it when the store is
away."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from maskline.delivery import attempt_log
from maskline.delivery.attempt_log import AttemptLog
from maskline.model.exchange import Exchange
from maskline.model.interaction import Interaction
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.proxy.callbacks import parameters
from maskline.store.contract import StoreUnavailable
from tests.support.memory import ALICE, BOB, World

URL = "https://user:pass@a.example/cb?token=x"


class Store:
    """Keeps what is written; `away` says that nothing can be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.away = False
        self.commits = 0

    async def transact(self, use_case: Any) -> Any:
        """Writes."""
        if self.away:
            raise StoreUnavailable("away")
        self.commits += 1
        return await use_case(self.world.tx)


@pytest.fixture
def store(world: World) -> Store:
    """A store in memory."""
    return Store(world)


@pytest.fixture
def told(world: World) -> Interaction:
    """An interaction of which a program is told."""
    service = world.add_service()
    world.add_number("+14158670001", service=service)
    session = world.add_session(service, ALICE, BOB)
    return world.records.interaction(
        session,
        data='{"body":"private words"}',
        inbound_resource_sid=world.records.sids.new("SM"),
        inbound_resource_status="received",
    )


def log_of(world: World, store: Store, record: str = "all") -> AttemptLog:
    settings = msgspec.structs.replace(
        world.env.settings,
        webhooks=msgspec.structs.replace(world.env.settings.webhooks, record=record),
    )
    env = msgspec.structs.replace(world.env, settings=settings)
    return AttemptLog(env, store)  # type: ignore[arg-type]  # as much of a store as it needs


def exchange(told: Interaction, status: int | None = 200, body: bytes = b"") -> Exchange:
    return Exchange(
        "POST",
        URL,
        {},
        parameters(told, (), "https://m.example"),
        status,
        {"x": "y"},
        body,
        error="" if status else "timed out",
    )


async def written(world: World, log: AttemptLog, resource: str) -> list[WebhookAttempt]:
    await log.write()
    return await world.tx.webhook_attempts.of([resource], 100)


async def note(
    log: AttemptLog, told: Interaction | None, sent: Exchange, kind: str = "callback"
) -> None:
    log.note(sent, kind, "AC1", "JB1", 0.0123, told)


async def test_what_went_well_is_kept_in_brief(
    world: World, store: Store, told: Interaction
) -> None:
    log = log_of(world, store)
    await note(log, told, exchange(told))
    [one] = await written(world, log, told.sid)
    assert (one.status, one.error, one.latency_ms, one.kind) == (200, None, 12, "callback")
    assert (one.session_sid, one.job_sid) == (told.session_sid, "JB1")
    assert one.url == "https://a.example/cb?token=[redacted]"
    assert msgspec.json.decode(one.told or "") == ["received", None, told.date_updated]
    assert (one.params, one.response_body) == (None, None)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "callback", b"no"),
        (None, "callback", b""),
        (200, "intercept", b"<x/>"),
        (403, "intercept", b""),
    ],
)
async def test_the_rest_is_kept_whole_and_without_private_words(
    world: World, store: Store, told: Interaction, status: int | None, kind: str, body: bytes
) -> None:
    log = log_of(world, store)
    await note(log, told, exchange(told, status, body + b" private words"), kind)
    [one] = await written(world, log, told.sid)
    params = dict(parse_qsl(one.params or ""))
    assert params["interactionSid"] == told.sid
    assert params["interactionData"] == "[redacted]"
    assert "private" not in str(one)
    assert one.error == (None if status else "timed out")
    assert (one.response_body is None) is (status is None)


async def test_an_intercept_that_lets_pass_without_a_word_is_kept_in_brief(
    world: World, store: Store, told: Interaction
) -> None:
    log = log_of(world, store)
    await note(log, told, exchange(told), "intercept")
    [one] = await written(world, log, told.sid)
    assert one.params is None


@pytest.mark.parametrize(
    ("params", "resource"),
    [
        ([("From", ALICE), ("MessageSid", "SM" + "1" * 32)], "SM" + "1" * 32),
        ([("CallSid", "CA" + "1" * 32)], "CA" + "1" * 32),
        ([("MessageSid", "short")], None),
        ([("Other", "x")], None),
    ],
)
async def test_what_is_about_no_interaction_is_kept_by_what_it_names(
    world: World, store: Store, params: list[tuple[str, str]], resource: str | None
) -> None:
    log = log_of(world, store)
    await note(log, None, Exchange("POST", URL, {}, params, 200), "message")
    await log.write()
    rows = world.rows("SELECT resource_sid, params FROM webhook_attempts")
    assert [row[0] for row in rows] == [resource]
    assert ALICE not in str(rows)


@pytest.mark.parametrize(("record", "kept"), [("all", 2), ("failures", 1), ("none", 0)])
async def test_the_setting_says_what_is_kept(
    world: World, store: Store, told: Interaction, record: str, kept: int
) -> None:
    log = log_of(world, store, record)
    await note(log, told, exchange(told))
    await note(log, told, exchange(told, 500))
    assert len(await written(world, log, told.sid)) == kept


async def test_what_can_not_be_written_waits_and_no_more_than_there_is_room_for(
    world: World, store: Store, told: Interaction, caplog: pytest.LogCaptureFixture
) -> None:
    log = log_of(world, store)
    store.away = True
    for _ in range(attempt_log.ROOM + 3):
        await note(log, told, exchange(told))
    with pytest.raises(StoreUnavailable):
        await log.write()
    store.away = False
    await log.write()
    assert world.rows("SELECT COUNT(*) FROM webhook_attempts") == [(attempt_log.ROOM,)]
    assert "3 webhook attempts were not kept" in caplog.text
    assert store.commits == attempt_log.ROOM / 100
    await log.write()
    assert store.commits == attempt_log.ROOM / 100


async def test_it_is_written_by_and_by_and_at_the_end(
    world: World, store: Store, told: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_log, "PAUSE", 0.001)
    log = log_of(world, store)
    log.start()
    await note(log, told, exchange(told))
    while not store.commits:
        await _turn()
    store.away = True
    await note(log, told, exchange(told))
    await _turn()
    store.away = False
    await log.stop()
    assert len(await world.tx.webhook_attempts.of([told.sid], 10)) == 2
    await log_of(world, store).stop()


async def test_two_that_write_at_once_write_each_attempt_once(
    world: World, store: Store, told: Interaction
) -> None:
    log = log_of(world, store)
    for _ in range(150):
        await note(log, told, exchange(told))
    begun = asyncio.Event()
    go_on = asyncio.Event()
    transact = store.transact

    async def slow(use_case: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await transact(use_case)

    store.transact = slow  # type: ignore[method-assign]
    log.start()
    both = asyncio.gather(log.write(), log.write(), log.stop())
    await begun.wait()
    go_on.set()
    await both
    assert world.rows("SELECT COUNT(*) FROM webhook_attempts") == [(150,)]
    assert store.commits == 2


async def test_what_can_never_be_written_is_dropped(
    world: World,
    store: Store,
    told: Interaction,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(attempt_log, "PAUSE", 0.001)
    log = log_of(world, store)
    transact = store.transact

    async def fail(use_case: Any) -> Any:
        raise ValueError("private words")

    store.transact = fail  # type: ignore[method-assign]
    await note(log, told, exchange(told))
    log.start()
    while "not kept" not in caplog.text:
        await _turn()
    assert "private" not in caplog.text
    store.transact = transact  # type: ignore[method-assign]
    await note(log, told, exchange(told, 500))
    while not store.commits:
        await _turn()
    await log.stop()
    kept = await world.tx.webhook_attempts.of([told.sid], 10)
    assert [one.status for one in kept] == [500]


async def _turn() -> None:
    await asyncio.sleep(0.002)
