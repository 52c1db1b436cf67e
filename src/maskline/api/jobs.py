"""`/monitor/v1/Jobs`, which is ours: what waits to be done, and what was given up."""

from __future__ import annotations

from typing import Any

import msgspec
from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import Resource, answer, gone
from maskline.messaging import dead_letters
from maskline.model.clock import iso
from maskline.model.job import Job, JobState


class Jobs(Resource):
    """Jobs. They are shown without what they carry: no text, no number of a person."""

    product = "/monitor"
    largest_page = 1000

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them, newest first: those of a `State`, dead letters by default, and a `Kind`."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        page = await self.store.read(lambda tx: dead_letters.page(tx, account, query, request))
        url = self._url(req)
        filters = kept(query, "State", "Kind")
        answer(resp, listed(page, request, url, "jobs", lambda one: shown(one, url), filters))

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        job = await self.store.read(lambda tx: dead_letters.find(tx, account, sid))
        answer(resp, shown(job, self._url(req)))

    async def on_post(self, req: Request, resp: Response, sid: str) -> None:
        """Has a dead letter tried again, or removes it, as `Action` says."""
        account, form = self.account(req), await self.form(req)
        job = await self.store.transact(
            lambda tx: dead_letters.act(self.env, tx, account, sid, form)
        )
        if job is None:
            gone(resp)
        else:
            answer(resp, shown(job, self._url(req)))

    def _url(self, req: Request) -> str:
        return f"{self.base(req)}/v1/Jobs"


def shown(job: Job, jobs_url: str) -> dict[str, Any]:
    """The resource."""
    return {
        "sid": job.sid,
        "account_sid": job.account_sid,
        "kind": job.kind,
        "state": job.state,
        "attempts": job.attempts,
        "last_error": job.last_error or None,
        **msgspec.structs.asdict(dead_letters.subject(job)),
        "date_due": iso(job.due_at) if job.state == JobState.PENDING else None,
        "date_created": iso(job.date_created),
        "url": f"{jobs_url}/{job.sid}",
    }
