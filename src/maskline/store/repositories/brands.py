"""A2P brands and their vettings."""

from __future__ import annotations

from maskline.model.a2p import Brand, Vetting
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Registering, row


class Brands(Registering):
    """Who is registered as a sender."""

    __slots__ = ()

    async def add(self, brand: Brand) -> None:
        """Adds it."""
        await self._x.run("brand_add", *row(brand))
        await self._registers()

    async def get(self, sid: str, account_sid: str) -> Brand | None:
        """The account's brand with that SID."""
        return await self._one(Brand, "brand_get", sid, account_sid)

    async def peek(self, sid: str) -> Brand | None:
        """The brand with that SID, whosever it is."""
        return await self._one(Brand, "brand_peek", sid)

    async def page(self, account_sid: str, request: PageRequest) -> Page[Brand]:
        """The account's brands."""
        return await self._page(Brand, "brand_page", request, account_sid)

    async def update(self, brand: Brand) -> None:
        """Writes it whole."""
        await self._x.run("brand_update", *row(brand))
        await self._registers()

    async def add_vetting(self, vetting: Vetting) -> None:
        """Adds an examination."""
        await self._x.run("vetting_add", *row(vetting))

    async def vetting(self, sid: str, brand_sid: str) -> Vetting | None:
        """The brand's examination with that SID."""
        return await self._one(Vetting, "vetting_get", sid, brand_sid)

    async def vettings(self, brand_sid: str, provider: str, request: PageRequest) -> Page[Vetting]:
        """The brand's examinations, of one examiner if one is named; "" means any."""
        return await self._page(Vetting, "vetting_page", request, brand_sid, provider)

    async def update_vetting(self, vetting: Vetting) -> None:
        """Writes it whole."""
        await self._x.run("vetting_update", *row(vetting))
