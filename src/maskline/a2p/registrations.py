"""Which numbers are registered, and on what terms they may send."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from maskline.a2p.limits import Limits
from maskline.a2p.throughput import throughput
from maskline.model.a2p import Brand, BrandStatus, Campaign, CampaignStatus, NumberStatus
from maskline.model.registration import Registration, Terms
from maskline.store.contract import Transaction

#: What carriers answer to a number's messages, by how far it is: nothing when it is registered.
_NUMBERS: Final = MappingProxyType(
    {NumberStatus.REGISTERED.value: 0, NumberStatus.FAILED.value: 30034}
)
UNREGISTERED: Final = 30034
PENDING: Final = 30035
SUSPENDED: Final = 30033


async def read(tx: Transaction, limits: Limits) -> dict[str, Registration]:
    """All registrations by number."""
    numbers = await tx.registrations.numbers()
    if not numbers:
        return {}
    brands = {brand.sid: brand for brand in await tx.registrations.brands()}
    found = {}
    for campaign in await tx.registrations.campaigns():
        brand = brands.get(campaign.brand_registration_sid)
        found[campaign.sid] = (campaign, brand, terms(campaign, brand, limits))
    return {
        one.number: Registration(of[2], code(of[0], of[1], one.status))
        for one in numbers
        if (of := found.get(one.campaign_sid)) is not None
    }


async def of_number(tx: Transaction, number: str, limits: Limits) -> Registration | None:
    """A number's, as it is at this moment; null for one that is bound to no campaign."""
    bound = await tx.registrations.number(number)
    campaign = None if bound is None else await tx.registrations.campaign(bound.campaign_sid)
    if bound is None or campaign is None:
        return None
    brand = await tx.registrations.brand(campaign.brand_registration_sid)
    return Registration(terms(campaign, brand, limits), code(campaign, brand, bound.status))


def terms(campaign: Campaign, brand: Brand | None, limits: Limits) -> Terms:
    """What carriers allow a campaign. A brand that is known by its name in the registry shares its
    day with all of that name, whichever account they are in."""
    found = throughput(campaign, brand, limits)
    named = campaign.brand_registration_sid or campaign.sid
    return Terms(
        account_sid=campaign.account_sid,
        campaign_sid=campaign.sid,
        brand_sid=None if brand is None else brand.sid,
        brand_key=(brand and brand.tcr_id) or named,
        sms_tpm=found.att_tpm,
        mms_tpm=found.att_mms_tpm,
        per_number=found.att_per_number,
        daily_cap=found.tmobile_daily_cap,
    )


def code(campaign: Campaign, brand: Brand | None, status: str) -> int:
    """What carriers answer to the messages of a number that is bound to a campaign; 0 when it may
    send."""
    if campaign.campaign_status == CampaignStatus.SUSPENDED or (
        brand is not None and brand.status == BrandStatus.SUSPENDED
    ):
        return SUSPENDED
    if campaign.campaign_status == CampaignStatus.FAILED:
        return UNREGISTERED
    if campaign.campaign_status != CampaignStatus.VERIFIED:
        return PENDING
    return _NUMBERS.get(status, PENDING)
