"""What carriers allow a campaign, as far as its use case and its brand's score tell.

AT&T sorts campaigns into message classes, each with segments a minute; those of `G` (proxy) and `N`
(agents and franchises) hold for each number, all others for the campaign. T-Mobile gives the brand
so many segments a day, over all its campaigns. The figures are in `limits.toml`; what a registrar
reports goes before them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import msgspec

from maskline.a2p.limits import LEAST_CLASS, LEAST_TIER, SOLE_PROPRIETOR, Limits, shipped
from maskline.model.a2p import Brand, BrandType, Campaign
from maskline.model.a2p import CampaignUsecase as U

#: The shipped figures, by class and by tier.
ATT: Final = MappingProxyType(shipped().att)
TMOBILE: Final = MappingProxyType(shipped().tmobile)
#: Content that nobody declared to be of one kind gets the second of two classes.
_MIXED: Final = frozenset({U.MARKETING.value, U.MIXED.value})
_BEST: Final = 100


class Throughput(msgspec.Struct, frozen=True):
    """What a campaign may send: `att_tpm` segments a minute to AT&T, of each number where
    `att_per_number` says so, else of the campaign; `tmobile_daily_cap` segments a day to T-Mobile,
    of the brand."""

    att_class: str
    att_tpm: int
    att_mms_tpm: int
    att_per_number: bool
    tmobile_tier: str
    tmobile_daily_cap: int


class Step(msgspec.Struct, frozen=True):
    """What a brand gets from a score on: T-Mobile's tier with its segments a day, AT&T's class of
    dedicated content with its segments a minute."""

    least: int
    tmobile_tier: str
    tmobile_daily_cap: int
    att_class: str
    att_tpm: int


def steps(limits: Limits) -> tuple[Step, ...]:
    """What scores are worth, the highest first."""
    borders = {one.least for one in limits.tiers} | {one.least for one in limits.scores}
    found = []
    for least in sorted(borders, reverse=True):
        tier = next(one.tier for one in limits.tiers if least >= one.least)
        letter = next(one.dedicated for one in limits.scores if least >= one.least)
        found.append(Step(least, tier, limits.tmobile[tier], letter, limits.att[letter].sms_tpm))
    return tuple(found)


def throughput(campaign: Campaign, brand: Brand | None, limits: Limits | None = None) -> Throughput:
    """A campaign's, by the shipped figures where no others are given. A brand that is not known, as
    with campaigns that were registered elsewhere, counts as one without a score."""
    limits = limits or shipped()
    letter = campaign.att_class or _class_of(campaign.us_app_to_person_usecase, brand, limits)
    known = limits.att.get(letter, limits.att[LEAST_CLASS])
    tier, cap = day(brand, limits, campaign)
    return Throughput(
        att_class=letter,
        att_tpm=campaign.att_tpm or known.sms_tpm,
        att_mms_tpm=known.mms_tpm,
        att_per_number=known.per_number,
        tmobile_tier=tier,
        tmobile_daily_cap=cap,
    )


def day(brand: Brand | None, limits: Limits, campaign: Campaign | None = None) -> tuple[str, int]:
    """A brand's tier with T-Mobile, and its segments a day. What was reported of it, or with a
    campaign of its, goes before what its score tells."""
    tier = (campaign.tmobile_tier if campaign else None) or _tier_of(brand, limits)
    cap = (brand.tmobile_daily_cap if brand else None) or (
        campaign.tmobile_daily_cap if campaign else None
    )
    return tier, cap or limits.tmobile.get(tier, limits.tmobile[LEAST_TIER])


def _class_of(usecase: str, brand: Brand | None, limits: Limits) -> str:
    if (own := limits.classes.get(usecase)) is not None:
        return own
    score = _score(brand)
    found = next(one for one in limits.scores if score >= one.least)
    return found.mixed if usecase in _MIXED else found.dedicated


def _tier_of(brand: Brand | None, limits: Limits) -> str:
    if brand is not None and brand.brand_type == BrandType.SOLE_PROPRIETOR:
        return SOLE_PROPRIETOR
    score = _score(brand)
    return next(one.tier for one in limits.tiers if score >= one.least)


def _score(brand: Brand | None) -> int:
    if brand is None:
        return 0
    # Those in the Russell 3000 index need no score.
    return _BEST if brand.russell_3000 else brand.brand_score or 0
