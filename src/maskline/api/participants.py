"""`/Services/{KS}/Sessions/{KC}/Participants`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import answer, created
from maskline.api.session_resource import SessionResource, find_session
from maskline.model.clock import iso
from maskline.model.page import Page
from maskline.model.participant import Participant
from maskline.proxy import participants
from maskline.store.contract import Transaction


class Participants(SessionResource):
    """The participants of a session, those that were removed too."""

    async def on_get_list(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Lists them, all or the one with an identifier."""
        account, query, request = self.account(req), self.query(req), self.page_request(req)
        identifier = query.text("Identifier", 191)

        async def read(tx: Transaction) -> Page[Participant]:
            _, session = await find_session(tx, account, service_sid, session_sid)
            return await participants.page(tx, session, identifier, request)

        page = await self.store.read(read)
        url = self._url(req, service_sid, session_sid)
        filters = kept(query, "Identifier")
        body = listed(page, request, url, "participants", lambda one: shown(one, url), filters)
        answer(resp, body)

    async def on_post_list(
        self, req: Request, resp: Response, service_sid: str, session_sid: str
    ) -> None:
        """Adds one."""
        account, form = self.account(req), await self.form(req)

        async def add(tx: Transaction) -> Participant:
            service, session = await find_session(tx, account, service_sid, session_sid)
            wanted, fail = participants.candidate(form), participants.fails_on_conflict(form)
            return await participants.add(self.env, tx, service, session, wanted, fail=fail)

        person = await self.store.transact(add)
        created(resp, shown(person, self._url(req, service_sid, session_sid)))

    async def on_get(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, participant_sid: str
    ) -> None:
        """Fetches one."""
        account = self.account(req)

        async def read(tx: Transaction) -> Participant:
            _, session = await find_session(tx, account, service_sid, session_sid)
            return await participants.find(tx, session, participant_sid)

        person = await self.store.read(read)
        answer(resp, shown(person, self._url(req, service_sid, session_sid)))

    async def on_delete(
        self, req: Request, resp: Response, service_sid: str, session_sid: str, participant_sid: str
    ) -> None:
        """Removes one for good; answers with what stays on record."""
        account = self.account(req)

        async def remove(tx: Transaction) -> Participant:
            _, session = await find_session(tx, account, service_sid, session_sid)
            return await participants.remove(self.env, tx, session, participant_sid)

        person = await self.store.transact(remove)
        answer(resp, shown(person, self._url(req, service_sid, session_sid)))

    def _url(self, req: Request, service_sid: str, session_sid: str) -> str:
        return f"{self.session_url(req, service_sid, session_sid)}/Participants"


def shown(person: Participant, participants_url: str) -> dict[str, Any]:
    """The resource."""
    url = f"{participants_url}/{person.sid}"
    return {
        "sid": person.sid,
        "session_sid": person.session_sid,
        "service_sid": person.service_sid,
        "account_sid": person.account_sid,
        "friendly_name": person.friendly_name,
        "identifier": person.identifier,
        "proxy_identifier": person.proxy_identifier,
        "proxy_identifier_sid": person.proxy_identifier_sid,
        "date_deleted": iso(person.date_deleted),
        "date_created": iso(person.date_created),
        "date_updated": iso(person.date_updated),
        "url": url,
        "links": {"message_interactions": f"{url}/MessageInteractions"},
    }
