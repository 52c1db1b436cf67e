from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers.health import LONGEST, Breaker, is_trouble
from maskline.model.traffic import Accepted, Refused, SendResult, Throttled, Unclear


@pytest.mark.parametrize(
    ("result", "trouble"),
    [
        (Accepted("SM1"), False),
        (Refused(21610, retry=False), False),
        (Refused(20429, retry=True), False),
        (Throttled(), False),
        (Throttled(1.0, whole=True), False),
        (Refused(30008, retry=False), False),
        (Refused(20003, retry=True), True),
        (Refused(20500, retry=True), True),
        (Refused(20503, retry=True), True),
        (Refused(30008, retry=True), True),
        (Unclear(), True),
        (Unclear(repeatable=True), True),
    ],
)
def test_what_is_trouble(result: SendResult, trouble: bool) -> None:
    assert is_trouble(result) is trouble


def test_failures_in_a_row_open_it() -> None:
    breaker = Breaker(3, 1000)
    for trouble in (True, True, False, True, True):
        breaker.note(trouble, 0)
        assert breaker.allows(0)
    assert breaker.open_since is None
    breaker.note(True, 5)
    assert breaker.is_open
    assert breaker.open_since == 5
    assert not breaker.allows(1004)


@pytest.mark.covers("carrier:accounts.breaker")
def test_one_attempt_tries_whether_it_is_well_again() -> None:
    breaker = Breaker(1, 1000)
    breaker.note(True, 0)
    assert breaker.allows(1000)
    assert not breaker.allows(1000)
    assert breaker.open_since == 0
    breaker.note(False, 1001)
    assert not breaker.is_open
    assert breaker.open_since is None
    assert breaker.allows(1001)


def test_each_time_it_is_not_the_while_doubles() -> None:
    breaker, now, whiles = Breaker(1, 1000), 0, []
    breaker.note(True, now)
    for _ in range(12):
        since = now
        while not breaker.allows(now):
            now += 500
        whiles.append(now - since)
        breaker.note(True, now)
    assert whiles[:4] == [1000, 2000, 4000, 8000]
    assert whiles[-1] == LONGEST
    # Well again, it begins anew.
    now += LONGEST
    assert breaker.allows(now)
    breaker.note(False, now)
    breaker.note(True, now)
    assert not breaker.allows(now + 999)
    assert breaker.allows(now + 1000)


def test_what_was_under_way_when_it_opened_changes_nothing() -> None:
    breaker = Breaker(1, 1000)
    breaker.note(True, 0)
    breaker.note(True, 900)
    assert breaker.allows(1000)


def test_switched_off_it_never_opens() -> None:
    breaker = Breaker(0, 1000)
    for _ in range(100):
        breaker.note(True, 0)
    assert breaker.allows(0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2000)), max_size=200), st.integers(1, 5))
def test_it_is_never_stuck_and_never_opens_early(
    steps: list[tuple[bool, int]], failures: int
) -> None:
    breaker, now, row = Breaker(failures, 1000), 0, 0
    for trouble, wait in steps:
        now += wait
        if breaker.allows(now):
            row = row + 1 if trouble else 0
            breaker.note(trouble, now)
            assert breaker.is_open == (row >= failures)
        else:
            assert row >= failures
    assert breaker.allows(now + LONGEST)
