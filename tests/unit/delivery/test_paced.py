"""Paced jobs: never faster than the rate, in order, and no slower than need be."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.pacer import Pacer
from maskline.model.clock import system_clock
from maskline.model.job import Job
from maskline.model.sid import SidFactory
from maskline.settings import DeliverySettings, SqliteSettings
from maskline.store.sqlite import SqliteStore
from tests.support.paced import PacedWork


class Bench:
    """A dispatcher over a database of its own."""

    def __init__(self, directory: Path, work: PacedWork, **settings: Any) -> None:
        self.work = work
        self.directory = directory
        self.sids = SidFactory(system_clock)
        self.settings = {"poll_seconds": 0.02, **settings}
        self.store: SqliteStore
        self.dispatcher: Dispatcher

    async def start(self) -> None:
        self.store = SqliteStore(self.directory / "jobs.db", SqliteSettings())
        self.work.pacer = Pacer(self.store, system_clock)
        self.dispatcher = Dispatcher(
            self.store,
            system_clock,
            "me",
            {"relay": self.work},
            DeliverySettings(**self.settings),
            paced={"relay": self.work},
        )
        self.store.on_jobs(self.dispatcher.offer)
        await self.store.open()
        await self.dispatcher.start()

    async def stop(self) -> None:
        await self.dispatcher.stop()
        await self.store.close()

    async def add(self, *payloads: str) -> None:
        jobs = []
        for payload in payloads:
            now = system_clock()
            owner, due_at = self.dispatcher.lease(now)
            key = payload.rpartition(":")[0]
            sid = self.sids.new("JB")
            one = Job(
                sid, "relay", "AC", key, payload.encode(), "pending", 0, due_at, owner, "", now
            )
            jobs.append(one)
        await self.store.transact(lambda tx: tx.outbox.add_many(jobs))

    async def left(self) -> int:
        return await self.store.read(lambda tx: tx.outbox.count("pending"))

    async def sent(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.work.sent) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


Make = Callable[..., Any]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    benches: list[Bench] = []

    async def make(work: PacedWork, **settings: Any) -> Bench:
        bench = Bench(tmp_path, work, **settings)
        benches.append(bench)
        await bench.start()
        return bench

    yield make
    for bench in benches:
        await bench.stop()


async def test_a_number_sends_at_its_rate_and_others_do_not_wait(make: Make) -> None:
    work = PacedWork(100.0)
    bench = await make(work)
    await bench.add(*(f"a>{person}:0" for person in range(40)))
    await bench.add("b>x:0")
    await bench.sent(41)
    # The other number's went while the first one's queue was there.
    assert [payload for _, payload in work.sent].index("b>x:0") < 35
    assert work.fastest("a") < 115
    assert work.sent[-1][0] - work.sent[0][0] > 0.37
    # First come, first served; and only the first of those that wait asks.
    order = [payload for _, payload in work.sent if payload.startswith("a")]
    assert order == [f"a>{person}:0" for person in range(40)]
    assert work.asked < 41 * 2.5


async def test_a_long_queue_waits_in_the_database_in_order(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.turns._LINE", 50)
    monkeypatch.setattr("maskline.delivery.turns._LONG_LINE", 200)
    work = PacedWork(200.0)
    work.takes, work.fails = 0.004, 0.05
    bench = await make(work)
    chance = random.Random(3)
    expected = 0
    for place in range(20):
        for key in ("a>1", "a>2", "a>3", "b>1"):
            await bench.add(f"{key}:{place}")
            expected += 1
        if place == 10:
            # What waits in memory is a small part of it.
            assert bench.dispatcher.held < 40
        if chance.random() < 0.3:
            await asyncio.sleep(0.02)
    await bench.sent(expected)
    await bench.dispatcher.idle()
    assert work.wrong() == []
    assert work.fastest("a") < 230
    assert await bench.left() == 0


async def test_the_order_outlives_the_process(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.delivery.turns._LINE", 20)
    work = PacedWork(100.0)
    bench = await make(work)
    await bench.add(*(f"a>{key}:{place}" for place in range(10) for key in range(3)))
    await bench.sent(5)
    await bench.stop()
    await bench.start()
    await bench.add(*(f"a>{key}:10" for key in range(3)))
    await bench.sent(33)
    assert work.wrong() == []


async def test_two_buckets_hold_together(make: Make) -> None:
    work = PacedWork(60.0, burst=5, whole=100.0)
    bench = await make(work)
    await bench.add(*(f"{number}>{n}:0" for n in range(15) for number in "abc"))
    await bench.sent(45)
    assert work.fastest() < 115
    assert all(work.fastest(number, 9) < 75 for number in "abc")
    # The numbers share the carrier's rate.
    half = [payload[0] for _, payload in work.sent[:24]]
    assert all(4 <= half.count(number) <= 12 for number in "abc")


async def test_what_is_beyond_the_longest_queue_fails(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.turns._LINE", 50)
    work = PacedWork(100.0, patience=200)
    bench = await make(work)
    payloads = [f"a>{n}:0" for n in range(60)]
    await bench.add(*payloads)
    async with asyncio.timeout(10):
        while len(work.sent) + len(work.overflowed) < 60:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await bench.dispatcher.idle()
    # A little is in memory, and 200 ms of the rate in the database.
    assert 22 <= len(work.sent) <= 32
    assert {payload for _, payload in work.sent} | set(work.overflowed) == set(payloads)
    assert await bench.left() == 0


async def test_one_whose_time_is_over_does_not_wait_for_its_turn(make: Make) -> None:
    work = PacedWork(2.0)
    work.valid = 200
    bench = await make(work)
    await bench.add(*(f"a>{n}:0" for n in range(20)))
    await bench.sent(20)
    # All but the first are handed to the handler, which fails them, when the second's turn comes:
    # at 2 a second it would take ten seconds.
    assert work.sent[-1][0] - work.sent[0][0] < 5
    assert work.asked <= 22


async def test_a_pause_holds_until_it_is_over(make: Make) -> None:
    work = PacedWork(1000.0)
    bench = await make(work)
    began = time.monotonic()
    work.pacer.pause("number:x:a", 0.2)
    work.pacer.pause("number:x:a", 0.1)
    await bench.add("a>1:0", "b>1:0")
    await bench.sent(2)
    assert [payload for _, payload in work.sent] == ["b>1:0", "a>1:0"]
    assert work.sent[1][0] - began >= 0.199
    # One that is longer than a job may stay in memory leaves it.
    work.pacer.pause("carrier:x", 100.0)
    await bench.add("a>1:1", "a>1:2")
    async with asyncio.timeout(5):
        await bench.dispatcher.idle()
    assert await bench.left() == 2


async def test_buckets_that_are_full_again_are_let_go(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.pacer._MOST", 10)
    work = PacedWork(10_000.0)
    bench = await make(work)
    for n in range(40):
        await bench.add(f"{n}>1:0")
        await bench.sent(n + 1)
    assert len(work.pacer._levels) <= 12
