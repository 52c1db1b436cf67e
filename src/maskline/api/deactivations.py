"""`/messaging/v1/Deactivations`, and the file that it leads to."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from falcon.asgi import Request, Response

from maskline.api.forms import read_query
from maskline.api.resource import MessagingResource, answer
from maskline.env import Env
from maskline.messaging import deactivations
from maskline.messaging.deactivations import Ticket
from maskline.model.clock import iso
from maskline.model.errors import not_found
from maskline.store.contract import Store

_MOST: Final = 2**53


class Deactivations(MessagingResource):
    """The day's numbers that are nobody's any more."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Leads to the file of a day, which needs no credentials for two minutes."""
        account, query = self.account(req), self.query(req)
        ticket = await self.store.read(
            lambda tx: deactivations.ticket(self.env, tx, account, query)
        )
        parameters = urlencode(
            {
                "AccountSid": ticket.account_sid,
                "Expires": ticket.expires,
                "Signature": ticket.signature,
            }
        )
        day = (iso(ticket.day) or "")[:10]
        url = f"{self.base(req)}/v1/Deactivations/{day}?{parameters}"
        answer(resp, {"redirect_to": url})
        resp.status = 307
        resp.location = url


class DeactivationsFile:
    """A day's file, for whoever was led to it."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store

    async def on_get(self, req: Request, resp: Response, day: str) -> None:
        """One number a line."""
        query = read_query(req, 20001)
        moment = query.over({"Date": [day]}).moment("Date")
        expires = query.integer("Expires", 0, _MOST)
        account_sid = query.text("AccountSid", 255)
        signature = query.text("Signature", 255)
        if None in (moment, expires, account_sid, signature):
            raise not_found("Deactivations")
        ticket = Ticket(account_sid or "", moment or 0, expires or 0, signature or "")
        found = await self._store.read(lambda tx: deactivations.numbers(self._env, tx, ticket))
        resp.content_type = "text/csv; charset=utf-8"
        resp.set_header("Cache-Control", "private, no-store")
        resp.text = "".join(f"{number}\n" for number in found)
