"""Buckets: no span of time sees more than a rate allows, and nothing waits longer than it must."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.messaging.buckets import (
    SECOND,
    Bucket,
    Budget,
    Rate,
    give_back,
    pacific_day,
    take,
)
from maskline.model.pace import Level
from maskline.model.pacific import day_ends

RATES = st.builds(
    Rate,
    st.just("r"),
    st.one_of(st.floats(0.05, 500), st.sampled_from([0.1, 1.0, 3.0, 100.0])),
    st.integers(1, 50),
)
MESSAGES = st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 12)), max_size=60)


def run(buckets: list[Bucket], messages: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sends messages one after the other, each after so long a pause and as soon as it may then:
    when each went, and how long it was."""
    levels: dict[str, Level] = {}
    now, went = 0, []
    for pause, segments in messages:
        now += pause
        turn = take(buckets, levels, segments, now)
        if turn.wait:
            assert take(buckets, levels, segments, now + turn.wait - 1).wait == 1
            now += turn.wait
            assert not take(buckets, levels, segments, now).wait
        went.append((now, segments))
    return went


def most(went: list[tuple[int, int]], rate: Rate) -> float:
    """By how many segments some span saw more than `burst` (or a longer message) and the rate."""
    longest = max((segments for _, segments in went), default=1)
    allowed = max(rate.burst, longest)
    over = 0.0
    for first, (begin, _) in enumerate(went):
        sent = 0
        for end, segments in went[first:]:
            sent += segments
            over = max(over, sent - allowed - rate.per_second * (end - begin) / SECOND)
    return over


@given(RATES, MESSAGES)
def test_no_span_sees_more_than_the_rate(rate: Rate, messages: list[tuple[int, int]]) -> None:
    assert most(run([rate], messages), rate) <= 1e-6


@given(RATES, RATES, MESSAGES)
def test_a_message_counts_in_all_its_buckets(
    number: Rate, campaign: Rate, messages: list[tuple[int, int]]
) -> None:
    campaign = Rate("campaign", campaign.per_second, campaign.burst)
    went = run([number, campaign], messages)
    assert most(went, number) <= 1e-6
    assert most(went, campaign) <= 1e-6


@given(RATES, st.integers(2, 60))
def test_a_queue_is_sent_at_the_rate(rate: Rate, count: int) -> None:
    (*_, (end, _)) = run([rate], [(0, 1)] * count)
    # Each wait is rounded up to a microsecond.
    assert end <= max(0, count - rate.burst) / rate.per_second * SECOND + 2 * count


DAY = 10 * SECOND


def ends(now: int) -> int:
    """The end of a short day."""
    return (now // DAY + 1) * DAY


def budget(amount: int, name: str = "brand") -> Budget:
    return Budget(name, amount, ends)


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, SECOND), st.integers(1, 5)), max_size=60),
)
def test_a_budget_is_never_exceeded(amount: int, messages: list[tuple[int, int]]) -> None:
    one = budget(amount)
    sent: dict[int, list[int]] = {}
    for at, segments in run([one], messages):
        sent.setdefault(at // DAY, []).append(segments)
    for of_day in sent.values():
        assert sum(of_day) <= amount or len(of_day) == 1


class Attempt(NamedTuple):
    """A message of some campaign, so long after the one before it. `is_sent` if it was taken."""

    pause: int
    campaign: int
    segments: int
    is_sent: bool


ATTEMPTS = st.lists(
    st.builds(
        Attempt,
        st.one_of(st.integers(0, SECOND), st.just(DAY)),
        st.integers(0, 1),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=80,
)


@given(st.integers(4, 30), ATTEMPTS)
def test_campaigns_share_a_brand_s_budget_and_what_is_refused_takes_none(
    amount: int, attempts: list[Attempt]
) -> None:
    """The budget against a plain count. What no carrier took leaves room for as much; a message
    waits only when there is none, and never beyond the end of the day."""
    one, levels, now = budget(amount), dict[str, Level](), 0
    used: dict[int, int] = {}
    for pause, campaign, segments, is_sent in attempts:
        now += pause
        buckets = [Rate(f"campaign:{campaign}", 1000.0, 100), one]
        turn = take(buckets, levels, segments, now)
        room = amount - used.get(now // DAY, 0)
        assert (turn.wait == 0) == (segments <= room)
        if turn.wait:
            assert (turn.by, now + turn.wait) == ("brand", ends(now))
            now = ends(now)
            turn = take(buckets, levels, segments, now)
            assert not turn.wait
        used[now // DAY] = used.get(now // DAY, 0) + segments
        if not is_sent:
            give_back(buckets, levels, segments, now)
            used[now // DAY] -= segments
        assert used[now // DAY] == levels["brand"].used <= amount


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=60),
)
def test_nobody_starves(amount: int, queue: list[tuple[int, int]]) -> None:
    """Messages that wait in order, while shorter ones keep coming: a message that does not fit
    closes the budget, and goes first on the next day. So each day sends at least one."""
    one, levels, now, days = budget(amount), dict[str, Level](), 0, 0
    waiting = deque(queue)
    while waiting:
        segments, short = waiting[0]
        turn = take([one], levels, segments, now)
        if turn.wait:
            levels["brand"] = one.closed(levels.get("brand"), now)
            for _ in range(short):
                assert take([one], levels, 1, now).wait
            now, days = ends(now), days + 1
            assert not take([one], levels, segments, now).wait
        waiting.popleft()
    assert days <= len(queue)


def test_what_is_given_back_on_another_day_is_over() -> None:
    one, levels = budget(3), dict[str, Level]()
    booked = DAY - 1
    assert not take([one], levels, 3, booked).wait
    assert not take([one], levels, 2, DAY).wait
    before = dict(levels)
    give_back([one], levels, 3, booked)
    assert levels == before
    give_back([one], levels, 9, DAY)
    assert levels["brand"].used == 0
    assert one.returned(None, 1, 0) is None


def test_a_rate_can_be_given_back_too() -> None:
    rate, levels = Rate("n", 2.0, 2), dict[str, Level]()
    before = take([rate], levels, 1, 0), dict(levels)
    take([rate], levels, 1, 0)
    give_back([rate], levels, 1, 0)
    assert levels == before[1]
    give_back([Rate("other", 1.0)], levels, 1, 0)
    assert levels == before[1]


def test_a_clock_that_is_set_back_does_not_begin_the_day_anew() -> None:
    one, levels = budget(3), dict[str, Level]()
    assert not take([one], levels, 2, DAY).wait
    turn = take([one], levels, 2, DAY - 1)
    assert turn.wait == DAY + 1
    assert not take([one], levels, 1, DAY - 1).wait
    assert levels["brand"] == Level("brand", 2 * DAY, 3)


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        (None, 4, []),
        (None, 5, [50]),
        (4, 7, [50, 70]),
        (5, 6, []),
        (6, 10, [70, 100]),
        (10, 12, []),
        (0, 10, [50, 70, 100]),
    ],
)
def test_marks_are_told_once(before: int | None, after: int, marks: list[int]) -> None:
    old = None if before is None else Level("brand", DAY, before)
    assert budget(10).passed(old, Level("brand", DAY, after)) == marks
    assert budget(10).passed(Level("brand", 0, 9), Level("brand", DAY, after)) == (
        budget(10).passed(None, Level("brand", DAY, after))
    )


def test_nothing_is_told_of_what_nobody_used() -> None:
    assert budget(10).passed(None, None) == []


def test_a_day_is_pacific() -> None:
    noon = 1_790_000_000 * SECOND
    assert Budget("brand", 1).ends(noon) == pacific_day(noon) == day_ends(noon // 1000) * 1000


def test_a_message_takes_from_all_buckets_or_from_none() -> None:
    number, brand = Rate("number", 1.0), Budget("brand", 2, lambda _: 60 * SECOND)
    levels: dict[str, Level] = {}
    assert take([number, brand], levels, 1, 0).following == SECOND
    before = dict(levels)
    turn = take([number, brand], levels, 1, SECOND // 2)
    assert (turn.wait, turn.by, levels) == (SECOND // 2, "number", before)
    assert not take([number, brand], levels, 1, SECOND).wait
    before = dict(levels)
    turn = take([number, brand], levels, 1, 3 * SECOND)
    assert (turn.wait, turn.by, levels) == (57 * SECOND, "brand", before)


def test_another_number_is_not_held_up_by_one_that_waits() -> None:
    campaign = Rate("campaign", 10.0)
    levels: dict[str, Level] = {}
    assert not take([Rate("a", 0.1), campaign], levels, 1, 0).wait
    assert take([Rate("a", 0.1), campaign], levels, 1, SECOND).wait == 9 * SECOND
    assert not take([Rate("b", 0.1), campaign], levels, 1, SECOND).wait


@pytest.mark.parametrize(
    ("segments", "then"), [(1, 1), (3, 3), (7, 7)], ids=["one", "three", "seven"]
)
def test_a_long_message_is_made_up_for(segments: int, then: int) -> None:
    rate = Rate("n", 1.0)
    levels: dict[str, Level] = {}
    assert take([rate], levels, segments, 0).following == then * SECOND
    assert rate.seconds(segments) == then


def test_a_budget_says_nothing_of_how_fast() -> None:
    assert budget(5).seconds(3) == 0.0


def test_a_message_longer_than_a_budget_goes_alone() -> None:
    levels: dict[str, Level] = {}
    assert not take([budget(2)], levels, 5, 0).wait
    assert take([budget(2)], levels, 1, 0).wait == DAY
