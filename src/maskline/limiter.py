"""Rate limits: how many requests one caller may make in any span of time."""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

#: What requests are counted under: all requests of one key together.
Key: TypeAlias = tuple[str | None, ...]

#: What one process let pass in the last window: by a key's digest, the moment (ms) of the last of
#: some requests, and how many these are.
Taken: TypeAlias = dict[str, list[tuple[int, int]]]

#: Into so many parts a window is cut when processes tell each other of it.
_PARTS: Final = 20


class RateLimiter(Protocol):
    """Counts requests by key. It is asked on every request and may not wait: one that several
    processes share holds in memory what it knows of the others."""

    def take(self, key: Key) -> float:
        """Counts a request under `key` and returns 0; or returns the seconds until there will be
        room for it, and does not count it."""


class Unlimited:
    """Lets everything pass."""

    def take(self, key: Key) -> float:
        """Always 0."""
        return 0.0


class _Recent(Generic[T]):
    """What is kept of each key, and forgotten between one and two windows after it was last asked
    for. No key is ever looked for in vain, however many there are."""

    def __init__(self, seconds: float, make: Callable[[Key], T]) -> None:
        self._seconds = seconds
        self._make = make
        self._young: dict[Key, T] = {}
        self._old: dict[Key, T] = {}
        self._turn = 0.0

    def of(self, key: Key, now: float) -> T:
        """What is kept of `key`, or something new."""
        if now >= self._turn:
            # What is still among the old was not asked for during a whole window.
            self._old, self._young = self._young, {}
            self._turn = now + self._seconds
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None) or self._make(key)
            self._young[key] = found
        return found

    def values(self) -> Iterable[T]:
        """All that is kept."""
        yield from self._young.values()
        yield from self._old.values()


class SlidingWindow:
    """At most `most` requests under one key in any `seconds`, to the request, in one process.

    It takes a fraction of a microsecond.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        # Of each key the times of its last requests, of which only so many matter.
        self._recent: _Recent[deque[float]] = _Recent(seconds, lambda _: deque(maxlen=most))

    def take(self, key: Key) -> float:
        """Counts a request, or says how long to wait."""
        now = self._clock()
        times = self._recent.of(key, now)
        if len(times) == self._most and (wait := times[0] + self._seconds - now) > 0:
            return wait
        times.append(now)
        return 0.0

    def __len__(self) -> int:
        """How many keys are remembered."""
        return sum(1 for _ in self._recent.values())


class SharedWindow:
    """The same for several processes, each of which is told from time to time what the others let
    pass (`taken`, `learn`).

    What the others let pass since they last told of it is not known here, and so much more than
    `most` may pass. `clock` is in seconds and the same for all, but for what their clocks differ.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.seconds = seconds
        self._most = most
        self._clock = clock
        self._recent: _Recent[_Mine] = _Recent(seconds, _Mine)
        self._others: dict[str, list[tuple[float, int]]] = {}

    def take(self, key: Key) -> float:
        """Counts a request, or says how long to wait at least."""
        now = self._clock()
        since = now - self.seconds
        mine = self._recent.of(key, now)
        times = mine.times
        while times and times[0] <= since:
            times.popleft()
        others = [(at, n) for at, n in self._others.get(mine.digest, ()) if at > since]
        if len(times) + sum(n for _, n in others) < self._most:
            times.append(now)
            return 0.0
        first = min((at for at, _ in others), default=now)
        return (min(first, times[0]) if times else first) - since

    def taken(self) -> Taken:
        """What this process let pass."""
        since = self._clock() - self.seconds
        told: Taken = {}
        for mine in self._recent.values():
            parts: dict[int, tuple[int, int]] = {}
            for at in mine.times:
                if at > since:
                    part = int(at * _PARTS / self.seconds)
                    # A part is past when its last request is.
                    parts[part] = (math.ceil(at * 1000), parts.get(part, (0, 0))[1] + 1)
            if parts:
                told[mine.digest] = list(parts.values())
        return told

    def learn(self, told: Iterable[Mapping[str, Iterable[tuple[int, int]]]]) -> None:
        """Takes in what each of the others let pass, in place of what was known of them."""
        # A clock that goes ahead of ours must not keep its requests from ever becoming past.
        now = self._clock()
        others: dict[str, list[tuple[float, int]]] = {}
        for one in told:
            for digest, parts in one.items():
                others.setdefault(digest, []).extend((min(at / 1000, now), n) for at, n in parts)
        self._others = others


class _Mine:
    """The times of one key's requests in this process, and what the others know the key by."""

    __slots__ = ("digest", "times")

    def __init__(self, key: Key) -> None:
        self.digest = hashlib.blake2b("\0".join(map(str, key)).encode(), digest_size=12).hexdigest()
        self.times: deque[float] = deque()
