"""The mock registrar: decides at once, for tests and to learn by."""

from __future__ import annotations

from typing import Final

from maskline.a2p import review
from maskline.model.a2p import (
    Brand,
    BrandStatus,
    BrandType,
    Campaign,
    CampaignStatus,
    IdentityStatus,
    NumberStatus,
    Vetting,
    VettingProvider,
    VettingStatus,
)
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    Registration,
    TollfreeReport,
    VettingReport,
)
from maskline.model.tollfree import TollfreeStatus, TollfreeVerification

#: The score of a brand that was examined.
_SCORE: Final = 80


class MockRegistrar:
    """Approves of all brands, of toll-free verifications, and of campaigns that `review` finds no
    fault with. What it calls them is made of our own SIDs."""

    @property
    def watches(self) -> bool:
        """It never changes its mind."""
        return False

    async def brand(self, brand: Brand, *, submit: bool) -> BrandReport:
        """Approves. A brand without the secondary examination, and a person's, has no score."""
        scored = brand.brand_type == BrandType.STANDARD and not brand.skip_automatic_sec_vet
        return BrandReport(
            status=BrandStatus.APPROVED.value,
            provider_sid=brand.sid,
            tcr_id=_id("B", brand.sid),
            brand_score=_SCORE if scored else None,
            identity_status=(
                IdentityStatus.VETTED_VERIFIED if scored else IdentityStatus.VERIFIED
            ).value,
            russell_3000=0,
            government_entity=0,
            errors=(),
        )

    async def passcode(self, brand: Brand) -> None:
        """Sends nothing."""

    async def vetting(self, vetting: Vetting, brand: Brand, *, submit: bool) -> VettingReport:
        """Approves. Campaign Verify gives no score."""
        scored = vetting.vetting_provider == VettingProvider.AEGIS
        return VettingReport(
            VettingStatus.SUCCESS.value,
            provider_sid=vetting.sid,
            brand_score=_SCORE if scored else None,
        )

    async def campaign(
        self, campaign: Campaign, brand: Brand | None, *, submit: bool
    ) -> CampaignReport:
        """Approves, or says what a reviewer would find."""
        found = review.findings(campaign)
        if found:
            return CampaignReport(CampaignStatus.FAILED.value, campaign.sid, errors=tuple(found))
        return CampaignReport(
            campaign_status=CampaignStatus.VERIFIED.value,
            provider_sid=campaign.sid,
            campaign_id=campaign.campaign_id or _id("C", campaign.sid),
            errors=(),
        )

    async def campaign_left(self, what: Registration) -> None:
        """Has kept nothing."""

    async def number(self, number: str, campaign: Campaign) -> NumberReport:
        """Registers it."""
        return NumberReport(NumberStatus.REGISTERED.value)

    async def number_left(self, what: Registration) -> None:
        """Has kept nothing."""

    async def tollfree(self, verification: TollfreeVerification, *, submit: bool) -> TollfreeReport:
        """Approves."""
        return TollfreeReport(
            TollfreeStatus.APPROVED.value, provider_sid=verification.sid, rejections=()
        )

    async def tollfree_left(self, what: Registration) -> None:
        """Has kept nothing."""


def _id(letter: str, sid: str) -> str:
    """A name in the registry's form: a letter and six more characters."""
    return letter + sid[-6:].upper()
