"""What is written down of jobs: that one is done, waits, is given up, or is given back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from maskline.batcher import Batcher
from maskline.delivery.insist import insist
from maskline.delivery.leases import Held
from maskline.model.clock import Clock
from maskline.model.job import Job
from maskline.store.contract import Store
from maskline.store.repositories.outbox import Postponement


class Records:
    """The jobs of one process, in the store. Each call but `give_back` insists until it is
    written; what ends or waits at one moment is written together."""

    def __init__(self, store: Store, clock: Clock, owner: str) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._done: Batcher[str, None] = Batcher(self._delete)
        self._postponed: Batcher[Postponement, None] = Batcher(self._postpone)

    async def done(self, sid: str) -> None:
        """The job is over."""
        await insist(lambda: self._done.submit(sid))

    async def postpone(self, row: Postponement) -> None:
        """The job is tried again later."""
        await insist(lambda: self._postponed.submit(row))

    async def bury(self, job: Job, error: str) -> None:
        """The job is a dead letter."""
        attempts = job.attempts + 1
        await insist(
            lambda: self._store.transact(lambda tx: tx.outbox.bury(job.sid, attempts, error))
        )

    async def give_back(self, held: Collection[Held]) -> None:
        """Others may have these jobs; those that were begun here keep this process's name. Raises
        StoreUnavailable."""
        owner, now = self._owner, self._clock()
        begun = [one.job.sid for one in held if one.is_begun]
        others = [one.job.sid for one in held if not one.is_begun]
        await self._store.transact(lambda tx: tx.outbox.give_back(others, owner, now, begun))

    async def drain(self) -> None:
        """Returns when nothing is being written any more."""
        await self._done.drain()
        await self._postponed.drain()

    async def _postpone(self, rows: Sequence[Postponement]) -> Sequence[None]:
        # Together: when a carrier is away, thousands fail at the same moment.
        await self._store.transact(lambda tx: tx.outbox.postpone_many(rows))
        return [None] * len(rows)

    async def _delete(self, sids: Sequence[str]) -> Sequence[None]:
        await self._store.transact(lambda tx: tx.outbox.done_many(sids))
        return [None] * len(sids)
