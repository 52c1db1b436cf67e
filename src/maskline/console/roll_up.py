"""The roll-up: what processes count, by the minute, where all of them can be seen together.

Each process adds what its meter counted since the last time. What nobody but the whole can say, the
queue and the pools, the leader notes. A process that crashes loses its last few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, TypeAlias

from maskline.env import Env
from maskline.model.clock import HOUR, MINUTE
from maskline.store.contract import Store, StoreUnavailable, Transaction, UseCase
from maskline.store.repositories.series import Count

log = logging.getLogger(__name__)

#: Seconds between two times that counts are written.
PAUSE: Final = 5.0
#: Seconds between two looks at the pools. A look goes through so many rows at a time, and takes no
#: more than that share of the time: with a million people in sessions, a quarter of an hour passes.
_POOLS_PAUSE: Final = 30.0
_POOLS_SHARE: Final = 0.005
_ROWS: Final = 250

_Key: TypeAlias = tuple[str, str, str]
_Part: TypeAlias = tuple[dict[tuple[str, str], int], tuple[str, str] | None]


class RollUp:
    """Runs from `start` to `stop`."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._before: Counter[_Key] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins."""
        self._tasks = [
            asyncio.create_task(self._repeat("counts", self._write_counts)),
            asyncio.create_task(self._repeat("pools", self._write_pools)),
        ]

    async def stop(self) -> None:
        """Writes what was counted last, and ends."""
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        with contextlib.suppress(StoreUnavailable):
            await self.write_counts()

    async def write_counts(self) -> None:
        """Adds what was counted since the last time. Raises StoreUnavailable; it is added the next
        time then."""
        env, store = self._env, self._store
        now = _counts(env)
        minute = env.clock() // MINUTE
        # In one order, so that processes that write at once wait for each other and no more.
        more = [
            Count(minute, *key, value - self._before[key])
            for key, value in sorted(now.items())
            if value > self._before[key]
        ]
        levels = []
        if store.leads:
            backlog = await store.read(lambda tx: tx.outbox.backlog())
            age = 0 if backlog.oldest is None else max(0, env.clock() - backlog.oldest)
            found = (("depth", backlog.pending), ("age", age), ("dead", backlog.dead))
            # Nothing is what nothing is written of: an idle server leaves its disk alone.
            levels = [Count(minute, "queue", label, "", level) for label, level in found if level]
        if more or levels:

            async def write(tx: Transaction) -> None:
                await tx.series.add(more)
                await tx.series.level(levels)

            await store.transact(write)
        self._before = now

    async def write_pools(self) -> None:
        """Looks at everybody who uses a number, some at a time so that traffic never waits long,
        and notes how pools are used. Raises StoreUnavailable."""
        busiest: dict[tuple[str, str], int] = {}
        after: tuple[str, str] | None = ("", "")
        while after is not None:
            began, part = perf_counter(), self._part(after)
            found, after = await self._store.read(part)
            for key, used in found.items():
                busiest[key] = max(used, busiest.get(key, 0))
            if after is not None:
                await asyncio.sleep((perf_counter() - began) / _POOLS_SHARE)
        hour = self._env.clock() // HOUR
        levels = await self._store.read(lambda tx: tx.series.levels(hour, busiest))
        if levels:
            await self._store.transact(lambda tx: tx.series.put_levels(levels))

    def _part(self, after: tuple[str, str]) -> UseCase[_Part]:
        return lambda tx: tx.series.busiest(after, _ROWS)

    async def _write_counts(self) -> float:
        await self.write_counts()
        return PAUSE

    async def _write_pools(self) -> float:
        if not self._store.leads:
            return PAUSE
        await self.write_pools()
        return _POOLS_PAUSE

    async def _repeat(self, what: str, work: Callable[[], Awaitable[float]]) -> None:
        pause = PAUSE
        while True:
            try:
                pause = await work()
            except StoreUnavailable:
                pass
            except Exception as error:
                log.error("the console's %s failed: %s", what, type(error).__name__)
            await asyncio.sleep(pause)


def _counts(env: Env) -> Counter[_Key]:
    """What the meter has counted by now, as far as it is plotted."""
    meter = env.meter
    found: Counter[_Key] = Counter()
    for (carrier, outcome, *_), value in meter.messages_in.items():
        found["in", carrier, outcome] += value
    for (carrier, outcome, *_), value in meter.sends.items():
        found["sent", carrier, outcome] += value
    for (carrier, status, *_), value in meter.reports.items():
        found["report", carrier, status] += value
    for (carrier, outcome, *_), value in meter.calls_in.items():
        found["call", carrier, outcome] += value
    for (kind, outcome), value in meter.webhooks.items():
        found["webhook", kind, outcome] += value
    for (product, _, status), value in meter.requests.items():
        found["request", product, status] += value
    for (product,), value in meter.limited.items():
        found["limited", product, ""] += value
    return found
