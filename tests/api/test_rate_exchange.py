"""Processes that share a database count their requests together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from maskline.api.rate_exchange import RateExchange
from maskline.env import Env
from maskline.limiter import SharedWindow
from maskline.model.sid import SidFactory
from maskline.settings import Settings, SqliteSettings
from maskline.store.contract import Store
from maskline.store.sqlite import SqliteStore
from tests.support.records import StoppedClock

KEY = ("AC1", "KS1", "/proxy/v1/Services/{service_sid}/Sessions", "GET")


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store."""
    store = SqliteStore(tmp_path / "rates.db", SqliteSettings())
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def clock() -> StoppedClock:
    """The time of all processes."""
    return StoppedClock()


class Process:
    """One process: six requests in any five seconds."""

    def __init__(self, store: Store, clock: StoppedClock, name: str) -> None:
        self._store = store
        self._env = Env(clock, SidFactory(clock), Settings())
        self._limiter = SharedWindow(6, 5.0, lambda: clock() / 1000)
        self._exchange = RateExchange(self._limiter, name)
        self.take = self._limiter.take

    async def exchange(self) -> None:
        """One exchange with the others."""
        assert await self._store.transact(lambda tx: self._exchange.step(self._env, tx)) == 0


async def rows(store: Store) -> int:
    """How many processes have told of something."""
    return len(await store.read(lambda tx: tx.rates.others("", 0)))


async def test_they_count_together(store: Store, clock: StoppedClock) -> None:
    processes = [Process(store, clock, name) for name in "abc"]
    for one in processes:
        assert [one.take(KEY) for _ in range(2)] == [0, 0]
    for one in (*processes, *processes):
        await one.exchange()
    for one in processes:
        assert one.take(KEY) == 5
        assert one.take((*KEY[:3], "POST")) == 0
    clock.advance(5001)
    assert [one.take(KEY) for one in processes] == [0, 0, 0]


async def test_a_process_that_has_gone_is_forgotten(store: Store, clock: StoppedClock) -> None:
    one, other = (Process(store, clock, name) for name in "ab")
    assert {one.take(KEY) for _ in range(6)} == {0}
    await one.exchange()
    other.take(("another",))
    await other.exchange()
    assert other.take(KEY) == 5
    assert await rows(store) == 2
    clock.advance(5001)
    other.take(("another",))
    await other.exchange()
    assert other.take(KEY) == 0
    assert await rows(store) == 1


async def test_a_process_without_requests_asks_the_store_nothing(
    store: Store, clock: StoppedClock
) -> None:
    one = Process(store, clock, "a")
    await one.exchange()
    assert await rows(store) == 0
    one.take(KEY)
    await one.exchange()
    clock.advance(5001)
    await one.exchange()
    assert [await store.read(lambda tx: tx.rates.others("", 0))] == [[b"{}"]]
    clock.advance(5001)
    await one.exchange()
    assert await store.read(lambda tx: tx.rates.others("", clock() - 5000)) == []
