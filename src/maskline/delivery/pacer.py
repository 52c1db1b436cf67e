"""The pacer: asks the buckets, in memory where one process has them to itself, else in the database
that all processes share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec

from maskline.batcher import Batcher
from maskline.messaging.buckets import SECOND, Turn, give_back, take
from maskline.messaging.budgets import Mark, marks
from maskline.messaging.pacing import Pace
from maskline.model.clock import Clock
from maskline.model.pace import Level
from maskline.store.contract import Store, StoreUnavailable, Transaction

#: So many buckets are kept in memory before those that are full again are let go.
_MOST: Final = 10_000


def _monotonic() -> int:
    return time.monotonic_ns() // 1000


#: What is told of budgets that are used up to some mark, in the transaction that used them.
Told = Callable[[Transaction, Sequence[Mark]], Awaitable[None]]


async def _nobody(_: Transaction, __: Sequence[Mark]) -> None:
    """Nothing is told."""


class Pacer:
    """Books messages. `ticks` are microseconds that never go back, for what is kept in memory."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ticks: Callable[[], int] = _monotonic,
        told: Told = _nobody,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ticks = ticks
        self._told = told
        self._levels: dict[str, Level] = {}
        self._paused: dict[str, int] = {}
        self._asked: Batcher[Pace, Turn] = Batcher(self._ask)
        self._returned: Batcher[tuple[Pace, int], None] = Batcher(self._return)

    async def take(self, pace: Pace) -> Turn:
        """Books a message in its buckets if all have room. Raises StoreUnavailable."""
        now = self._ticks()
        if self._paused and (turn := self._pause(pace, now)) is not None:
            return turn
        if self._store.shared:
            return await self._asked.submit(pace)
        if len(self._levels) > _MOST:
            self._levels = {name: one for name, one in self._levels.items() if one.at > now}
        if not pace.lasting:
            return take(pace.buckets, self._levels, pace.segments, now)
        return await self._take_lasting(pace, now)

    async def give_back(self, pace: Pace, booked: int) -> None:
        """Undoes that a message was booked then, which was not sent: in its budgets, since what a
        rate had to spare at that moment is over. While the database is away it stays booked."""
        budgets = pace.budgets
        if budgets:
            part = msgspec.structs.replace(pace, buckets=tuple(budgets.values()))
            with contextlib.suppress(StoreUnavailable):
                await self._returned.submit((part, booked))

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

    async def _take_lasting(self, pace: Pace, now: int) -> Turn:
        """Where one process has the buckets to itself, its rates are in memory all the same."""
        rates, segments = tuple(pace.rates.values()), pace.segments
        turn = take(rates, self._levels, segments, now)
        if turn.wait:
            return turn
        part = msgspec.structs.replace(pace, buckets=tuple(pace.budgets.values()))
        asked: Turn | None = None
        try:
            asked = await self._asked.submit(part)
        finally:
            if asked is None or asked.wait:
                give_back(rates, self._levels, segments, now)
        if asked.wait:
            return asked
        return Turn(following=turn.following, at=asked.at)

    async def _ask(self, paces: Sequence[Pace]) -> Sequence[Turn]:
        names = sorted({bucket.name for pace in paces for bucket in pace.buckets})

        async def use_case(tx: Transaction) -> list[Turn]:
            levels, now = await tx.paces.hold(names, self._clock() * 1000)
            before = dict(levels)
            turns = []
            for pace in paces:
                turn = take(pace.buckets, levels, pace.segments, now)
                if turn.wait and (budget := pace.budgets.get(turn.by)) is not None:
                    levels[turn.by] = budget.closed(levels.get(turn.by), now)
                turns.append(turn)
            await self._write(tx, before, levels)
            budgets = [one for pace in paces for one in pace.budgets.values()]
            if budgets and (passed := marks(budgets, before, levels)):
                await self._told(tx, passed)
            return turns

        return await self._store.transact(use_case)

    async def _return(self, booked: Sequence[tuple[Pace, int]]) -> Sequence[None]:
        names = sorted({bucket.name for pace, _ in booked for bucket in pace.buckets})

        async def use_case(tx: Transaction) -> None:
            levels, _ = await tx.paces.hold(names, self._clock() * 1000)
            before = dict(levels)
            for pace, at in booked:
                give_back(pace.buckets, levels, pace.segments, at)
            await self._write(tx, before, levels)

        await self._store.transact(use_case)
        return [None] * len(booked)

    @staticmethod
    async def _write(
        tx: Transaction, before: Mapping[str, Level], after: Mapping[str, Level]
    ) -> None:
        changed = [level for name, level in after.items() if level != before.get(name)]
        if changed:
            await tx.paces.take_many(changed)
