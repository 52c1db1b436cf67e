"""Number search: what carriers could give, before anything is bought."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.model.form import Form
from maskline.model.number import Capability
from maskline.numbers.e164 import NumberType
from maskline.proxy.inventory import Offer
from maskline.proxy.number_source import NumberSource
from maskline.store.contract import Transaction

#: The most that a search returns, whatever page size it asks for.
MOST: Final = 30

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_AREA_CODE: Final = re.compile(r"[2-9][0-9]{2}", re.ASCII)
_CONTAINS: Final = re.compile(r"\+?[0-9*]{2,15}", re.ASCII)

#: Where numbers stand on the map is nothing that we know: better refused than left out of account.
_UNKNOWN: Final = (
    "NearNumber",
    "NearLatLong",
    "InPostalCode",
    "InRegion",
    "InRateCenter",
    "InLata",
    "InLocality",
)
_CAPABILITIES: Final = (
    ("VoiceEnabled", Capability.VOICE),
    ("SmsEnabled", Capability.SMS),
    ("MmsEnabled", Capability.MMS),
    ("FaxEnabled", Capability.FAX),
)


class Search(msgspec.Struct, frozen=True):
    """What is looked for. `needs` and `without` are `Capability` flags that a number must, or must
    not, have."""

    country: str
    kind: NumberType
    pattern: str
    needs: int
    without: int
    limit: int


def search_of(form: Form, country: str, kind: NumberType) -> Search:
    """Reads a search. Raises the form's fault for a filter that is wrong or can't be heeded."""
    for name in _UNKNOWN:
        if form.has(name):
            raise form.wrong(name, "can't be searched for on this server")
    area = form.text("AreaCode", 255)
    contains = form.text("Contains", 255)
    if area is not None and not _AREA_CODE.fullmatch(area):
        raise form.wrong("AreaCode", "must be three digits of North America, such as 415")
    if contains is not None and not _CONTAINS.fullmatch(contains):
        raise form.wrong("Contains", "must be 2 to 15 digits, with * for any digit")
    if area is not None and contains is not None:
        raise form.wrong("Contains", "can't be sent with AreaCode")
    wanted = {name: form.boolean(name) for name, _ in _CAPABILITIES}
    return Search(
        country=country,
        kind=kind,
        pattern=f"+1{area}*******" if area is not None else contains or "",
        needs=sum(flag for name, flag in _CAPABILITIES if wanted[name]),
        without=sum(flag for name, flag in _CAPABILITIES if wanted[name] is False),
        limit=min(form.integer("PageSize", 1, 1_000_000) or MOST, MOST),
    )


async def find(sources: Sequence[NumberSource], search: Search) -> list[Offer]:
    """What carriers have that fits."""
    if not _COUNTRY.fullmatch(search.country):
        return []
    found: list[Offer] = []
    for source in sources:
        stock = await source.search(search.country, search.kind, search.pattern, search.limit)
        found += [
            Offer(number, source.name, can)
            for number, can in stock.items()
            if can & search.needs == search.needs and not can & search.without
        ]
    return found[: search.limit]


async def free(tx: Transaction, offers: Sequence[Offer]) -> list[Offer]:
    """Those that nobody on this server has."""
    return [offer for offer in offers if await tx.numbers.by_number(offer.number) is None]
