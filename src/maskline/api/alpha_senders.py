"""`/messaging/v1/Services/{MG}/AlphaSenders`, `/DestinationAlphaSenders` and `/ChannelSenders`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.env import Env
from maskline.messaging import alpha_senders
from maskline.messaging.opt_out_lists import country_named, find_service
from maskline.model import sid as sids
from maskline.model.alpha_sender import AlphaSender
from maskline.model.clock import iso
from maskline.model.errors import not_found
from maskline.model.page import Page
from maskline.store.contract import Store


class AlphaSenders(MessagingResource):
    """A Messaging Service's names: those for all countries, or of `destinations` too."""

    def __init__(self, env: Env, store: Store, *, destinations: bool) -> None:
        super().__init__(env, store)
        self._default = not destinations
        self._path = "DestinationAlphaSenders" if destinations else "AlphaSenders"

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists them."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        country = "" if self._default else country_named(query)
        page = await self.store.read(
            lambda tx: alpha_senders.page(tx, account, service_sid, country, request)
        )
        url = self._url(req, service_sid)
        filters = () if self._default else kept(query, "IsoCountryCode")
        answer(
            resp,
            listed(page, request, url, "alpha_senders", lambda one: self._shown(one, url), filters),
        )

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Adds a name."""
        account, form = self.account(req), await self.form(req)
        country = "" if self._default else country_named(form) or ""
        sender = await self.store.transact(
            lambda tx: alpha_senders.add(self.env, tx, account, service_sid, country, form)
        )
        created(resp, self._shown(sender, self._url(req, service_sid)))

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Fetches one."""
        account, default = self.account(req), self._default
        sender = await self.store.read(
            lambda tx: alpha_senders.find(tx, account, service_sid, sid, default=default)
        )
        answer(resp, self._shown(sender, self._url(req, service_sid)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Takes one out of the service."""
        account, default = self.account(req), self._default
        await self.store.transact(
            lambda tx: alpha_senders.remove(tx, account, service_sid, sid, default=default)
        )
        gone(resp)

    def _url(self, req: Request, service_sid: str) -> str:
        return f"{self.services_url(req)}/{service_sid}/{self._path}"

    def _shown(self, one: AlphaSender, url: str) -> dict[str, Any]:
        """The resource, which nothing changes."""
        shown: dict[str, Any] = {
            "sid": one.sid,
            "account_sid": one.account_sid,
            "service_sid": one.messaging_service_sid,
            "date_created": iso(one.date_created),
            "date_updated": iso(one.date_created),
            "alpha_sender": one.alpha_sender,
            "capabilities": ["SMS"],
            "url": f"{url}/{one.sid}",
        }
        return shown if self._default else {**shown, "iso_country_code": one.iso_country}


class ChannelSenders(MessagingResource):
    """A Messaging Service's senders of other channels. There are none: Maskline carries SMS and MMS
    alone, and keeps no sender of WhatsApp, Messenger or RCS that could be added."""

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists none."""
        account, request = self.account(req), self.page_request(req)
        await self.store.read(lambda tx: find_service(tx, account, service_sid))
        url = f"{self.services_url(req)}/{service_sid}/ChannelSenders"
        nothing: Page[dict[str, Any]] = Page([], has_next=False, has_previous=False)
        answer(resp, listed(nothing, request, url, "senders", lambda one: one))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Finds no sender of that SID."""
        account, form = self.account(req), await self.form(req)
        await self.store.read(lambda tx: find_service(tx, account, service_sid))
        sid = form.text("Sid", 255, required=True)
        if sid is None or not sids.is_sid(sid, sids.CHANNEL_SENDER):
            raise form.wrong("Sid", "must be a SID that starts with XE")
        raise not_found("ChannelSender")

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Finds none."""
        await self._none(req, service_sid)

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Finds none."""
        await self._none(req, service_sid)

    async def _none(self, req: Request, service_sid: str) -> None:
        account = self.account(req)
        await self.store.read(lambda tx: find_service(tx, account, service_sid))
        raise not_found("ChannelSender")
