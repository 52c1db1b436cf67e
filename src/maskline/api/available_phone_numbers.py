"""`/Accounts/{AC}/AvailablePhoneNumbers/{country}`: what carriers could give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped
from maskline.api.resource import CoreResource, account_uri, answer
from maskline.env import Env
from maskline.model.number import Capability
from maskline.model.page import Page, PageRequest
from maskline.numbers.e164 import NumberType, friendly
from maskline.proxy import number_search
from maskline.proxy.inventory import Offer
from maskline.proxy.number_source import NumberSource
from maskline.store.contract import Store


class AvailablePhoneNumbers(CoreResource):
    """Numbers of one kind that can be bought."""

    def __init__(
        self, env: Env, store: Store, sources: Sequence[NumberSource], path: str, kind: NumberType
    ) -> None:
        super().__init__(env, store)
        self._sources = sources
        self._path = path
        self._kind = kind

    async def on_get(self, req: Request, resp: Response, account_sid: str, country: str) -> None:
        """Searches for some: one page, drawn anew each time."""
        search = number_search.search_of(self.query(req), country, self._kind)
        found = await number_search.find(self._sources, search)
        offers = await self.store.read(lambda tx: number_search.free(tx, found))
        uri = f"{account_uri(account_sid)}/AvailablePhoneNumbers/{country}/{self._path}.json"
        request = PageRequest(size=search.limit)
        page = Page(offers, has_next=False, has_previous=False)
        answer(
            resp,
            enveloped(
                page, request, uri, "available_phone_numbers", lambda one: shown(one, country)
            ),
        )


def shown(offer: Offer, country: str) -> dict[str, Any]:
    """The resource. Where the number stands on the map is not known."""
    have = Capability(offer.capabilities)
    return {
        "friendly_name": friendly(offer.number),
        "phone_number": offer.number,
        "lata": None,
        "locality": None,
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": None,
        "postal_code": None,
        "iso_country": country,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {
            "voice": Capability.VOICE in have,
            "sms": Capability.SMS in have,
            "mms": Capability.MMS in have,
            "fax": Capability.FAX in have,
        },
    }
