from __future__ import annotations

import time

import pytest

from maskline.model.clock import iso, iso_ms, rfc2822, system_clock

MOMENT = 1_438_298_344_999  # 2015-07-30T23:19:04.999Z


def test_the_system_clock_counts_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    now = system_clock()
    assert isinstance(now, int)
    assert before <= now <= time.time_ns() // 1_000_000


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00Z"),
        (MOMENT, "2015-07-30T23:19:04Z"),
        (951_782_399_000, "2000-02-28T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59Z"),
    ],
)
def test_iso(at: int | None, text: str | None) -> None:
    assert iso(at) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (MOMENT, "2015-07-30T23:19:04.999Z"),
        (1_000_007, "1970-01-01T00:16:40.007Z"),
    ],
)
def test_iso_with_milliseconds(at: int, text: str) -> None:
    assert iso_ms(at) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, None),
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
        (MOMENT, "Thu, 30 Jul 2015 23:19:04 +0000"),
    ],
)
def test_rfc2822(at: int | None, text: str | None) -> None:
    assert rfc2822(at) == text
