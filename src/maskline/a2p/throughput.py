"""What carriers allow a campaign, as far as its use case and its brand's score tell.

AT&T sorts campaigns into message classes, each with segments a minute; those of `G` (proxy) and `N`
(agents and franchises) hold for each number, all others for the campaign. T-Mobile gives the brand
so many segments a day, over all its campaigns. Figures and borders are the carriers' of 2026 as
providers publish them; what a registrar reports goes before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.model.a2p import Brand, BrandType, Campaign
from maskline.model.a2p import CampaignUsecase as U


class AttClass(msgspec.Struct, frozen=True):
    """A message class: segments a minute, of the campaign unless they are `per_number`."""

    sms_tpm: int
    mms_tpm: int
    per_number: bool = False


#: By class.
ATT: Final = MappingProxyType(
    {
        "A": AttClass(4500, 2400),
        "B": AttClass(4500, 2400),
        "C": AttClass(2400, 1200),
        "D": AttClass(2400, 1200),
        "E": AttClass(240, 150),
        "F": AttClass(240, 150),
        "T": AttClass(75, 50),
        "W": AttClass(15, 50),
        "G": AttClass(60, 50, per_number=True),
        "N": AttClass(60, 50, per_number=True),
        "K": AttClass(4500, 2400),
        "P": AttClass(2400, 1200),
        "S": AttClass(9000, 2400),
        "X": AttClass(4500, 2400),
        "Y": AttClass(720, 150, per_number=True),
    }
)

#: Use cases that have a class of their own.
_OWN_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {
        U.PROXY: "G",
        U.AGENTS_FRANCHISES: "N",
        U.POLITICAL: "K",
        U.CHARITY: "P",
        U.SOCIAL: "S",
        U.EMERGENCY: "X",
        U.K12_EDUCATION: "Y",
        U.LOW_VOLUME: "T",
        U.SOLE_PROPRIETOR: "W",
    }
)
#: Content that nobody declared to be of one kind gets the second of two classes.
_MIXED: Final = frozenset({U.MARKETING, U.MIXED})
#: The least score, and the classes for dedicated and mixed content from there on.
_SCORED: Final = ((75, "A", "B"), (50, "C", "D"), (0, "E", "F"))

_BEST: Final = 100

#: T-Mobile's tiers: segments a day.
TMOBILE: Final = MappingProxyType(
    {"TOP": 200_000, "HIGH_MID": 40_000, "LOW_MID": 10_000, "LOW": 2_000, "SOLE_PROPRIETOR": 1_000}
)
_TIERS: Final = ((75, "TOP"), (50, "HIGH_MID"), (25, "LOW_MID"), (0, "LOW"))


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


def throughput(campaign: Campaign, brand: Brand | None) -> Throughput:
    """A campaign's. A brand that is not known, as with campaigns that were registered elsewhere,
    counts as one without a score."""
    letter = campaign.att_class or _class_of(campaign.us_app_to_person_usecase, brand)
    # A class that is new to us is taken for the least of the standard ones.
    known = ATT.get(letter, ATT["E"])
    tier = campaign.tmobile_tier or _tier_of(brand)
    cap = (brand.tmobile_daily_cap if brand else None) or campaign.tmobile_daily_cap
    return Throughput(
        att_class=letter,
        att_tpm=campaign.att_tpm or known.sms_tpm,
        att_mms_tpm=known.mms_tpm,
        att_per_number=known.per_number,
        tmobile_tier=tier,
        tmobile_daily_cap=cap or TMOBILE.get(tier, TMOBILE["LOW"]),
    )


def _class_of(usecase: str, brand: Brand | None) -> str:
    if (own := _OWN_CLASS.get(usecase)) is not None:
        return own
    score = _score(brand)
    dedicated, mixed = next((one[1], one[2]) for one in _SCORED if score >= one[0])
    return mixed if usecase in _MIXED else dedicated


def _tier_of(brand: Brand | None) -> str:
    if brand is not None and brand.brand_type == BrandType.SOLE_PROPRIETOR:
        return "SOLE_PROPRIETOR"
    score = _score(brand)
    return next(tier for least, tier in _TIERS if score >= least)


def _score(brand: Brand | None) -> int:
    if brand is None:
        return 0
    # Those in the Russell 3000 index need no score.
    return _BEST if brand.russell_3000 else brand.brand_score or 0
