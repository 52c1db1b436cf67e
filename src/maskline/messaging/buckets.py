"""Token buckets: how many segments may be sent, as arithmetic on a moment.

What is booked is booked at the moment it is sent, never ahead: so a message counts in several
buckets at once (its number's, its carrier's, its campaign's), and none of them loses what it might
have sent while a message waits for another. Times are whole microseconds of any one clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec

from maskline.model.pace import Level

SECOND: Final = 1_000_000


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

    def seconds(self, segments: int) -> float:
        """How long the bucket takes to make up for a message."""
        return segments / self.per_second

    def _time(self, segments: int) -> int:
        return math.ceil(segments * SECOND / self.per_second)


class Budget(msgspec.Struct, frozen=True):
    """So many segments until the moment `ends`, such as a brand's for a day; then as many anew. Of
    an empty budget one message may go whatever its length, or it would wait for ever."""

    name: str
    amount: int
    ends: int

    def wait(self, level: Level | None, segments: int, now: int) -> int:
        """How long until a message may go; 0 when it may."""
        used = self._used(level)
        if used == 0 or used + segments <= self.amount:
            return 0
        return max(1, self.ends - now)

    def booked(self, level: Level | None, segments: int, now: int) -> Level:
        """The budget after a message that went now."""
        return Level(self.name, self.ends, self._used(level) + segments)

    def seconds(self, segments: int) -> float:
        """Nothing: a budget says when all may go, not how fast."""
        return 0.0

    def _used(self, level: Level | None) -> int:
        return level.used if level is not None and level.at == self.ends else 0


Bucket: TypeAlias = Rate | Budget


class Turn(msgspec.Struct, frozen=True):
    """Whether a message may go. `wait` is 0 and the message is booked; or it is how long the bucket
    `by` asks to wait at least. `following` is the same for another like it."""

    wait: int = 0
    by: str = ""
    following: int = 0


def take(buckets: Sequence[Bucket], levels: dict[str, Level], segments: int, now: int) -> Turn:
    """Books a message in all buckets, or in none of them."""
    wait, by = _longest(buckets, levels, segments, now)
    if wait:
        return Turn(wait, by, wait)
    for bucket in buckets:
        levels[bucket.name] = bucket.booked(levels.get(bucket.name), segments, now)
    return Turn(following=_longest(buckets, levels, segments, now)[0])


def _longest(
    buckets: Sequence[Bucket], levels: dict[str, Level], segments: int, now: int
) -> tuple[int, str]:
    longest, by = 0, ""
    for bucket in buckets:
        wait = bucket.wait(levels.get(bucket.name), segments, now)
        if wait > longest:
            longest, by = wait, bucket.name
    return longest, by
