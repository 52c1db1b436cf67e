"""Buckets: no span of time sees more than a rate allows, and nothing waits longer than it must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.messaging.buckets import SECOND, Bucket, Budget, Rate, take
from maskline.model.pace import Level

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


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, SECOND), st.integers(1, 5)), max_size=60),
)
def test_a_budget_is_never_exceeded(amount: int, messages: list[tuple[int, int]]) -> None:
    day, now = 10 * SECOND, 0
    levels: dict[str, Level] = {}
    sent: dict[int, list[int]] = {}
    for pause, segments in messages:
        now += pause
        budget = Budget("brand", amount, (now // day + 1) * day)
        turn = take([budget], levels, segments, now)
        if turn.wait:
            assert now + turn.wait == budget.ends
            now = budget.ends
            turn = take([Budget("brand", amount, now + day)], levels, segments, now)
        assert not turn.wait
        sent.setdefault(now // day, []).append(segments)
    for of_day in sent.values():
        assert sum(of_day) <= amount or len(of_day) == 1


def test_a_message_takes_from_all_buckets_or_from_none() -> None:
    number, brand = Rate("number", 1.0), Budget("brand", 2, 60 * SECOND)
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
    assert Budget("brand", 5, SECOND).seconds(3) == 0.0
    # One that nobody made anew does not let more pass.
    levels = {"brand": Level("brand", SECOND, 5)}
    assert take([Budget("brand", 5, SECOND)], levels, 1, 2 * SECOND).wait == 1


def test_a_message_longer_than_a_budget_goes_alone() -> None:
    levels: dict[str, Level] = {}
    assert not take([Budget("brand", 2, SECOND)], levels, 5, 0).wait
    assert take([Budget("brand", 2, SECOND)], levels, 1, 0).wait == SECOND
