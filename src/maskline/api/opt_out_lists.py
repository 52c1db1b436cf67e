"""`/messaging/v1/Services/{MG}/AdvancedOptOut`, which is ours: a Messaging Service's own opt-out
words and answers. At Twilio, they are kept in its console alone."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.messaging import opt_out_lists
from maskline.model.messaging_service import MessagingService
from maskline.model.opt_out_list import OptOutList


class AdvancedOptOut(MessagingResource):
    """Whether a Messaging Service has lists of its own."""

    async def on_get(self, req: Request, resp: Response, service_sid: str) -> None:
        """Says so."""
        account = self.account(req)
        service = await self.store.read(
            lambda tx: opt_out_lists.find_service(tx, account, service_sid)
        )
        answer(resp, self._shown(req, service))

    async def on_post(self, req: Request, resp: Response, service_sid: str) -> None:
        """Turns it on or off."""
        account, form = self.account(req), await self.form(req)
        service = await self.store.transact(
            lambda tx: opt_out_lists.switch(self.env, tx, account, service_sid, form)
        )
        answer(resp, self._shown(req, service))

    def _shown(self, req: Request, service: MessagingService) -> dict[str, Any]:
        url = f"{self.services_url(req)}/{service.sid}/AdvancedOptOut"
        return {
            "account_sid": service.account_sid,
            "service_sid": service.sid,
            "enabled": bool(service.advanced_opt_out),
            "links": {"lists": f"{url}/Lists"},
            "url": url,
        }


class OptOutLists(MessagingResource):
    """A Messaging Service's lists, by language and country."""

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists them, narrowed by `IsoCountryCode`."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        page = await self.store.read(
            lambda tx: opt_out_lists.page(tx, account, service_sid, query, request)
        )
        url, filters = self._url(req, service_sid), kept(query, "IsoCountryCode")
        answer(resp, listed(page, request, url, "lists", lambda one: shown(one, url), filters))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Adds one."""
        account, form = self.account(req), await self.form(req)
        made = await self.store.transact(
            lambda tx: opt_out_lists.create(self.env, tx, account, service_sid, form)
        )
        created(resp, shown(made, self._url(req, service_sid)))

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        found = await self.store.read(lambda tx: opt_out_lists.find(tx, account, service_sid, sid))
        answer(resp, shown(found, self._url(req, service_sid)))

    async def on_post(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Changes one's words and answers."""
        account, form = self.account(req), await self.form(req)
        changed = await self.store.transact(
            lambda tx: opt_out_lists.update(self.env, tx, account, service_sid, sid, form)
        )
        answer(resp, shown(changed, self._url(req, service_sid)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Deletes one."""
        account = self.account(req)
        await self.store.transact(lambda tx: opt_out_lists.remove(tx, account, service_sid, sid))
        gone(resp)

    def _url(self, req: Request, service_sid: str) -> str:
        return f"{self.services_url(req)}/{service_sid}/AdvancedOptOut/Lists"


def shown(one: OptOutList, lists_url: str) -> dict[str, Any]:
    """The resource."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "service_sid": one.messaging_service_sid,
        **opt_out_lists.described(one),
        "url": f"{lists_url}/{one.sid}",
    }
