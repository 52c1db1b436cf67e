"""Pacific days end when clocks in California say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maskline.model.pacific import day_ends

PACIFIC = ZoneInfo("America/Los_Angeles")
HOUR = 3_600_000


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def expected(at: int) -> int:
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(PACIFIC)
    tomorrow = local.date() + timedelta(days=1)
    return ms(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC))


@pytest.mark.parametrize("year", range(2024, 2040))
def test_every_day_of_many_years_ends_at_midnight(year: int) -> None:
    at, end = ms(datetime(year, 1, 1, tzinfo=UTC)), ms(datetime(year + 1, 1, 1, tzinfo=UTC))
    lengths = set()
    while at < end:
        ends = day_ends(at)
        assert ends == expected(at)
        # From its first moment to its last it is one day.
        assert day_ends(ends - 1) == ends
        after = day_ends(ends)
        lengths.add((after - ends) // HOUR)
        assert after > ends
        at = ends
    assert lengths == {23, 24, 25}


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-11-28T07:59:59+00:00", "2026-11-28T08:00:00+00:00"),
        ("2026-11-28T08:00:00+00:00", "2026-11-29T08:00:00+00:00"),
        ("2026-07-01T06:59:59+00:00", "2026-07-01T07:00:00+00:00"),
        ("2026-03-08T09:59:00+00:00", "2026-03-09T07:00:00+00:00"),
        ("2026-11-01T07:30:00+00:00", "2026-11-02T08:00:00+00:00"),
    ],
)
def test_days(moment: str, ends: str) -> None:
    assert day_ends(ms(datetime.fromisoformat(moment))) == ms(datetime.fromisoformat(ends))
