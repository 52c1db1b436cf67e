from __future__ import annotations

from maskline.model.tally import SPAN, Tally

NOW = 10 * SPAN


def test_it_counts_by_key_and_begins_anew() -> None:
    tally = Tally()
    assert [tally.add("a", NOW) for _ in range(3)] == [1, 2, 3]
    assert tally.add(("a", 1), NOW + SPAN - 1) == 1
    assert tally.count("a", NOW + SPAN - 1) == 3
    assert tally.count("b", NOW) == 0
    assert tally.count("a", NOW + SPAN) == 0
    assert tally.add("a", NOW + SPAN) == 1


def test_a_clock_that_goes_back_silences_nothing_for_long() -> None:
    tally = Tally()
    assert tally.add("a", NOW) == 1
    assert tally.add("a", SPAN) == 1
    assert tally.add("a", SPAN + 5) == 2
