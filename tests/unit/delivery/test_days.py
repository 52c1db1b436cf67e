"""Messages whose budget is spent find a day, and a moment of it."""

from __future__ import annotations

from typing import Any

from maskline.delivery.days import Days
from maskline.messaging.buckets import SECOND, Budget, Rate
from maskline.messaging.pacing import Pace

DAY = 100_000


def ends(now: int) -> int:
    """The end of a day of 100 s, in microseconds."""
    return (now // (DAY * 1000) + 1) * DAY * 1000


BRAND = Budget("brand:1", 4, ends)


def pace(number: str = "a", segments: int = 1, until: int = 10**9, **changes: Any) -> Pace:
    buckets = (Rate(f"number:x:{number}", 1.0), Rate("campaign:1", 2.0), BRAND)
    return Pace("x", buckets, segments, until, DAY)


def place(days: Days, one: Pace, begins: int = DAY) -> int | None:
    return days.place(one, BRAND, begins)


def test_a_day_begins_with_one_after_the_other() -> None:
    days = Days()
    # The number's own rate and the campaign's, whichever is longer.
    assert [place(days, pace()) for _ in "ab"] == [DAY, DAY + 1000]
    assert place(days, pace("b")) == DAY + 1000
    assert place(days, pace("c")) == DAY + 1500


def test_what_is_beyond_a_day_s_budget_has_to_wait_for_the_next() -> None:
    days = Days()
    assert [place(days, pace(segments=3)) for _ in "abc"] == [DAY, 2 * DAY, 3 * DAY]
    # A shorter one still fits behind the first.
    assert place(days, pace()) == DAY * 3 + 3000


def test_an_empty_day_takes_the_longest_message() -> None:
    days = Days()
    assert [place(days, pace(segments=9)) for _ in "ab"] == [DAY, 2 * DAY]


def test_one_that_has_no_time_for_it_takes_no_place() -> None:
    days = Days()
    assert place(days, pace(until=DAY)) is None
    assert place(days, pace(segments=4, until=DAY + 1)) == DAY
    assert place(days, pace(until=2 * DAY)) is None
    assert place(days, pace()) == 2 * DAY


def test_what_is_over_is_forgotten() -> None:
    days = Days()
    days.forget(0)
    assert place(days, pace(segments=4)) == DAY
    days.forget(DAY - 1)
    assert place(days, pace()) == 2 * DAY
    days.forget(2 * DAY + SECOND)
    assert place(days, pace(), 3 * DAY) == 3 * DAY
