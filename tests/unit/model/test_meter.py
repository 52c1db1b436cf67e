"""What a process counts of its own work."""

from __future__ import annotations

import pytest

from maskline.model.meter import SIZES, Spreads, error_class, status_class


@pytest.mark.parametrize(
    ("code", "called"),
    [(None, ""), (21610, "21xxx"), (30003, "30xxx"), (80502, "80xxx"), (7, "other"), (-1, "other")],
)
def test_error_codes_are_shown_by_their_class(code: int | None, called: str) -> None:
    assert error_class(code) == called


@pytest.mark.parametrize(
    ("status", "called"),
    [(None, "failed"), (204, "2xx"), (302, "3xx"), (404, "4xx"), (503, "5xx"), (999, "other")],
)
def test_statuses_are_shown_by_their_class(status: int | None, called: str) -> None:
    assert status_class(status) == called


def test_a_value_is_counted_under_the_least_bound_that_holds_it() -> None:
    spreads = Spreads(SIZES)
    for value in (1, 3, 4, 1000):
        spreads[()].add(value)
    spread = spreads[()]
    assert dict(zip((*SIZES, "more"), spread.counts, strict=True)) == {
        **dict.fromkeys(SIZES, 0),
        1.0: 1,
        4.0: 2,
        "more": 1,
    }
    assert spread.total == 1008
