"""Leases: what makes a job one process's to run, and how they are kept while it waits in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from maskline.messaging.buckets import Budget
from maskline.messaging.pacing import Pace
from maskline.model.clock import Clock
from maskline.model.job import Job
from maskline.store.contract import Store, StoreUnavailable
from maskline.store.repositories.outbox import Postponement

if TYPE_CHECKING:
    from maskline.delivery.lanes import Lane

#: Leases that are renewed in one transaction, so that traffic never waits long behind it.
_AT_ONCE: Final = 200
#: The furthest retry (ms) that is kept in memory, with what a busy process is late by.
_FURTHEST: Final = 60_000


class Held:
    """A job in memory, and until when (ms) it is leased; the lane that it runs in, and what it
    takes of the buckets where it is paced. One `is_alone` that is in no chain of its key; one
    `is_begun` of whose attempt nothing is written down yet; one that is `spent` waits for the
    moment (ms) at which that budget begins anew. `booked` is by when (microseconds) it was booked.
    """

    __slots__ = (
        "booked",
        "is_alone",
        "is_begun",
        "job",
        "lane",
        "pace",
        "payload",
        "spent",
        "until",
    )

    def __init__(
        self, job: Job, payload: Any, until: int, lane: Lane, pace: Pace | None = None
    ) -> None:
        self.job = job
        self.payload = payload
        self.until = until
        self.lane = lane
        self.pace = pace
        self.is_alone = False
        self.is_begun = False
        self.spent: tuple[Budget, int] | None = None
        self.booked = 0

    def postponed(self, due_at: int, owner: str, why: str = "") -> Postponement:
        """As it is written when it is to be tried again at `due_at`, and `why` if not because of
        its last error."""
        job = self.job
        return Postponement(job.sid, job.attempts, due_at, owner, why or job.last_error)


class Leases:
    """The leases of the jobs in `held`. They are renewed before they end, and a job whose lease
    ended all the same, since the process or the database was out of the world for a while, is begun
    only when nobody has taken it by then."""

    def __init__(
        self, store: Store, clock: Clock, owner: str, seconds: float, held: Mapping[str, Held]
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._seconds = seconds
        self._held = held
        self._task: asyncio.Task[None] | None = None

    @property
    def ms(self) -> int:
        """How long one lasts."""
        return int(self._seconds * 1000)

    def start(self) -> None:
        """Begins to renew them."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def keeps(self, held: Held) -> bool:
        """Whether a job is still this process's to begin. Raises StoreUnavailable."""
        return held.until > self._clock() or await self._renew([held])

    async def renew(self) -> None:
        """Renews those that end soon, and those that end later than a lease can: the clock was set
        back, and what this process leaves behind when it dies would wait for it to come round. One
        that is to be tried again ends a lease after that. Raises StoreUnavailable."""
        now = self._clock()
        soon, never = now + self.ms // 2, now + self.ms + _FURTHEST
        ending = [one for one in self._held.values() if not soon <= one.until <= never]
        for start in range(0, len(ending), _AT_ONCE):
            await self._renew(ending[start : start + _AT_ONCE])

    async def _renew(self, some: Sequence[Held]) -> bool:
        """Whether all could be. One that another process has taken is not begun any more; what is
        under way can't be called back."""
        if not some:
            return True
        until = self._clock() + self.ms
        sids = [held.job.sid for held in some]
        lost = await self._store.transact(lambda tx: tx.outbox.renew(sids, self._owner, until))
        for held in some:
            held.until = 0 if held.job.sid in lost else until
        return not lost

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 4)
            with contextlib.suppress(StoreUnavailable):
                await self.renew()
