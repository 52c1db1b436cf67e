"""`/Services/{KS}/Sessions`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import by_link, kept, listed
from maskline.api.resource import ProxyResource, answer, created, gone
from maskline.model.clock import iso
from maskline.model.page import Page
from maskline.model.session import ACTIVE, Session, SessionStatus
from maskline.proxy import services, sessions
from maskline.proxy.services import MAX_NAME
from maskline.store.contract import Transaction


class Sessions(ProxyResource):
    """The sessions of a Service."""

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists them, all or those of one name or status."""
        account, query, request = self.account(req), self.query(req), self.page_request(req)
        name = query.text("UniqueName", MAX_NAME)
        status = query.choice("Status", SessionStatus) or ""
        if name is None and status in ACTIVE:
            request = by_link(query, request)

        async def read(tx: Transaction) -> Page[Session]:
            service = await services.find(tx, account, service_sid)
            if name is not None:
                return await tx.sessions.named_page(service.sid, name, request, status)
            return await tx.sessions.page(service.sid, request, status)

        page = await self.store.read(read)
        url = self._url(req, service_sid)
        filters = kept(query, "UniqueName", "Status")
        answer(resp, listed(page, request, url, "sessions", lambda one: shown(one, url), filters))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Creates one, with its participants when they are sent."""
        account, form = self.account(req), await self.form(req)

        async def create(tx: Transaction) -> Session:
            service = await services.find(tx, account, service_sid)
            return await sessions.create(self.env, tx, service, form)

        session = await self.store.transact(create)
        created(resp, shown(session, self._url(req, service_sid)))

    async def on_get(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Fetches one, by SID or unique name."""
        account = self.account(req)

        async def read(tx: Transaction) -> Session:
            service = await services.find(tx, account, service_sid)
            return await sessions.fetch(tx, service, session_sid)

        session = await self.store.read(read)
        answer(resp, shown(session, self._url(req, service_sid)))

    async def on_post(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Changes when it ends, closes or re-opens it."""
        account, form = self.account(req), await self.form(req)

        async def update(tx: Transaction) -> Session:
            service = await services.find(tx, account, service_sid)
            return await sessions.update(self.env, tx, service, session_sid, form)

        session = await self.store.transact(update)
        answer(resp, shown(session, self._url(req, service_sid)))

    async def on_delete(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Deletes it with its participants and interactions."""
        account = self.account(req)

        async def delete(tx: Transaction) -> None:
            service = await services.find(tx, account, service_sid)
            await sessions.delete(self.env, tx, service, session_sid)

        await self.store.transact(delete)
        gone(resp)

    def _url(self, req: Request, service_sid: str) -> str:
        return f"{self.services_url(req)}/{service_sid}/Sessions"


def shown(session: Session, sessions_url: str) -> dict[str, Any]:
    """The resource."""
    url = f"{sessions_url}/{session.sid}"
    return {
        "sid": session.sid,
        "service_sid": session.service_sid,
        "account_sid": session.account_sid,
        "date_started": iso(session.date_started),
        "date_ended": iso(session.date_ended),
        "date_last_interaction": iso(session.date_last_interaction),
        "date_expiry": iso(session.date_expiry),
        "unique_name": session.unique_name,
        "status": session.status,
        "closed_reason": session.closed_reason,
        "ttl": session.ttl,
        "mode": session.mode,
        "date_created": iso(session.date_created),
        "date_updated": iso(session.date_updated),
        "url": url,
        "links": {
            "interactions": f"{url}/Interactions",
            "participants": f"{url}/Participants",
        },
    }
