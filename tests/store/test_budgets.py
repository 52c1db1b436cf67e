"""A brand's day in the database: shared by all processes, outliving each, and given back."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from maskline.delivery.pacer import Pacer
from maskline.messaging.buckets import SECOND, Budget, Rate
from maskline.messaging.budgets import Mark
from maskline.messaging.pacing import Pace
from maskline.model.clock import system_clock
from maskline.store.contract import Store, StoreUnavailable, Transaction
from tests.support.engines import Engine, PostgresEngine

#: Far off, so that no day ends while a test runs.
END = 4_000_000_000 * SECOND


def forever(_: int) -> int:
    return END


BRAND = Budget("brand:1", 100, forever)


def pace(segments: int = 1, number: str = "a", rate: float = 1_000_000.0) -> Pace:
    own = Rate(f"number:x:{number}", rate, 1000)
    return Pace("x", (own, BRAND), segments, 1 << 60, 1 << 60)


async def used(store: Store) -> int:
    levels, _ = await store.transact(lambda tx: tx.paces.hold([BRAND.name], 0))
    return levels[BRAND.name].used if levels else 0


async def test_processes_share_it(engine: Engine, store: Store) -> None:
    """As many as may send do, to the segment, whoever asks; and what is refused is free again."""
    shared = isinstance(engine, PostgresEngine)
    stores = [store, *([engine.store(), engine.store()] if shared else [])]
    for other in stores[1:]:
        await other.open()
    chance = random.Random(3)
    sent: Counter[int] = Counter()

    async def process(place: int, one: Store) -> None:
        pacer = Pacer(one, system_clock)

        async def send() -> None:
            for _ in range(25):
                segments = chance.choice((1, 1, 1, 2))
                turn = await pacer.take(pace(segments, "abc"[place]))
                if turn.wait:
                    assert turn.by == BRAND.name
                    return
                if chance.random() < 0.3:
                    await pacer.give_back(pace(segments, "abc"[place]), turn.at)
                else:
                    sent[place] += segments

        await asyncio.gather(*(send() for _ in range(8)))

    try:
        await asyncio.gather(*(process(place, one) for place, one in enumerate(stores)))
        # One that does not fit closes it, with a segment to spare; what came back after that may
        # have found nobody any more.
        assert 90 <= sum(sent.values()) <= await used(store) <= 100
    finally:
        for other in stores[1:]:
            await other.close()


async def test_it_outlives_the_process(engine: Engine, store: Store) -> None:
    assert not (await Pacer(store, system_clock).take(pace(60))).wait
    again = Pacer(store, system_clock)
    turn = await again.take(pace(60))
    assert turn.by == BRAND.name
    assert turn.wait > 10**9


async def test_a_message_takes_from_rate_and_budget_or_from_neither(store: Store) -> None:
    pacer = Pacer(store, system_clock)
    slow = Pace("x", (Rate("number:x:s", 0.001), BRAND), 1, 1 << 60, 1 << 60)
    assert not (await pacer.take(slow)).wait
    assert (await pacer.take(slow)).by == "number:x:s"
    assert await used(store) == 1
    other = Pace("x", (Rate("number:x:o", 0.001), BRAND), 100, 1 << 60, 1 << 60)
    assert (await pacer.take(other)).by == BRAND.name
    # The rate was not used up by what the budget refused.
    alone = Pace("x", other.buckets[:1], 1, 1 << 60, 1 << 60)
    assert not (await pacer.take(alone)).wait


async def test_what_follows_is_not_told_of_the_budget(store: Store) -> None:
    """It may be for another brand: each asks for itself."""
    turn = await Pacer(store, system_clock).take(pace(100))
    assert (turn.wait, turn.following) == (0, 0)


async def test_marks_are_told_in_the_transaction_that_came_to_them(store: Store) -> None:
    told: list[tuple[int, int]] = []

    async def tell(_: Transaction, marks: Sequence[Mark]) -> None:
        told.extend((mark.percent, mark.level.used) for mark in marks)

    pacer = Pacer(store, system_clock, told=tell)
    for _ in range(7):
        await pacer.take(pace(11))
    assert told == [(50, 55), (70, 77)]
    # One that does not fit closes it.
    assert (await pacer.take(pace(24))).wait
    assert told[2:] == [(100, 100)]
    assert (await pacer.take(pace(24))).wait
    assert len(told) == 3


async def test_a_mark_that_can_t_be_told_books_nothing(store: Store) -> None:
    async def tell(_: Transaction, __: Sequence[Mark]) -> None:
        raise ValueError("told badly")

    pacer = Pacer(store, system_clock, told=tell)
    with pytest.raises(ValueError, match="told badly"):
        await pacer.take(pace(60))
    assert await used(store) == 0


async def test_while_the_database_is_away_it_stays_booked(store: Store) -> None:
    pacer = Pacer(store, system_clock)
    turn = await pacer.take(pace(60))

    class Away:
        shared = store.shared

        async def transact(self, use_case: Any) -> Any:
            raise StoreUnavailable("away")

    pacer._store = Away()  # type: ignore[assignment]  # what is asked of it alone
    await pacer.give_back(pace(60), turn.at)
    with pytest.raises(StoreUnavailable):
        await pacer.take(pace(1))
    assert await used(store) == 60
    # A message without a budget has nothing to give back.
    rates = Pace("x", (Rate("number:x:r", 1.0),), 1, 1 << 60, 1 << 60)
    await pacer.give_back(rates, turn.at)
