"""`/Services`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import ProxyResource, answer, created, gone
from maskline.model.clock import iso
from maskline.model.page import Page
from maskline.model.service import Service
from maskline.proxy import services
from maskline.proxy.services import MAX_NAME
from maskline.store.contract import Transaction


class Services(ProxyResource):
    """The account's Services."""

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them, all or the one of a name."""
        account, query, request = self.account(req), self.query(req), self.page_request(req)
        url, name = self.services_url(req), query.text("UniqueName", MAX_NAME)

        async def read(tx: Transaction) -> Page[Service]:
            if name is not None:
                return await tx.services.named_page(account, name, request)
            return await tx.services.page(account, request)

        page = await self.store.read(read)
        filters = kept(query, "UniqueName")
        answer(resp, listed(page, request, url, "services", lambda one: shown(one, url), filters))

    async def on_post_list(self, req: Request, resp: Response) -> None:
        """Creates one."""
        account, form = self.account(req), await self.form(req)
        service = await self.store.transact(
            lambda tx: services.create(self.env, tx, account, form, req.prefix)
        )
        created(resp, shown(service, self.services_url(req)))

    async def on_get(self, req: Request, resp: Response, service_sid: str) -> None:
        """Fetches one, by SID or unique name."""
        account = self.account(req)
        service = await self.store.read(lambda tx: services.fetch(tx, account, service_sid))
        answer(resp, shown(service, self.services_url(req)))

    async def on_post(self, req: Request, resp: Response, service_sid: str) -> None:
        """Updates one."""
        account, form = self.account(req), await self.form(req)
        service = await self.store.transact(
            lambda tx: services.update(self.env, tx, account, service_sid, form, req.prefix)
        )
        answer(resp, shown(service, self.services_url(req)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str) -> None:
        """Deletes one with all that is in it."""
        account = self.account(req)
        await self.store.transact(
            lambda tx: services.delete(self.env, tx, account, service_sid), long=True
        )
        gone(resp)


def shown(service: Service, services_url: str) -> dict[str, Any]:
    """The resource."""
    url = f"{services_url}/{service.sid}"
    return {
        "sid": service.sid,
        "unique_name": service.unique_name,
        "account_sid": service.account_sid,
        "chat_instance_sid": service.chat_instance_sid,
        "callback_url": service.callback_url,
        "default_ttl": service.default_ttl,
        "number_selection_behavior": service.number_selection_behavior,
        "geo_match_level": service.geo_match_level,
        "intercept_callback_url": service.intercept_callback_url,
        "out_of_session_callback_url": service.out_of_session_callback_url,
        "date_created": iso(service.date_created),
        "date_updated": iso(service.date_updated),
        "url": url,
        "links": {
            "sessions": f"{url}/Sessions",
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
        },
    }
