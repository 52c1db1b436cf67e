"""`/Services/{KS}/Sessions/{KC}/Interactions`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import listed
from maskline.api.resource import answer, gone
from maskline.api.session_resource import SessionResource, find_session
from maskline.model import sid as sids
from maskline.model.clock import iso
from maskline.model.errors import not_found
from maskline.model.interaction import Interaction
from maskline.model.page import Page
from maskline.proxy.callbacks import resource_url
from maskline.proxy.switches import check_hold
from maskline.store.contract import Transaction


class Interactions(SessionResource):
    """What passed through a session."""

    async def on_get_list(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Lists them."""
        account, request = self.account(req), self.page_request(req)

        async def read(tx: Transaction) -> Page[Interaction]:
            _, session = await find_session(tx, account, service_sid, session_sid)
            return await tx.interactions.page(session.sid, request)

        page = await self.store.read(read)
        url, root = self._url(req, service_sid, session_sid), self.root(req)
        answer(resp, listed(page, request, url, "interactions", lambda one: shown(one, url, root)))

    async def on_get(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, sid: str
    ) -> None:
        """Fetches one."""
        account = self.account(req)

        async def read(tx: Transaction) -> Interaction:
            _, session = await find_session(tx, account, service_sid, session_sid)
            interaction = await tx.interactions.get(sid, session.sid)
            if interaction is None:
                raise not_found("Interaction")
            return interaction

        interaction = await self.store.read(read)
        url = self._url(req, service_sid, session_sid)
        answer(resp, shown(interaction, url, self.root(req)))

    async def on_delete(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, sid: str
    ) -> None:
        """Deletes one. The messages or calls that it tells of stay."""
        account = self.account(req)

        async def delete(tx: Transaction) -> None:
            _, session = await find_session(tx, account, service_sid, session_sid)
            await check_hold(tx, account)
            if not await tx.interactions.delete(sid, session.sid):
                raise not_found("Interaction")

        await self.store.transact(delete)
        gone(resp)

    def _url(self, req: Request, service_sid: str, session_sid: str) -> str:
        return f"{self.session_url(req, service_sid, session_sid)}/Interactions"


def shown(one: Interaction, interactions_url: str, root: str, **more: Any) -> dict[str, Any]:
    """The resource. `root` is the server's address, `more` fields that follow the type."""
    return {
        "sid": one.sid,
        "session_sid": one.session_sid,
        "service_sid": one.service_sid,
        "account_sid": one.account_sid,
        "data": one.data,
        "type": one.type,
        **more,
        "inbound_participant_sid": one.inbound_participant_sid,
        "inbound_resource_sid": one.inbound_resource_sid,
        "inbound_resource_status": one.inbound_resource_status,
        "inbound_resource_type": _type(one.inbound_resource_sid),
        "inbound_resource_url": _url(one, one.inbound_resource_sid, root),
        "outbound_participant_sid": one.outbound_participant_sid,
        "outbound_resource_sid": one.outbound_resource_sid,
        "outbound_resource_status": one.outbound_resource_status,
        "outbound_resource_type": _type(one.outbound_resource_sid),
        "outbound_resource_url": _url(one, one.outbound_resource_sid, root),
        "date_created": iso(one.date_created),
        "date_updated": iso(one.date_updated),
        "url": f"{interactions_url}/{one.sid}",
    }


def _type(resource_sid: str | None) -> str | None:
    if resource_sid is None:
        return None
    return "Call" if resource_sid.startswith(sids.CALL) else "Message"


def _url(one: Interaction, resource_sid: str | None, root: str) -> str | None:
    return None if resource_sid is None else resource_url(root, one.account_sid, resource_sid)
