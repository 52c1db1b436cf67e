"""Rate limits: how many requests one caller may make in any span of time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Protocol


class RateLimiter(Protocol):
    """Counts requests by key. It is asked on every request and may not wait: one that several
    processes share has to hold what it knows of the others in memory, and to be told of them
    beside the requests."""

    def take(self, key: Hashable) -> float:
        """Counts a request under `key` and returns 0; or returns the seconds until there will be
        room for it, and does not count it."""


class Unlimited:
    """Lets everything pass."""

    def take(self, key: Hashable) -> float:
        """Always 0."""
        return 0.0


class SlidingWindow:
    """At most `most` requests under one key in any `seconds`, to the request, in one process.

    Takes a microsecond, however many keys there are. A key is forgotten between one and two windows
    after its last request.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        # The times of each key's last requests, of which only so many matter. What is still in
        # `_old` at the turn was not asked for during a whole window: all its times are past.
        self._young: dict[Hashable, deque[float]] = {}
        self._old: dict[Hashable, deque[float]] = {}
        self._turn = clock() + seconds

    def take(self, key: Hashable) -> float:
        """Counts a request, or says how long to wait."""
        now = self._clock()
        if now >= self._turn:
            self._old, self._young = self._young, {}
            self._turn = now + self._seconds
        times = self._young.get(key)
        if times is None:
            times = self._old.pop(key, None)
            if times is None:
                times = deque(maxlen=self._most)
            self._young[key] = times
        if len(times) == self._most and (wait := times[0] + self._seconds - now) > 0:
            return wait
        times.append(now)
        return 0.0

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._young) + len(self._old)
