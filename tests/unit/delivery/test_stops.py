"""The last look at opt-outs before a message is handed over, and what becomes of one that is
stopped there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from maskline.delivery.stops import Stops
from maskline.env import Env
from maskline.model.job import Relay
from maskline.settings import OptOutSettings, Settings, SqliteSettings
from maskline.store.contract import Transaction
from maskline.store.sqlite import SqliteStore
from tests.support.records import Records, StoppedClock

T = TypeVar("T")

ALICE = "+14155550100"
BOB = "+12125551234"
NUMBER = "+14158670001"
OTHER = "+14158670002"
RELAY = Relay(
    message_sid="SM1",
    interaction_sid="KI1",
    account_sid="AC1",
    participant_sid="KP1",
    carrier="simulator",
    sender=NUMBER,
    recipient=BOB,
    body="hi",
    media=(),
    direction="outbound-reply",
    intercept=None,
)


class Counting(SqliteStore):
    """A store that counts how often it is read."""

    reads = 0

    async def read(self, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
        self.reads += 1
        return await super().read(use_case)


class Bench:
    """A store with two numbers of one Service."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.clock = StoppedClock()
        self.records = Records(self.clock)
        self.store = Counting(path, SqliteSettings())
        settings = {"optout": OptOutSettings(**settings)}
        self.env = Env(self.clock, self.records.sids, Settings(**settings))
        self.stops = Stops(self.env, self.store)

    async def open(self) -> None:
        await self.store.open()

        async def furnish(tx: Transaction) -> None:
            for number in (NUMBER, OTHER):
                await tx.numbers.add(self.records.number("AC1", number, service_sid="KS1"))

        await self.store.transact(furnish)

    async def opt_out(self, person: str = BOB, number: str = NUMBER) -> None:
        made = self.records.opt_out("AC1", number, person, service_sid="KS1")
        await self.store.transact(lambda tx: tx.opt_outs.add(made))

    async def hold(self, since: int | None = None, **changes: Any) -> bool:
        relay = msgspec.structs.replace(RELAY, **changes)
        return await self.stops.hold(self.clock() if since is None else since, relay)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "stops.db")
    await bench.open()
    yield bench
    await bench.store.close()


async def test_an_opt_out_that_came_after_the_message_holds_it(bench: Bench) -> None:
    taken_in = bench.clock()
    assert not await bench.hold(taken_in)
    bench.clock.advance(5000)
    await bench.opt_out()
    bench.clock.advance(5000)
    assert await bench.hold(taken_in)
    assert not await bench.hold(taken_in, recipient=ALICE)
    assert not await bench.hold(taken_in, sender=OTHER)


async def test_the_answer_to_it_is_not_held(bench: Bench) -> None:
    await bench.opt_out()
    assert await bench.hold()
    assert not await bench.hold(direction="platform")


async def test_while_nobody_opts_out_messages_cost_no_statement(bench: Bench) -> None:
    await bench.opt_out(ALICE)
    bench.clock.advance(60_000)
    assert not await bench.hold()
    assert bench.store.reads == 1
    for _ in range(100):
        assert not await bench.hold()
        bench.clock.advance(1)
    assert bench.store.reads == 1
    bench.clock.advance(100)
    await bench.hold()
    assert bench.store.reads == 2


async def test_an_opt_out_is_seen_within_a_fifth_of_a_second(bench: Bench) -> None:
    since = bench.clock()
    await bench.hold(since)
    await bench.opt_out()
    assert not await bench.hold(since)
    bench.clock.advance(200)
    assert await bench.hold(since)


async def test_clocks_may_differ_by_two_seconds(bench: Bench) -> None:
    await bench.opt_out()
    now = bench.clock()
    assert await bench.hold(now + 2000)
    # What is younger was looked at when it was taken in.
    assert not await bench.hold(now + 2001)


async def test_the_scope_counts(tmp_path: Path) -> None:
    wide = Bench(tmp_path / "wide.db", scope="service")
    await wide.open()
    await wide.opt_out(number=OTHER)
    assert await wide.hold()
    await wide.store.close()
