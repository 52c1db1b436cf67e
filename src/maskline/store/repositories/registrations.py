"""What is registered of senders, read whole for those who send. Nothing is held."""

from __future__ import annotations

import msgspec

from maskline.model.a2p import Brand, Campaign
from maskline.model.number import Number
from maskline.store.repositories.base import REGISTRATIONS, Repository


class Bound(msgspec.Struct, frozen=True):
    """A number that is bound to a campaign, and how far it is registered there (`NumberStatus`)."""

    number: str
    campaign_sid: str
    status: str


class Registrations(Repository):
    """Numbers with a campaign, campaigns and brands of all accounts."""

    __slots__ = ()

    async def mark(self) -> int:
        """How often anything of it was changed, in whatever process."""
        found = await self._x.one("mark_get", REGISTRATIONS)
        return int(found[0]) if found else 0

    async def numbers(self) -> list[Bound]:
        """All numbers that are bound."""
        return await self._all(Bound, "registered_numbers")

    async def number(self, number: str) -> Bound | None:
        """One, if it is bound."""
        return await self._one(Bound, "registered_number", number)

    async def pooled(self, account_sid: str) -> list[Number]:
        """The account's numbers in pools of Proxy Services."""
        return await self._all(Number, "registered_pooled", account_sid)

    async def campaigns(self) -> list[Campaign]:
        """All campaigns."""
        return await self._all(Campaign, "registered_campaigns")

    async def campaign(self, sid: str) -> Campaign | None:
        """One."""
        return await self._one(Campaign, "registered_campaign", sid)

    async def brands(self) -> list[Brand]:
        """All brands."""
        return await self._all(Brand, "registered_brands")

    async def brand(self, sid: str) -> Brand | None:
        """One."""
        return await self._one(Brand, "registered_brand", sid)
