"""The outbox: jobs, committed with the change that calls for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from maskline.model.job import Job
from maskline.store.executor import Executor
from maskline.store.repositories.base import Repository, row


class Postponement(msgspec.Struct, frozen=True):
    """A job to be tried again at `due_at` (ms); `owner` "" gives it back to whoever polls."""

    sid: str
    attempts: int
    due_at: int
    owner: str
    last_error: str


class Outbox(Repository):
    """Jobs. `added` are those of this transaction, for the engine to announce."""

    __slots__ = ("added",)

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor)
        self.added: list[Job] = []

    async def add_many(self, jobs: Sequence[Job]) -> None:
        """Adds jobs."""
        self.added.extend(jobs)
        await self._x.add_many("outbox_add", map(row, jobs))

    async def get(self, sid: str) -> Job | None:
        """The job, while it is not done."""
        return await self._one(Job, "outbox_get", sid)

    async def waiting(self, ordering_key: str) -> list[Job]:
        """The out-of-session jobs of that key that are to be done, in their order."""
        return await self._all(Job, "outbox_waiting", ordering_key)

    async def finish(self, sid: str) -> bool:
        """Removes a finished job; false when it was gone, so that its effect is had once."""
        return await self._x.run("outbox_done", sid) > 0

    async def done_many(self, sids: Iterable[str]) -> None:
        """Removes finished jobs."""
        await self._x.run_many("outbox_done", ((sid,) for sid in sids))

    async def postpone_many(self, postponements: Iterable[Postponement]) -> None:
        """Sets when and by whom jobs are tried again."""
        await self._x.run_many("outbox_postpone", map(row, postponements))

    async def set_payload(self, sid: str, payload: bytes) -> None:
        """Writes how far the job has come."""
        await self._x.run("outbox_set_payload", sid, payload)

    async def bury(self, sid: str, attempts: int, last_error: str) -> None:
        """Keeps a job that is given up as a dead letter."""
        await self._x.run("outbox_bury", sid, attempts, last_error)

    async def claim_due(self, now: int, owner: str, until: int, limit: int) -> list[Job]:
        """Takes up to `limit` jobs that are due, for `owner`, until the lease ends."""
        due = await self._all(Job, "outbox_due", now, limit)
        await self._x.run_many("outbox_claim", ((job.sid, owner, until) for job in due))
        return due

    async def give_back(self, sids: Iterable[str], now: int) -> None:
        """Ends the lease of jobs that were not begun."""
        await self._x.run_many("outbox_give_back", ((sid, now) for sid in sids))

    async def recover(self) -> int:
        """Gives back what a process held when it died; how many jobs that were."""
        return await self._x.run("outbox_orphaned")

    async def count(self, state: str) -> int:
        """How many jobs are in a state."""
        found = await self._x.one("outbox_count", state)
        return int(found[0]) if found else 0
