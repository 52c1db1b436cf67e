"""The pacer: asks the buckets, in memory where one process has them to itself, else in the database
that all processes share."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from maskline.batcher import Batcher
from maskline.messaging.buckets import SECOND, Turn, take
from maskline.messaging.pacing import Pace
from maskline.model.clock import Clock
from maskline.model.pace import Level
from maskline.store.contract import Store, Transaction

#: So many buckets are kept in memory before those that are full again are let go.
_MOST: Final = 10_000


def _monotonic() -> int:
    return time.monotonic_ns() // 1000


class Pacer:
    """Books messages. `ticks` are microseconds that never go back, for what is kept in memory."""

    def __init__(self, store: Store, clock: Clock, ticks: Callable[[], int] = _monotonic) -> None:
        self._store = store
        self._clock = clock
        self._ticks = ticks
        self._levels: dict[str, Level] = {}
        self._paused: dict[str, int] = {}
        self._asked: Batcher[Pace, Turn] = Batcher(self._ask)

    async def take(self, pace: Pace) -> Turn:
        """Books a message in its buckets if all have room. Raises StoreUnavailable."""
        now = self._ticks()
        if self._paused and (turn := self._pause(pace, now)) is not None:
            return turn
        if self._store.shared or pace.lasting:
            return await self._asked.submit(pace)
        if len(self._levels) > _MOST:
            self._levels = {name: one for name, one in self._levels.items() if one.at > now}
        return take(pace.buckets, self._levels, pace.segments, now)

    def pause(self, name: str, seconds: float) -> None:
        """A carrier said that it is handed too much: nothing more goes by the bucket of that name,
        in this process, for so long."""
        until = self._ticks() + int(seconds * SECOND)
        self._paused[name] = max(until, self._paused.get(name, 0))

    def _pause(self, pace: Pace, now: int) -> Turn | None:
        self._paused = {name: until for name, until in self._paused.items() if until > now}
        for name in (pace.own, pace.whole):
            if (until := self._paused.get(name)) is not None:
                return Turn(until - now, name, until - now)
        return None

    async def _ask(self, paces: Sequence[Pace]) -> Sequence[Turn]:
        names = sorted({bucket.name for pace in paces for bucket in pace.buckets})

        async def use_case(tx: Transaction) -> list[Turn]:
            levels, now = await tx.paces.hold(names, self._clock() * 1000)
            before = dict(levels)
            turns = [take(pace.buckets, levels, pace.segments, now) for pace in paces]
            await tx.paces.take_many(
                [level for name, level in levels.items() if level is not before.get(name)]
            )
            return turns

        return await self._store.transact(use_case)
