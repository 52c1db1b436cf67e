"""Days of Pacific time, by which T-Mobile counts, without a table of time zones.

The rule is that of the United States since 2007: an hour ahead from the second Sunday of March to
the first of November. Both changes are at night, after the midnight that a day begins with.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Final

_UTC: Final = datetime.UTC
_DAY: Final = datetime.timedelta(days=1)
_WINTER: Final = datetime.timedelta(hours=8)
_SUMMER: Final = datetime.timedelta(hours=7)


def day_ends(at: int) -> int:
    """When the Pacific day that a moment falls in ends. Both in ms since the epoch."""
    # The same answer is asked for by each message of the day.
    return _ends(at // 900_000)


@lru_cache(64)
def _ends(quarter: int) -> int:
    """By the quarter of an hour: a day ends at the beginning of one."""
    moment = datetime.datetime.fromtimestamp(quarter * 900, _UTC)
    # The calendar day by winter's clock is the right one or, in summer's last hour, the one before.
    day = (moment - _WINTER).date()
    end = _midnight(day + _DAY)
    if end <= moment:
        end = _midnight(day + 2 * _DAY)
    return int(end.timestamp()) * 1000


def _midnight(day: datetime.date) -> datetime.datetime:
    """The moment at which a Pacific day begins."""
    summer = _sunday(day.year, 3, 2) < day <= _sunday(day.year, 11, 1)
    begins = datetime.datetime.combine(day, datetime.time(), _UTC)
    return begins + (_SUMMER if summer else _WINTER)


def _sunday(year: int, month: int, nth: int) -> datetime.date:
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
