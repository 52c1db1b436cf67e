"""`/Accounts/{AC}/IncomingPhoneNumbers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import by_link, enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, created, gone
from maskline.env import Env
from maskline.model.clock import rfc2822
from maskline.model.number import Capability
from maskline.numbers.e164 import NumberType, number_type
from maskline.proxy import inventory
from maskline.proxy.number_source import NumberSource
from maskline.store.contract import Store
from maskline.store.repositories.numbers import Configured


class IncomingPhoneNumbers(CoreResource):
    """The account's phone numbers."""

    def __init__(self, env: Env, store: Store, sources: Sequence[NumberSource]) -> None:
        super().__init__(env, store)
        self._sources = sources

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        await self._list(req, resp, account_sid, None, "")

    async def on_get_local(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists local ones."""
        await self._list(req, resp, account_sid, NumberType.local, "/Local")

    async def on_get_mobile(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists mobile ones."""
        await self._list(req, resp, account_sid, NumberType.mobile, "/Mobile")

    async def on_get_toll_free(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists toll-free ones."""
        await self._list(req, resp, account_sid, NumberType.toll_free, "/TollFree")

    async def _list(
        self,
        req: Request,
        resp: Response,
        account_sid: str,
        kind: NumberType | None,
        path: str,
    ) -> None:
        query, request = self.query(req), self.page_request(req)
        if kind is not None:
            request = by_link(query, request)
        narrow = inventory.narrow(query, kind)
        page = await self.store.read(lambda tx: inventory.page(tx, account_sid, narrow, request))
        uri = f"{account_uri(account_sid)}/IncomingPhoneNumbers{path}.json"
        filters = kept(query, "Beta", "FriendlyName", "PhoneNumber", "Origin")
        answer(
            resp,
            enveloped(page, request, uri, "incoming_phone_numbers", self._shown, filters),
        )

    async def on_post_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Buys one from a carrier that has it."""
        await self._buy(req, resp, account_sid, None)

    async def on_post_local(self, req: Request, resp: Response, account_sid: str) -> None:
        """Buys a local one."""
        await self._buy(req, resp, account_sid, NumberType.local)

    async def on_post_mobile(self, req: Request, resp: Response, account_sid: str) -> None:
        """Buys a mobile one."""
        await self._buy(req, resp, account_sid, NumberType.mobile)

    async def on_post_toll_free(self, req: Request, resp: Response, account_sid: str) -> None:
        """Buys a toll-free one."""
        await self._buy(req, resp, account_sid, NumberType.toll_free)

    async def on_get(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Fetches one."""
        held = await self.store.read(lambda tx: inventory.find(tx, account_sid, sid))
        answer(resp, self._shown(held))

    async def on_post(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Configures one."""
        form = await self.form(req)
        held = await self.store.transact(
            lambda tx: inventory.update(self.env, tx, account_sid, sid, form)
        )
        answer(resp, self._shown(held))

    async def on_delete(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Gives one back."""
        await self.store.transact(lambda tx: inventory.release(tx, account_sid, sid))
        gone(resp)

    async def _buy(
        self, req: Request, resp: Response, account_sid: str, kind: NumberType | None
    ) -> None:
        wish = inventory.wanted(self.env, await self.form(req), kind)
        # The carrier is asked outside the transaction, which may wait for nothing but the store.
        offers = await inventory.offers(self._sources, wish)
        held = await self.store.transact(
            lambda tx: inventory.buy(self.env, tx, account_sid, wish, offers)
        )
        created(resp, self._shown(held))

    def _shown(self, held: Configured) -> dict[str, Any]:
        return shown(held, self.env.settings.base_url)


def shown(held: Configured, base: str) -> dict[str, Any]:
    """The resource. `base` is the server's address, by which carriers reach it."""
    number, hooks = held.number, inventory.in_force(held, base)
    have = Capability(number.capabilities)
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "phone_number": number.number,
        "friendly_name": number.friendly_name,
        "capabilities": {
            "voice": Capability.VOICE in have,
            "sms": Capability.SMS in have,
            "mms": Capability.MMS in have,
            "fax": Capability.FAX in have,
        },
        "status": "in-use",
        "type": number_type(number.number).value,
        "origin": inventory.Origin.TWILIO.value,
        "beta": False,
        "api_version": "2010-04-01",
        "sms_url": hooks.sms_url,
        "sms_method": hooks.sms_method,
        "sms_fallback_url": hooks.sms_fallback_url,
        "sms_fallback_method": hooks.sms_fallback_method,
        "sms_application_sid": hooks.sms_application_sid,
        "voice_url": hooks.voice_url,
        "voice_method": hooks.voice_method,
        "voice_fallback_url": hooks.voice_fallback_url,
        "voice_fallback_method": hooks.voice_fallback_method,
        "voice_application_sid": hooks.voice_application_sid,
        "voice_caller_id_lookup": hooks.voice_caller_id_lookup,
        "voice_receive_mode": hooks.voice_receive_mode,
        "status_callback": hooks.status_callback,
        "status_callback_method": hooks.status_callback_method,
        "trunk_sid": hooks.trunk_sid or None,
        "address_requirements": "none",
        "address_sid": hooks.address_sid or None,
        "identity_sid": hooks.identity_sid or None,
        "bundle_sid": hooks.bundle_sid or None,
        "emergency_status": hooks.emergency_status,
        "emergency_address_sid": hooks.emergency_address_sid or None,
        "emergency_address_status": "unregistered",
        "sms_stop_filter": hooks.sms_stop_filter is not False,
        "date_created": rfc2822(number.date_created),
        "date_updated": rfc2822(number.date_updated),
        "uri": f"{account_uri(number.account_sid)}/IncomingPhoneNumbers/{number.sid}.json",
    }
