"""Jobs: what waits, and dead letters, which are replayed or discarded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from maskline.access.audit import record
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.common import Done
from maskline.console.shapes.jobs import JobPage, JobView
from maskline.env import Env
from maskline.messaging import dead_letters
from maskline.messaging.dead_letters import Refused
from maskline.model.console import Deed
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.job import Job, JobKind, JobState
from maskline.store.contract import Transaction


class JobsResource(StoreResource):
    """`/jobs`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /jobs": self.page,
            "POST /jobs/{sid}/replay": self.replay,
            "POST /jobs/{sid}/discard": self.discard,
        }

    async def page(self, ask: Ask) -> JobPage:
        """An account's jobs in a state."""
        request = ask.page()
        query = Form({"State": [ask.query("state")], "Kind": [ask.query("kind")]}, 20001)
        state = query.choice("State", JobState) or JobState.DEAD
        kind = query.choice("Kind", JobKind)

        async def read(tx: Transaction) -> JobPage:
            account = await ask.account(tx)
            if kind is not None and state is JobState.DEAD:
                page = await tx.outbox.dead_of(account, kind, request)
            else:
                page = await tx.outbox.page(account, state, kind or "", request)
            return JobPage(
                [_shown(one) for one in page.records],
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def replay(self, ask: Ask) -> JobView:
        """Has a dead letter tried again."""
        job = await self._act(ask, dead_letters.replay, Deed.JOB_REPLAYED)
        self._context.did(ask, job.account_sid, "POST", _path(job), [("Action", "replay")])
        return _shown(job)

    async def discard(self, ask: Ask) -> Done:
        """Removes a dead letter for good."""

        async def discard(env: Env, tx: Transaction, job: Job) -> Job:
            await dead_letters.discard(env, tx, job)
            return job

        job = await self._act(ask, discard, Deed.JOB_DISCARDED)
        self._context.did(ask, job.account_sid, "POST", _path(job), [("Action", "discard")])
        return Done()

    async def _act(
        self, ask: Ask, act: Callable[[Env, Transaction, Job], Awaitable[Job]], deed: Deed
    ) -> Job:
        env = self._env

        async def work(tx: Transaction) -> Job:
            job = ask.seen(await tx.outbox.get(ask.params["sid"]), "Job")
            # As the API finds it: nobody else changes it meanwhile.
            job = await dead_letters.find(tx, job.account_sid, job.sid)
            try:
                job = await act(env, tx, job)
            except Refused as refused:
                raise Fault(20001, f"not possible: {refused}", status=409) from None
            await record(env, tx, ask.actor, deed, job.sid, job.kind, job.account_sid)
            return job

        return await self._store.transact(work)


def _path(job: Job) -> str:
    return f"/monitor/v1/Jobs/{job.sid}"


def _shown(job: Job) -> JobView:
    about = dead_letters.subject(job)
    return JobView(
        sid=job.sid,
        kind=job.kind,
        state=job.state,
        attempts=job.attempts,
        last_error=job.last_error or None,
        resource_sid=about.resource_sid,
        service_sid=about.service_sid,
        destination=about.destination,
        date_due=job.due_at if job.state == JobState.PENDING else None,
        date_created=job.date_created,
    )
