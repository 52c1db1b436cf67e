"""`/messaging/v1/Services/{MG}/PhoneNumbers` and `/ShortCodes`."""

from __future__ import annotations

from typing import Any, Final

from falcon.asgi import Request, Response

from maskline.api.paging import listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.env import Env
from maskline.messaging import senders
from maskline.model.clock import iso
from maskline.model.number import Capability, Number, NumberKind
from maskline.store.contract import Store

_NAMES: Final = ((Capability.VOICE, "Voice"), (Capability.SMS, "SMS"), (Capability.MMS, "MMS"))


class Senders(MessagingResource):
    """A Messaging Service's numbers of one kind."""

    def __init__(self, env: Env, store: Store, kind: NumberKind) -> None:
        super().__init__(env, store)
        self._kind = kind
        phone = kind is NumberKind.PHONE
        self._path, self._key = (
            ("PhoneNumbers", "phone_numbers") if phone else ("ShortCodes", "short_codes")
        )

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists them."""
        account, request = self.account(req), self.page_request(req)
        page = await self.store.read(
            lambda tx: senders.page(tx, account, service_sid, self._kind, request)
        )
        url = self._url(req, service_sid)
        answer(resp, listed(page, request, url, self._key, lambda one: shown(one, url)))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Puts one of the account's numbers into the service."""
        account, form = self.account(req), await self.form(req)
        number = await self.store.transact(
            lambda tx: senders.add(self.env, tx, account, service_sid, self._kind, form)
        )
        created(resp, shown(number, self._url(req, service_sid)))

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        number = await self.store.read(
            lambda tx: senders.find(tx, account, service_sid, self._kind, sid)
        )
        answer(resp, shown(number, self._url(req, service_sid)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Takes one out of the service."""
        account = self.account(req)
        await self.store.transact(
            lambda tx: senders.remove(self.env, tx, account, service_sid, self._kind, sid)
        )
        gone(resp)

    def _url(self, req: Request, service_sid: str) -> str:
        return f"{self.services_url(req)}/{service_sid}/{self._path}"


def shown(number: Number, senders_url: str) -> dict[str, Any]:
    """The resource. Its dates are those of its being in the service, which nothing changes."""
    have = Capability(number.capabilities)
    name = "phone_number" if number.kind == NumberKind.PHONE else "short_code"
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "service_sid": number.messaging_service_sid,
        "date_created": iso(number.messaging_since),
        "date_updated": iso(number.messaging_since),
        name: number.number,
        "country_code": number.iso_country,
        "capabilities": [text for capability, text in _NAMES if capability in have],
        "url": f"{senders_url}/{number.sid}",
    }
