"""Lanes: each destination's jobs in memory. None may take the memory or the sockets that the others
need, however slow it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final

from maskline.delivery.leases import Held
from maskline.model.clock import SECOND

#: Attempts under way in all lanes together: what the HTTP client has sockets for.
_ATTEMPTS: Final = 512
#: How much a new attempt's time counts in the average.
_WEIGHT: Final = 0.1
#: So many times as many jobs are told to come as attempts are expected to be through with: were
#: they told to come just in time, a lane would never be quicker than it once was.
_HASTE: Final = 2
#: What an attempt is taken to last before there was one, in seconds.
_USUAL: Final = 0.05
#: From then on it counts that no attempt has ended, in seconds: the machine may just be busy.
_SILENT: Final = 0.25
#: So many lanes are remembered that have no job.
_MOST: Final = 10_000
#: A lane is slow that needs longer than this for what it has in memory, in seconds.
_SLOW: Final = 5.0
#: The shortest and the longest time (ms) for which a job is left to the database because its lane
#: is full: a destination that is well again must not wait for its jobs.
_SOON: Final = SECOND // 4
_LATE: Final = 60 * SECOND


class Lane:
    """The jobs of one destination: `size` is how many are in memory, be they under way, due, or
    behind others of their key."""

    __slots__ = ("_each", "_moved", "_next", "_proven", "name", "queue", "size", "workers")

    def __init__(self, name: str, each: float | None = None) -> None:
        self.name = name
        self.queue: deque[Held] = deque()
        self.size = 0
        self.workers = 0
        self._each = _USUAL if each is None else each
        self._moved = time.monotonic()
        self._next = 0
        self._proven = each is not None

    @property
    def each(self) -> float | None:
        """How long an attempt takes, in seconds; null when there was none."""
        return self._each if self._proven else None

    def timed(self, seconds: float) -> None:
        """Notes how long an attempt took."""
        self._each += _WEIGHT * (seconds - self._each)
        self._moved = time.monotonic()
        self._proven = True

    def seconds(self, workers: int) -> float:
        """How long one job takes with so many attempts at once."""
        # A destination that hangs has told nothing yet of how long it takes.
        silent = time.monotonic() - self._moved
        return max(self._each, silent if silent > _SILENT else 0.0) / workers

    def is_slow(self, workers: int) -> bool:
        """Whether its jobs may stay in memory for long: it is not known yet, or it takes long."""
        return not self._proven or self.size * self.seconds(workers) > _SLOW

    def turn(self, now: int, workers: int) -> int:
        """When (ms) a job that does not fit into memory should be looked at again: after those that
        are in memory, and those that were told so before it."""
        each = self.seconds(workers) * SECOND / _HASTE
        self._next = max(self._next, now + int(self.size * each)) + int(each)
        self._next = min(max(self._next, now + _SOON), now + _LATE)
        return self._next


class Lanes:
    """All lanes, with `size` jobs in all. `run` makes one attempt at a job and says whether it came
    to one; `spawn` begins a task."""

    def __init__(
        self,
        concurrency: int,
        memory: int,
        run: Callable[[Held], Awaitable[bool]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._concurrency = concurrency
        self._memory = memory
        self._run = run
        self._spawn = spawn
        self._lanes: dict[str, Lane] = {}
        # How long attempts took of lanes that have no job now.
        self._known: dict[str, float] = {}
        self.size = 0
        self._workers = 0

    def enter(self, name: str) -> Lane:
        """Counts a job in memory for its lane, from here on."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(name, self._known.pop(name, None))
        lane.size += 1
        self.size += 1
        return lane

    def leave(self, lane: Lane) -> None:
        """A job is not in memory any more, or in another lane."""
        lane.size -= 1
        self.size -= 1
        self._drop(lane)

    def is_full(self, lane: Lane) -> bool:
        """Whether a lane may hold no more. One that is slow may have as much as is free: so one
        alone has half of the memory, ten have an eleventh each, and there is always room for those
        that are quick. These may have all of it, since they soon give it back."""
        return self.is_crowded(lane) and lane.is_slow(self._concurrency)

    def is_crowded(self, lane: Lane) -> bool:
        """Whether a lane has as much as a slow one may have: then nothing stays in memory that only
        waits for another attempt. A destination that refuses is quick to do so."""
        return lane.size > max(1, self._memory - self.size)

    def surplus(self) -> Iterator[Held]:
        """When memory is full, the last jobs of lanes that have become slow and have too much. Each
        has to leave before the next is asked for."""
        if self.size >= self._memory:
            for lane in list(self._lanes.values()):
                while lane.queue and self.is_full(lane):
                    yield lane.queue.pop()

    def put(self, held: Held, *, first: bool = False) -> None:
        """A job is due."""
        lane = held.lane
        if first:
            lane.queue.appendleft(held)
        else:
            lane.queue.append(held)
        # The same of attempts: hosts that hang must leave sockets to the others.
        most = min(self._concurrency, max(1, _ATTEMPTS - self._workers))
        if lane.workers < most:
            lane.workers += 1
            self._workers += 1
            self._spawn(self._work(lane))

    def turn(self, lane: Lane, now: int) -> int:
        """When (ms) a job that finds its lane full should be looked at again."""
        return lane.turn(now, self._concurrency)

    def clear(self) -> None:
        """Begins nothing any more."""
        for lane in self._lanes.values():
            lane.queue.clear()

    async def _work(self, lane: Lane) -> None:
        try:
            while lane.queue:
                held = lane.queue.popleft()
                began = time.monotonic()
                if await self._run(held):
                    lane.timed(time.monotonic() - began)
        finally:
            lane.workers -= 1
            self._workers -= 1
            self._drop(lane)

    def _drop(self, lane: Lane) -> None:
        if not lane.size and not lane.workers and not lane.queue:
            self._lanes.pop(lane.name, None)
            if lane.each is not None:
                if len(self._known) >= _MOST:
                    del self._known[next(iter(self._known))]
                self._known[lane.name] = lane.each
