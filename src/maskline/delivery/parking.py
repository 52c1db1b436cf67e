"""Parking: jobs that leave memory until a moment further off, in the order of their keys."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from maskline.batcher import Batcher
from maskline.delivery.insist import insist
from maskline.delivery.leases import Held
from maskline.messaging.pacing import Waiting, line_up
from maskline.model.clock import Clock
from maskline.model.job import Job
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.outbox import Parked

#: What a job says that has a place in the queue of its number.
_QUEUED: Final = "waits for its turn"


class _Away(msgspec.Struct):
    """The parked jobs of a key. `top` is the SID of the latest, `last` (ms) when the last is due.

    Most are due in the order of their SIDs. `barriers` are, by their SIDs, when the others are: as
    long as such a one was not taken up, none that comes after it may run.
    """

    top: str = ""
    last: int = 0
    barriers: dict[str, int] = msgspec.field(default_factory=dict)

    def floor(self, sid: str) -> int:
        """When a job may be due at the earliest, for what is parked before it."""
        if sid > self.top:
            return self.last
        return max((due for one, due in self.barriers.items() if one < sid), default=0)

    def holds(self, job: Job, now: int) -> bool:
        """Whether a job that was claimed would overtake one of these."""
        if any(one < job.sid for one in self.barriers):
            return True
        # One that was never parked, and has not been in hand either, came after all that were.
        return job.due_at <= job.date_created and job.sid > self.top and self.last > now

    def add(self, sid: str, due_at: int) -> None:
        """Another is parked, which is due no sooner than its floor."""
        if sid <= self.top:
            self.barriers[sid] = due_at
        self.top, self.last = max(sid, self.top), max(due_at, self.last)

    @property
    def soonest(self) -> int:
        """When (ms) one of them is due at the earliest that is known of."""
        return min(self.last, *self.barriers.values()) if self.barriers else self.last

    def copy(self) -> _Away:
        """The same, apart from this."""
        return _Away(self.top, self.last, self.barriers.copy())


class Parking:
    """Leaves jobs to the poll. What comes after them under their key has to queue up behind."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._away: dict[str, _Away] = {}
        # When (ms) each of these is due, or one of its barriers, the first in front. A key may
        # stand there more than once.
        self._due: list[tuple[int, str]] = []
        # Keys whose jobs are just being written down.
        self._leaving: Counter[str] = Counter()
        self._written: Batcher[tuple[Held, Waiting], int | None] = Batcher(self._write)

    def precedes(self, key: str) -> bool:
        """Whether jobs of a key are parked, so that a new one has to follow them."""
        return bool(key) and (key in self._away or key in self._leaving)

    def lets(self, job: Job) -> bool:
        """Whether a job that was claimed may be taken up; else it would overtake one that is
        parked, and has to be parked again."""
        key = job.ordering_key
        if not key:
            return True
        away = self._away.get(key)
        if key in self._leaving or (away is not None and away.holds(job, self._clock())):
            return False
        if away is not None:
            away.barriers.pop(job.sid, None)
        return True

    def park(
        self, held: Sequence[Held], waiting: Sequence[Waiting]
    ) -> Coroutine[Any, Any, list[int | None]]:
        """Leaves jobs of one key, in their order, until they are due; those with a pace at the end
        of their queue; and none to a time before that of one that goes before it.

        When (ms) each is due; null for one whose queue is too long, which stays in memory. What
        comes under the key from now on follows, before the answer is awaited too.
        """
        key = held[0].job.ordering_key
        self._leaving[key] += 1
        pairs = list(zip(held, waiting, strict=True))
        # Given to the batcher at once, so that what comes next is written after them.
        return self._park(key, pairs, self._submit(pairs))

    def restore(self, parked: Iterable[Parked]) -> None:
        """Takes up what an earlier process parked, in the order in which it is due."""
        for one in parked:
            self._away.setdefault(one.key, _Away()).add(one.sid, one.due_at)
            heappush(self._due, (one.due_at, one.key))

    def forget(self, now: int) -> None:
        """All that was due is in memory."""
        while self._due and self._due[0][0] <= now:
            _, key = heappop(self._due)
            away = self._away.get(key)
            if away is None:
                continue
            if away.last <= now:
                del self._away[key]
                continue
            away.barriers = {sid: due for sid, due in away.barriers.items() if due > now}
            heappush(self._due, (away.soonest, key))

    async def drain(self) -> None:
        """Returns when nothing is being written."""
        await self._written.drain()

    async def _park(
        self,
        key: str,
        pairs: Sequence[tuple[Held, Waiting]],
        first: asyncio.Future[list[int | None]],
    ) -> list[int | None]:
        tries = iter((first,))
        due = await insist(lambda: next(tries, None) or self._submit(pairs))
        self._leaving[key] -= 1
        if not self._leaving[key]:
            del self._leaving[key]
        return due

    def _submit(self, pairs: Sequence[tuple[Held, Waiting]]) -> asyncio.Future[list[int | None]]:
        return asyncio.gather(*map(self._written.submit, pairs))

    async def _write(self, pairs: Sequence[tuple[Held, Waiting]]) -> Sequence[int | None]:
        now = self._clock()
        keys = {held.job.ordering_key for held, _ in pairs}
        # Apart from what changes here while the use-case runs, which may be in another thread.
        known = {key: self._away.get(key, _Away()).copy() for key in keys if key}

        async def use_case(tx: Transaction) -> tuple[list[int | None], dict[str, _Away]]:
            turns = await line_up(tx, [waiting for _, waiting in pairs], now)
            away = {key: one.copy() for key, one in known.items()}
            due = _in_order([held.job for held, _ in pairs], turns, away)
            await tx.outbox.postpone_many(
                held.postponed(at, "", _QUEUED if waiting.pace is not None else "")
                for (held, waiting), at in zip(pairs, due, strict=True)
                if at is not None
            )
            return due, away

        due, away = await self._store.transact(use_case)
        written = {held.job.sid for held, _ in pairs}
        for key, one in away.items():
            # What was taken up meanwhile holds nobody back any more.
            gone = known[key].barriers.keys() - self._away.get(key, _Away()).barriers.keys()
            for sid in gone - written:
                one.barriers.pop(sid, None)
            if one.top:
                self._away[key] = one
                heappush(self._due, (one.soonest, key))
        return due


def _in_order(
    jobs: Sequence[Job], turns: Sequence[int | None], away: Mapping[str, _Away]
) -> list[int | None]:
    """When each is due that none overtakes another, noting in `away` that it is parked."""
    due: list[int | None] = []
    for job, at in zip(jobs, turns, strict=True):
        if at is not None and job.ordering_key:
            at = max(at, away[job.ordering_key].floor(job.sid))
            away[job.ordering_key].add(job.sid, at)
        due.append(at)
    return due
