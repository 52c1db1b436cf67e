"""`/Services/{KS}/PhoneNumbers` and `/Services/{KS}/ShortCodes`."""

from __future__ import annotations

from typing import Any, Final

from falcon.asgi import Request, Response

from maskline.api.paging import by_link, kept, listed
from maskline.api.resource import ProxyResource, answer, created, gone
from maskline.env import Env
from maskline.model.clock import iso
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.page import Page
from maskline.proxy import pool, services
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.numbers import PoolFilter

#: More sessions than any number has.
MAX_IN_USE: Final = 2_147_483_647


class Pool(ProxyResource):
    """A Service's numbers of one kind."""

    def __init__(self, env: Env, store: Store, kind: NumberKind) -> None:
        super().__init__(env, store)
        self._kind = kind
        phone = kind is NumberKind.PHONE
        self._path, self._key = (
            ("PhoneNumbers", "phone_numbers") if phone else ("ShortCodes", "short_codes")
        )

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists them, all or those that are reserved or not, and that so many sessions use."""
        account, query, request = self.account(req), self.query(req), self.page_request(req)
        reserved, in_use = query.boolean("IsReserved"), query.integer("InUse", 0, MAX_IN_USE)
        narrow = None
        if (reserved, in_use) != (None, None):
            narrow, request = PoolFilter(reserved, in_use), by_link(query, request)

        async def read(tx: Transaction) -> Page[Number]:
            service = await services.find(tx, account, service_sid)
            return await tx.numbers.pool(service.sid, self._kind, request, narrow)

        page = await self.store.read(read)
        url = self._url(req, service_sid)
        filters = kept(query, "IsReserved", "InUse")
        answer(resp, listed(page, request, url, self._key, lambda one: shown(one, url), filters))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Puts one of the account's numbers into the pool."""
        account, form = self.account(req), await self.form(req)

        async def add(tx: Transaction) -> Number:
            service = await services.find(tx, account, service_sid)
            return await pool.add(self.env, tx, service, self._kind, form)

        number = await self.store.transact(add)
        created(resp, shown(number, self._url(req, service_sid)))

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)

        async def read(tx: Transaction) -> Number:
            service = await services.find(tx, account, service_sid)
            return await pool.find(tx, service, self._kind, sid)

        number = await self.store.read(read)
        answer(resp, shown(number, self._url(req, service_sid)))

    async def on_post(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Reserves or releases one."""
        account, form = self.account(req), await self.form(req)

        async def update(tx: Transaction) -> Number:
            service = await services.find(tx, account, service_sid)
            return await pool.update(self.env, tx, service, self._kind, sid, form)

        number = await self.store.transact(update)
        answer(resp, shown(number, self._url(req, service_sid)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Takes one out of the pool."""
        account = self.account(req)

        async def remove(tx: Transaction) -> None:
            service = await services.find(tx, account, service_sid)
            await pool.remove(tx, service, self._kind, sid)

        await self.store.transact(remove)
        gone(resp)

    def _url(self, req: Request, service_sid: str) -> str:
        return f"{self.services_url(req)}/{service_sid}/{self._path}"


def shown(number: Number, pool_url: str) -> dict[str, Any]:
    """The resource. A short code has neither friendly name nor `in_use`."""
    head = {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "service_sid": number.service_sid,
        "date_created": iso(number.pool_created),
        "date_updated": iso(number.pool_updated),
    }
    tail = {
        "iso_country": number.iso_country,
        "capabilities": _capabilities(number.capabilities),
        "url": f"{pool_url}/{number.sid}",
        "is_reserved": bool(number.is_reserved),
    }
    if number.kind == NumberKind.SHORT_CODE:
        return head | {"short_code": number.number} | tail
    names = {"phone_number": number.number, "friendly_name": number.friendly_name}
    return head | names | tail | {"in_use": number.in_use}


def _capabilities(capabilities: int) -> dict[str, bool]:
    """The flat form of the real API: each way by itself, and what is confined to the country."""
    have = Capability(capabilities)
    shown = {
        f"{name}_{way}": capability in have
        for name, capability in (
            ("sms", Capability.SMS),
            ("mms", Capability.MMS),
            ("voice", Capability.VOICE),
            ("fax", Capability.FAX),
        )
        for way in ("inbound", "outbound")
    }
    shown["sip_trunking"] = False
    for name in ("sms", "mms", "voice", "fax"):
        shown[f"restriction_{name}_domestic"] = False
    return shown
