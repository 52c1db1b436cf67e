"""Token buckets: how many segments may be sent, as arithmetic on a moment.

What is booked is booked at the moment it is sent, never ahead: so a message counts in several
buckets at once (its number's, its carrier's, its campaign's), and none of them loses what it might
have sent while a message waits for another. Times are whole microseconds of any one clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from maskline.model.pace import Level
from maskline.model.pacific import day_ends

SECOND: Final = 1_000_000
#: Percents of a budget that are told of when they are used.
MARKS: Final = (50, 70, 100)


class Rate(msgspec.Struct, frozen=True):
    """So many segments a second on average, and at most `burst` at once.

    In any span of T seconds no more than `burst` and T times `per_second` are sent; a message that
    is longer than `burst` waits for a full bucket and then goes whole, since its segments belong
    together.
    """

    name: str
    per_second: float
    burst: int = 1

    def wait(self, level: Level | None, segments: int, now: int) -> int:
        """How long until a message may go; 0 when it may."""
        if level is None:
            return 0
        # Rounded once, and never in favour of the message.
        spare = max(0, self.burst - segments) * SECOND / self.per_second
        return max(0, level.at - math.floor(spare) - now)

    def booked(self, level: Level | None, segments: int, now: int) -> Level:
        """The bucket after a message that went now."""
        full_at = now if level is None else max(now, level.at)
        return Level(self.name, full_at + self._time(segments))

    def returned(self, level: Level | None, segments: int, at: int) -> Level | None:
        """The bucket after a message that was booked and did not go."""
        del at
        return None if level is None else Level(self.name, level.at - self._time(segments))

    def seconds(self, segments: int) -> float:
        """How long the bucket takes to make up for a message."""
        return segments / self.per_second

    def _time(self, segments: int) -> int:
        return math.ceil(segments * SECOND / self.per_second)


def pacific_day(now: int) -> int:
    """When the Pacific day of a moment ends, both in microseconds: T-Mobile counts by it."""
    return day_ends(now // 1000) * 1000


class Budget(msgspec.Struct, frozen=True):
    """So many segments until the moment that `ends` says, such as a brand's for a day; then as many
    anew. Of an empty budget one message may go whatever its length, or it would wait for ever.

    `account_sid` and `resource_sid` are who is told when much of it is used, and of what.
    """

    name: str
    amount: int
    ends: Callable[[int], int] = pacific_day
    account_sid: str = ""
    resource_sid: str = ""

    def wait(self, level: Level | None, segments: int, now: int) -> int:
        """How long until a message may go; 0 when it may."""
        end, used = self._standing(level, now)
        if used == 0 or used + segments <= self.amount:
            return 0
        return end - now

    def booked(self, level: Level | None, segments: int, now: int) -> Level:
        """The budget after a message that went now."""
        end, used = self._standing(level, now)
        return Level(self.name, end, used + segments)

    def closed(self, level: Level | None, now: int) -> Level:
        """The budget after a message that did not fit: it is spent, or shorter messages would go on
        overtaking the one that waits."""
        end, used = self._standing(level, now)
        return Level(self.name, end, max(used, self.amount))

    def returned(self, level: Level | None, segments: int, at: int) -> Level | None:
        """The budget after a message that was booked at `at` and did not go; null where nothing of
        it is left, since its time is over."""
        if level is None or level.at != self.ends(at):
            return None
        return Level(self.name, level.at, max(0, level.used - segments))

    def passed(self, before: Level | None, after: Level | None) -> list[int]:
        """The marks, in percent, that its use came to between two levels."""
        if after is None:
            return []
        old = before.used if before is not None and before.at == after.at else 0
        return [mark for mark in MARKS if old * 100 < mark * self.amount <= after.used * 100]

    def seconds(self, segments: int) -> float:
        """Nothing: a budget says when all may go, not how fast."""
        return 0.0

    def _standing(self, level: Level | None, now: int) -> tuple[int, int]:
        """When it ends and what is used of it. A clock that is set back does not begin it anew."""
        end = self.ends(now)
        if level is None or level.at < end:
            return end, 0
        return level.at, level.used


Bucket: TypeAlias = Rate | Budget


class Turn(msgspec.Struct, frozen=True):
    """Whether a message may go. `wait` is 0 and the message is booked; or it is how long the bucket
    `by` asks to wait at least. `following` is the same for another like it, as far as rates tell.
    `at` is the moment by which it was booked, for what is kept in the database."""

    wait: int = 0
    by: str = ""
    following: int = 0
    at: int = 0


def take(buckets: Sequence[Bucket], levels: dict[str, Level], segments: int, now: int) -> Turn:
    """Books a message in all buckets, or in none of them."""
    wait, by = _longest(buckets, levels, segments, now)
    if wait:
        return Turn(wait, by, wait)
    for bucket in buckets:
        levels[bucket.name] = bucket.booked(levels.get(bucket.name), segments, now)
    # What follows is told of a budget when it asks: it may be for another brand, or for none.
    rates = [bucket for bucket in buckets if isinstance(bucket, Rate)]
    return Turn(following=_longest(rates, levels, segments, now)[0], at=now)


def give_back(buckets: Sequence[Bucket], levels: dict[str, Level], segments: int, at: int) -> None:
    """Undoes that a message was booked at `at`: it did not go."""
    for bucket in buckets:
        level = bucket.returned(levels.get(bucket.name), segments, at)
        if level is not None:
            levels[bucket.name] = level


def _longest(
    buckets: Sequence[Bucket], levels: dict[str, Level], segments: int, now: int
) -> tuple[int, str]:
    longest, by = 0, ""
    for bucket in buckets:
        wait = bucket.wait(levels.get(bucket.name), segments, now)
        if wait > longest:
            longest, by = wait, bucket.name
    return longest, by
