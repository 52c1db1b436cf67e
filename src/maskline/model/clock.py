"""Time as the product counts it: whole milliseconds since the epoch, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

Clock = Callable[[], int]

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def system_clock() -> int:
    """The wall clock, in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int | None) -> str | None:
    """`at` as ISO 8601 in UTC with whole seconds, the form of Proxy's resources."""
    return None if at is None else _second(at // 1000)


@lru_cache(256)
def _second(second: int) -> str:
    # Under load it is asked for again and again, in each callback twice.
    year, month, day, hour, minute, second, *_ = time.gmtime(second)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def iso_ms(at: int) -> str:
    """`at` as ISO 8601 in UTC with milliseconds."""
    return f"{_second(at // 1000)[:-1]}.{at % 1000:03d}Z"


def rfc2822(at: int | None) -> str | None:
    """`at` in the form of the 2010 API, for example `Thu, 30 Jul 2015 23:19:04 +0000`."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
