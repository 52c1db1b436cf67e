"""Turns of messages with a budget: booked, given back, left to another day, or out of time."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from maskline.delivery.lanes import Lane
from maskline.delivery.leases import Held
from maskline.delivery.results import Finished, Result
from maskline.delivery.turns import Turns
from maskline.messaging.buckets import Budget, Rate, Turn
from maskline.messaging.pacing import Pace, Waiting
from maskline.model.job import Job

NOW, DAY = 50_000, 100_000


def ends(now: int) -> int:
    """The end of a day of 100 s, in microseconds."""
    return (now // (DAY * 1000) + 1) * DAY * 1000


BRAND = Budget("brand:1", 4, ends)


class Desk:
    """Turns over a pacer that answers as it is told."""

    def __init__(self) -> None:
        self.answer = Turn()
        self.given_back: list[int] = []
        self.turns = Turns(lambda: NOW, cast(Any, {"relay": self}), lambda _: None)

    def pace(self, job: Job, payload: Any) -> Pace | None:
        """Unused."""

    async def ask(self, pace: Pace) -> Turn:
        """As told."""
        return self.answer

    async def give_back(self, pace: Pace, booked: int) -> None:
        """Notes it."""
        self.given_back.append(booked)

    async def overflow(self, job: Job, payload: Any, *, spent: bool) -> Result:
        """Says by which reason."""
        return Finished(settled=spent)

    def spend(self) -> None:
        """The day is spent."""
        self.answer = Turn((DAY - NOW) * 1000, BRAND.name)


def held(sid: str, until: int = 10**9, *, key: str = "a>b", paced: bool = True) -> Held:
    job = Job(sid, "relay", "AC1", key, b"", "pending", 0, 0, "", "", NOW)
    pace = Pace("x", (Rate("number:x:a", 1.0), BRAND), 1, until, DAY)
    return Held(job, None, 0, Lane("x"), pace if paced else None)


async def come(desk: Desk, one: Held) -> bool | int | None:
    assert one.pace is not None
    return await desk.turns.come(one, one.pace)


async def test_what_was_booked_is_given_back_once() -> None:
    desk, one = Desk(), held("JB1")
    desk.answer = Turn(at=7)
    assert await come(desk, one) is True
    await desk.turns.unsent(one)
    await desk.turns.unsent(one)
    assert desk.given_back == [7]


async def test_what_an_earlier_attempt_booked_is_not_given_back() -> None:
    """It may have been sent; the later one found its time over, and booked nothing."""
    desk, one = Desk(), held("JB1", until=NOW)
    one.booked = 7
    assert await come(desk, one) is True
    await desk.turns.unsent(one)
    assert desk.given_back == []


async def test_a_spent_day_has_a_message_and_those_behind_it_wait_for_the_next() -> None:
    desk = Desk()
    desk.spend()
    first = held("JB1")
    assert await come(desk, first) == DAY
    chain = [first, held("JB2"), held("JB3")]
    assert desk.turns.places(chain, DAY) == [
        Waiting(DAY),
        Waiting(DAY + 1000),
        Waiting(DAY + 2000),
    ]
    # What comes later under the key follows, though it has not asked.
    assert desk.turns.places([held("JB4")], 0) == [Waiting(DAY + 3000)]
    # Another key asks for itself, and queues with its number as ever.
    other = held("JB5", key="a>c")
    assert desk.turns.places([other], 0) == [Waiting(0, other.pace)]
    # Others of the number do not wait for a budget that may not be theirs.
    desk.turns.queued(first, DAY)
    fresh = held("JB6", key="a>d")
    assert fresh.pace is not None
    assert desk.turns.due(fresh, fresh.pace) is None
    desk.turns.forget(DAY)
    assert desk.turns.places([held("JB7")], 0)[0].pace is not None


async def test_one_behind_that_has_no_time_left_is_looked_at_with_the_first() -> None:
    desk = Desk()
    desk.spend()
    first = held("JB1")
    assert await come(desk, first) == DAY
    chain = [first, held("JB2", until=DAY), held("JB3", paced=False)]
    assert desk.turns.places(chain, DAY) == [Waiting(DAY)] * 3


@pytest.mark.parametrize("until", [DAY, NOW + 1])
async def test_one_whose_time_ends_before_the_next_day_fails_at_once(until: int) -> None:
    desk, one = Desk(), held("JB1", until)
    desk.spend()
    assert await come(desk, one) is None
    assert await desk.turns.overflow(one) == Finished(settled=True)
    assert await desk.turns.overflow(held("JB2")) == Finished(settled=False)


async def test_shortly_before_midnight_it_waits_in_memory() -> None:
    desk, one = Desk(), held("JB1")
    desk.answer = Turn(2_000_000, BRAND.name)
    assert await come(desk, one) is False
    assert one.spent is None
    desk.turns.clear()


async def test_those_who_find_a_long_line_are_looked_at_one_after_the_other() -> None:
    """Not all at once, again and again, until their turn comes; but none for too long, since those
    in front may come to nothing."""
    desk = Desk()
    desk.answer = Turn(30_000_000, "number:x:a")
    for place in range(21):
        assert await come(desk, waited(f"JB{place}")) is False
    again = [waited(f"JC{place}") for place in range(40)]
    due = [desk.turns.due(one, one.pace) for one in again if one.pace is not None]
    assert due == [min(NOW + 21_000 + place * 1000, NOW + 60_000) for place in range(40)]
    # Another number's line is its own.
    other = Pace("x", (Rate("number:x:b", 1.0), BRAND), 1, 10**9, DAY)
    assert desk.turns.due(waited("JD1"), other) is None
    # What was told is over.
    desk.turns.forget(DAY * 2)
    assert again[0].pace is not None
    assert desk.turns.due(again[0], again[0].pace) == NOW + 21_000
    desk.turns.clear()


def waited(sid: str) -> Held:
    """One that had its place in the queue."""
    one = held(sid, key=sid)
    one.job = msgspec.structs.replace(one.job, last_error="waits for its turn")
    return one
