"""`/Services/{KS}/Sessions/{KC}/Participants/{KP}/MessageInteractions`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api import interactions
from maskline.api.paging import listed
from maskline.api.resource import answer
from maskline.api.session_resource import SessionResource, find_session
from maskline.messaging import outbound
from maskline.model.errors import not_found
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.page import Page
from maskline.proxy import participants
from maskline.store.contract import Transaction


class MessageInteractions(SessionResource):
    """What the application sent to a participant."""

    async def on_get_list(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, participant_sid: str
    ) -> None:
        """Lists them."""
        account, request = self.account(req), self.page_request(req)

        async def read(tx: Transaction) -> Page[Interaction]:
            _, session = await find_session(tx, account, service_sid, session_sid)
            person = await participants.find(tx, session, participant_sid)
            return await tx.interactions.sent_to(session.sid, person.sid, request)

        page = await self.store.read(read)
        url, root = self._url(req, service_sid, session_sid, participant_sid), self.root(req)
        answer(resp, listed(page, request, url, "interactions", lambda one: shown(one, url, root)))

    async def on_post_list(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, participant_sid: str
    ) -> None:
        """Sends a message; 200, as the real API answers."""
        account, form = self.account(req), await self.form(req)

        async def send(tx: Transaction) -> Interaction:
            service, session = await find_session(tx, account, service_sid, session_sid)
            person = await participants.find(tx, session, participant_sid)
            return await outbound.send(self.env, tx, service, session, person, form)

        interaction = await self.store.transact(send)
        self.env.trace.arrived(interaction.sid, "message", {"maskline.outcome": "relayed"})
        url = self._url(req, service_sid, session_sid, participant_sid)
        answer(resp, shown(interaction, url, self.root(req)))

    async def on_get(
        self,
        req: Request,
        resp: Response,
        service_sid: str,
        session_sid: str,
        participant_sid: str,
        sid: str,
    ) -> None:
        """Fetches one."""
        account = self.account(req)

        async def read(tx: Transaction) -> Interaction:
            _, session = await find_session(tx, account, service_sid, session_sid)
            person = await participants.find(tx, session, participant_sid)
            one = await tx.interactions.get(sid, session.sid)
            if one is None or not _was_sent_to(one, person.sid):
                raise not_found("MessageInteraction")
            return one

        interaction = await self.store.read(read)
        url = self._url(req, service_sid, session_sid, participant_sid)
        answer(resp, shown(interaction, url, self.root(req)))

    def _url(self, req: Request, service_sid: str, session_sid: str, participant_sid: str) -> str:
        session_url = self.session_url(req, service_sid, session_sid)
        return f"{session_url}/Participants/{participant_sid}/MessageInteractions"


def shown(one: Interaction, url: str, root: str) -> dict[str, Any]:
    """The resource."""
    return interactions.shown(one, url, root, participant_sid=one.outbound_participant_sid)


def _was_sent_to(one: Interaction, participant_sid: str) -> bool:
    return (
        one.type == InteractionType.MESSAGE
        and one.inbound_participant_sid is None
        and one.outbound_participant_sid == participant_sid
    )
