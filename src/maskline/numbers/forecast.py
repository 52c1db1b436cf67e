"""When a pool runs out of numbers.

A pool refuses somebody only when all of its numbers are taken *for them*: each of a person's
sessions at one time needs a number of its own, and different people share numbers freely. So a pool
must be as large as the most sessions that any one person is in, however many people there are; what
is forecast is when its busiest person comes to use all of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

#: Milliseconds of the hours that levels are kept for, and of days.
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
#: Levels of as many hours, over as long, are the least to lay a line through.
_SAMPLES: Final = 3
#: What lies further ahead is no forecast any more, and is not worth a warning.
_FAR: Final = 90 * DAY
_SOON: Final = 7 * DAY
#: For how long ahead numbers are proposed.
_ENOUGH_FOR: Final = 30


class Outlook(StrEnum):
    """How it stands with a pool, the worst first. `empty`: no number that is not reserved. `out`: a
    person uses all of them. `soon`: one will within a week as things go. `growing`: later, within
    90 days. `steady`: not as far as one can see. `unknown`: nobody has looked yet."""

    EMPTY = "empty"
    OUT = "out"
    SOON = "soon"
    GROWING = "growing"
    STEADY = "steady"
    UNKNOWN = "unknown"


class Pool(msgspec.Struct, frozen=True):
    """Numbers of one pool that serve one dialling class. `unreserved` are those that the allocator
    may give; `busiest` is how many the busiest person uses, null where nobody has looked."""

    unreserved: int
    busiest: int | None


class Trend(msgspec.Struct, frozen=True):
    """Peaks of the busiest person's use, hour by hour, as sums: x is an hour, y its peak."""

    samples: int = 0
    x: int = 0
    y: int = 0
    xy: int = 0
    xx: int = 0

    @property
    def per_hour(self) -> float | None:
        """How much the use grows in an hour: the slope of the line through the peaks with the least
        squares, or null where there are too few hours to tell."""
        spread = self.samples * self.xx - self.x * self.x
        # n hours in a row spread as n²(n²-1)/12.
        least = _SAMPLES**2 * (_SAMPLES**2 - 1) / 12
        if self.samples < _SAMPLES or spread < least:
            return None
        return (self.samples * self.xy - self.x * self.y) / spread


class Forecast(msgspec.Struct, frozen=True):
    """What is to come. Times in ms.

    `spare` is how many sessions more the busiest person can have. `runs_out_at` is when they have
    none left as things go, null for not within 90 days. `not_before` is when they would at the
    earliest: if from now on all new sessions were theirs and none ended. `add` is how many numbers
    are missing for the next 30 days.
    """

    outlook: Outlook
    spare: int
    per_day: float | None
    runs_out_at: int | None
    not_before: int | None
    add: int


def forecast(pool: Pool, trend: Trend, sessions_per_hour: float, now: int) -> Forecast:
    """When the pool runs out, by how its busiest person's use grew so far."""
    grows = trend.per_hour
    per_day = None if grows is None else round(grows * 24, 2)
    if pool.unreserved <= 0:
        needed = max(1, pool.busiest or 0)
        return Forecast(Outlook.EMPTY, 0, per_day, now, now, needed)
    if pool.busiest is None:
        return Forecast(Outlook.UNKNOWN, pool.unreserved, per_day, None, None, 0)
    spare = max(0, pool.unreserved - pool.busiest)
    ahead = max(0.0, (grows or 0.0) * 24 * _ENOUGH_FOR)
    # One more than is used: the session after the last one is the one that is refused.
    add = max(0, pool.busiest + 1 + int(ahead) - pool.unreserved)
    if spare == 0:
        return Forecast(Outlook.OUT, 0, per_day, now, now, add)
    not_before = _after(now, spare, sessions_per_hour)
    runs_out_at = _after(now, spare, grows or 0.0)
    if runs_out_at is None:
        return Forecast(Outlook.STEADY, spare, per_day, None, not_before, add)
    outlook = Outlook.SOON if runs_out_at - now <= _SOON else Outlook.GROWING
    return Forecast(outlook, spare, per_day, runs_out_at, not_before, add)


def _after(now: int, spare: int, per_hour: float) -> int | None:
    """When so many more are reached; null for not within 90 days."""
    if per_hour * _FAR < spare * HOUR:
        return None
    return now + int(spare / per_hour * HOUR)


_RANK: Final = {outlook: rank for rank, outlook in enumerate(Outlook)}


def urgency(one: Forecast) -> tuple[int, int, int]:
    """What to sort by, so that the pool that runs out first comes first."""
    return _RANK[one.outlook], one.runs_out_at or 0, one.spare
