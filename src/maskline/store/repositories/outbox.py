"""The outbox: jobs, committed with the change that calls for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from maskline.model.job import Job, JobState
from maskline.model.page import Page, PageRequest
from maskline.store.executor import Executor, narrowed
from maskline.store.repositories.base import Repository, row


class Postponement(msgspec.Struct, frozen=True):
    """A job to be tried again at `due_at` (ms); `owner` "" gives it back to whoever polls."""

    sid: str
    attempts: int
    due_at: int
    owner: str
    last_error: str


class Parked(msgspec.Struct, frozen=True):
    """A job that waits under a key until it is due (ms)."""

    key: str
    sid: str
    due_at: int


class Backlog(msgspec.Struct, frozen=True):
    """How many jobs wait and how many are dead, each counted up to 100,000; `oldest` is when the
    first of those that wait is or was due (ms): a job in hand is due at its lease's end."""

    pending: int
    dead: int
    oldest: int | None


class Outbox(Repository):
    """Jobs. `added` are those of this transaction, for the engine to announce; `left` says that it
    left some for whoever polls."""

    __slots__ = ("added", "left")

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor)
        self.added: list[Job] = []
        self.left = False

    async def add_many(self, jobs: Sequence[Job]) -> None:
        """Adds jobs. One that would overtake a job in the hands of another process is left for
        whoever takes that.

        Whatever another process was told is durable is seen here. Two processes that add at the
        same moment do not see each other: of what comes at once, none is the first.
        """
        rows = map(row, jobs)
        if not self._x.shared:
            self.added.extend(jobs)
            await self._x.add_every("outbox_add", rows)
            return

        def added(found: Sequence[Sequence[Any]]) -> None:
            owners: dict[str, str] = dict(map(tuple, found))
            for job in jobs:
                owner = owners[job.sid]
                self.left |= not owner
                if owner != job.owner:
                    job = msgspec.structs.replace(job, owner="", due_at=job.date_created)
                self.added.append(job)

        await self._x.add_every("outbox_add_in_line", rows, added)

    async def get(self, sid: str) -> Job | None:
        """The job, while it is not done."""
        return await self._one(Job, "outbox_get", sid)

    async def of_account(self, sid: str, account_sid: str) -> Job | None:
        """The account's job with that SID; nobody else changes it in this transaction."""
        return await self._one(Job, "outbox_of_account", sid, account_sid)

    async def page(
        self, account_sid: str, state: JobState, kind: str, request: PageRequest
    ) -> Page[Job]:
        """The account's jobs in a state; `kind` "" means any."""
        if state is JobState.DEAD:
            return await self._page(Job, "outbox_dead_page", request, account_sid, kind)
        return await self._page(Job, "outbox_pending_page", request, account_sid, kind)

    async def dead_of(self, account_sid: str, kind: str, request: PageRequest) -> Page[Job]:
        """The account's dead letters of a kind. A page looks through so many and no more, and may
        be short while others follow."""
        page = await narrowed(
            self._x,
            "outbox_dead_page",
            request,
            lambda found: found[1] == kind,
            account_sid,
            "",
        )
        return Page([Job(*found) for found in page.rows], *page[1:])

    async def revive(self, sid: str, now: int) -> None:
        """Makes a dead letter a job that is due now and was never tried."""
        self.left = True
        await self._x.run("outbox_revive", sid, now)

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
        """Takes up to `limit` jobs that are due, for `owner`, until the lease ends. None whose
        forerunner under the same ordering key is in the hands of another process.

        They are returned as they were: one that names an owner was held by that until it ended, or
        until the end of its lease, and may have been begun."""
        if not self._x.shared:
            due = await self._all(Job, "outbox_due", now, limit)
            await self._claim(due, owner, until)
            return due
        due = await self._all(Job, "outbox_due_in_order", now, limit, owner)
        await self._claim(due, owner, until)
        keys = [job.ordering_key for job in due if job.ordering_key]
        if keys and len(due) < limit:
            room = limit - len(due)
            behind = await self._all(Job, "outbox_due_behind", now, room, owner, keys)
            await self._claim(behind, owner, until)
            due += behind
        return due

    async def renew(self, sids: Iterable[str], owner: str, until: int) -> list[str]:
        """Makes the leases of jobs in hand last until then; those that are in hand no more."""
        if self._x.shared:
            some = list(sids)
            found = {sid for (sid,) in await self._x.all("outbox_renew_many", some, owner, until)}
            return [sid for sid in some if sid not in found]
        run = self._x.run
        return [sid for sid in sids if not await run("outbox_renew", sid, owner, until)]

    async def give_back(
        self, sids: Iterable[str], owner: str, now: int, begun: Iterable[str] = ()
    ) -> None:
        """Ends the owner's leases of jobs. Those that were `begun` keep its name, as if it had
        died: whoever claims them has to know."""
        self.left = True
        await self._x.run_many("outbox_give_back", ((sid, owner, now) for sid in sids))
        await self._x.run_many("outbox_hand_on", ((sid, owner, now) for sid in begun))

    async def recover(self, now: int) -> int:
        """Makes due what a process held when it died; how many jobs that were."""
        return await self._x.run("outbox_orphaned", now)

    async def parked(self, now: int) -> list[Parked]:
        """What waits for a moment after `now` (ms), in the order in which it is due."""
        return await self._all(Parked, "outbox_parked", now)

    async def count(self, state: str) -> int:
        """How many jobs are in a state."""
        found = await self._x.one("outbox_count", state)
        return int(found[0]) if found else 0

    async def pending(self, most: int) -> int:
        """How many jobs wait, counted up to `most`."""
        found = await self._x.one("outbox_pending", most)
        return int(found[0]) if found else 0

    async def backlog(self) -> Backlog:
        """How much there is to do."""
        found = await self._x.one("outbox_backlog")
        assert found is not None
        return Backlog(*found)

    async def _claim(self, jobs: Iterable[Job], owner: str, until: int) -> None:
        await self._x.run_many("outbox_claim", ((job.sid, owner, until) for job in jobs))
