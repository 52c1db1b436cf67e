from __future__ import annotations

import pytest

from maskline.model.sid import SESSION, SidFactory, is_sid, made_at
from tests.support.records import NOON, StoppedClock


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KC" + "0" * 32, True),
        ("KC" + "0123456789abcdefABCDEF" + "0" * 10, True),
        ("KC" + "0" * 31, False),
        ("KC" + "0" * 33, False),
        ("KC" + "0" * 31 + "g", False),
        ("KC" + "0" * 31 + "\n", False),
        ("KC" + "\u0660" * 32, False),
        ("kc" + "0" * 32, False),
        ("KS" + "0" * 32, False),
        ("", False),
    ],
)
def test_is_sid(text: str, expected: bool) -> None:
    assert is_sid(text, SESSION) is expected


def test_a_sid_begins_with_its_prefix_and_the_time() -> None:
    sid = SidFactory(lambda: NOON).new(SESSION)
    assert made_at(sid) == NOON
    assert is_sid(sid, SESSION)
    assert sid[2:18] == f"{NOON:012x}0000"


def test_sids_grow_while_the_clock_stands() -> None:
    factory = SidFactory(lambda: NOON)
    made = [factory.new(SESSION) for _ in range(1000)]
    assert made == sorted(made)
    assert len({sid[:18] for sid in made}) == 1000


def test_sids_grow_though_the_clock_goes_back() -> None:
    clock = StoppedClock()
    factory = SidFactory(clock)
    first = factory.new(SESSION)
    clock.advance(-5000)
    second = factory.new(SESSION)
    clock.advance(6000)
    assert first < second < factory.new(SESSION)


def test_more_sids_than_the_counter_holds_borrow_from_the_next_millisecond() -> None:
    factory = SidFactory(lambda: NOON)
    made = [factory.new(SESSION) for _ in range(65_537)]
    assert made[-1][2:18] == f"{NOON + 1:012x}0000"
    assert made[-2] < made[-1]


def test_two_factories_make_different_sids_at_the_same_time() -> None:
    assert SidFactory(lambda: NOON).new(SESSION) != SidFactory(lambda: NOON).new(SESSION)
