"""A2P campaigns, and the numbers bound to them."""

from __future__ import annotations

from maskline.model.a2p import Campaign, CampaignStatus, NumberStatus
from maskline.model.number import Number
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Registering, row

_VERIFIED = CampaignStatus.VERIFIED.value


class Campaigns(Registering):
    """What is registered. A Messaging Service has one at most, and says by itself whether it is
    verified: whatever changes the one changes the other here."""

    __slots__ = ()

    async def add(self, campaign: Campaign) -> None:
        """Adds it."""
        await self._x.run("campaign_add", *row(campaign))
        await self._mark(campaign)

    async def get(self, sid: str, account_sid: str) -> Campaign | None:
        """The account's campaign with that SID."""
        return await self._one(Campaign, "campaign_get", sid, account_sid)

    async def peek(self, sid: str) -> Campaign | None:
        """The campaign with that SID, whosever it is, without keeping others from changing it."""
        return await self._one(Campaign, "campaign_peek", sid)

    async def page(self, account_sid: str, request: PageRequest) -> Page[Campaign]:
        """The account's campaigns."""
        return await self._page(Campaign, "campaign_page", request, account_sid)

    async def of_service(self, messaging_service_sid: str) -> Campaign | None:
        """The Messaging Service's campaign."""
        return await self._one(Campaign, "campaign_of_service", messaging_service_sid)

    async def of_brand(self, brand_sid: str) -> list[Campaign]:
        """The brand's campaigns."""
        return await self._all(Campaign, "campaign_of_brand", brand_sid)

    async def update(self, campaign: Campaign) -> None:
        """Writes it whole."""
        await self._x.run("campaign_update", *row(campaign))
        await self._mark(campaign)

    async def delete(self, campaign: Campaign) -> None:
        """Deletes it; its numbers are bound to none."""
        await self._x.run("campaign_delete", campaign.sid)
        await self._unbinds_all(campaign.messaging_service_sid)
        await self._x.run("campaign_mark", campaign.messaging_service_sid, 0)
        await self._registers()

    async def numbers(self, messaging_service_sid: str) -> list[Number]:
        """All numbers of the Messaging Service, bound or not."""
        return await self._all(Number, "campaign_numbers", messaging_service_sid)

    async def bound(self, campaign: Campaign) -> int:
        """How many numbers are bound to it, however far they are registered."""
        found = await self._x.one(
            "campaign_number_count", campaign.messaging_service_sid, campaign.sid
        )
        return int(found[0]) if found else 0

    async def bind(self, number_sid: str, campaign_sid: str, status: NumberStatus) -> None:
        """Binds a number to a campaign, or says how far it is registered there now."""
        await self._x.run("campaign_bind", number_sid, campaign_sid, status.value)
        await self._registers()

    async def _mark(self, campaign: Campaign) -> None:
        is_verified = int(campaign.campaign_status == _VERIFIED)
        await self._x.run("campaign_mark", campaign.messaging_service_sid, is_verified)
        await self._registers()
