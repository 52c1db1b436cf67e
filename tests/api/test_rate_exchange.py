"""Processes that share a database count their requests together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from maskline.api.rate_exchange import RateExchange
from maskline.limiter import SharedWindow
from maskline.settings.tree import SqliteSettings
from maskline.store.contract import Store, StoreUnavailable
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


def process(
    store: Store, clock: StoppedClock, name: str, pause: float = 3600
) -> tuple[SharedWindow, RateExchange]:
    """One process: six requests in any five seconds."""
    limiter = SharedWindow(6, 5.0, lambda: clock() / 1000)
    return limiter, RateExchange(store, limiter, name, clock, pause)


async def rows(store: Store) -> int:
    """How many processes have told of something."""
    return len(await store.read(lambda tx: tx.rates.others("", 0)))


async def test_they_count_together(store: Store, clock: StoppedClock) -> None:
    limiters, exchanges = zip(*(process(store, clock, name) for name in "abc"), strict=True)
    for limiter in limiters:
        assert [limiter.take(KEY) for _ in range(2)] == [0, 0]
    for exchange in (*exchanges, *exchanges):
        await exchange.exchange()
    for limiter in limiters:
        assert limiter.take(KEY) == 5
        assert limiter.take((*KEY[:3], "POST")) == 0
    clock.advance(5001)
    assert [limiter.take(KEY) for limiter in limiters] == [0, 0, 0]


async def test_a_process_that_has_gone_is_forgotten(store: Store, clock: StoppedClock) -> None:
    (one, told), (other, listens) = (process(store, clock, name) for name in "ab")
    assert {one.take(KEY) for _ in range(6)} == {0}
    await told.exchange()
    other.take(("another",))
    await listens.exchange()
    assert other.take(KEY) == 5
    assert await rows(store) == 2
    clock.advance(5001)
    other.take(("another",))
    await listens.exchange()
    assert other.take(KEY) == 0
    assert await rows(store) == 1


async def test_a_process_without_requests_asks_the_store_nothing(
    store: Store, clock: StoppedClock
) -> None:
    limiter, exchange = process(store, clock, "a")
    await exchange.exchange()
    assert await rows(store) == 0
    limiter.take(KEY)
    await exchange.exchange()
    clock.advance(5001)
    await exchange.exchange()
    assert [await store.read(lambda tx: tx.rates.others("", 0))] == [[b"{}"]]
    clock.advance(5001)
    await exchange.exchange()
    assert await store.read(lambda tx: tx.rates.others("", clock() - 5000)) == []


async def test_it_works_by_itself_through_failures(store: Store, clock: StoppedClock) -> None:
    class Failing:
        """A store that fails at first."""

        def __init__(self) -> None:
            self.failures: list[Exception] = [StoreUnavailable(), ValueError("secret")]

        async def transact(self, use_case: Any) -> Any:
            if self.failures:
                raise self.failures.pop(0)
            return await store.transact(use_case)

    failing: Any = Failing()
    limiter, exchange = process(failing, clock, "a", pause=0.001)
    limiter.take(KEY)
    exchange.start()
    for _ in range(1000):
        if await rows(store):
            break
        await asyncio.sleep(0.005)
    await exchange.stop()
    assert (await rows(store), failing.failures) == (1, [])


async def test_one_that_was_not_started_can_be_stopped(store: Store, clock: StoppedClock) -> None:
    await process(store, clock, "a")[1].stop()
