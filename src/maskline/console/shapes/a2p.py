"""A2P 10DLC: who is registered in the United States, for what, and how much of it is used."""

from __future__ import annotations

from typing import Literal

import msgspec


class FindingView(msgspec.Struct, frozen=True):
    """What has to be put right before masked messages are sent, and what to do."""

    check: str
    state: Literal["ok", "warn", "bad"]
    says: str
    advice: str
    details: list[str]


class DayView(msgspec.Struct, frozen=True):
    """How much of a brand's day is used with T-Mobile, in segments, and when that ends (ms)."""

    used: int
    amount: int
    ends: int


class BrandView(msgspec.Struct, frozen=True):
    """A company. `by_hand`: an operator says what came of its registration, which may then become
    one of `next`. `day` is null where T-Mobile's segments are not counted."""

    sid: str
    brand_type: str
    status: str
    registrar: str
    by_hand: bool
    mock: bool
    tcr_id: str | None
    brand_score: int | None
    identity_status: str | None
    errors: list[str]
    next: list[str]
    day: DayView | None
    date_created: int


class CampaignView(msgspec.Struct, frozen=True):
    """What a brand sends by a Messaging Service. `numbers` are bound to it. `att_tpm` is segments a
    minute to AT&T, of each number where `att_per_number`; `att_busy` how many of the campaign's
    are taken at this moment, null where they are each number's or not counted."""

    sid: str
    service_sid: str
    service_name: str | None
    brand_sid: str | None
    status: str
    usecase: str
    campaign_id: str | None
    registrar: str
    by_hand: bool
    external: bool
    errors: list[str]
    next: list[str]
    numbers: int
    att_class: str
    att_tpm: int
    att_per_number: bool
    att_busy: int | None
    tmobile_tier: str
    date_created: int


class A2p(msgspec.Struct, frozen=True):
    """All of an account. Of a campaign, `most_numbers` are taken by T-Mobile unasked; beyond that,
    `advice` says what to do. `usecases` are those that a company may register."""

    registrar: str
    findings: list[FindingView]
    brands: list[BrandView]
    campaigns: list[CampaignView]
    most_numbers: int
    advice: str
    usecases: list[str]
    may_change: bool


class BoundNumber(msgspec.Struct, frozen=True):
    """A number under a campaign: `status` "pending", "registered", "failed", or "" where it needs
    none, such as one of another country."""

    sid: str
    number: str
    status: str


class CampaignDetail(msgspec.Struct, frozen=True):
    """A campaign with what was handed in, and its numbers. `may_correct`: it failed, and can be
    handed in again."""

    campaign: CampaignView
    description: str
    message_flow: str
    samples: list[str]
    has_links: bool
    has_phone: bool
    privacy_policy_url: str
    terms_url: str
    may_correct: bool
    numbers: list[BoundNumber]


class NewBrand(msgspec.Struct, frozen=True):
    """The company's profiles at the registrar, and what kind it is."""

    customer_profile_sid: str
    a2p_profile_sid: str
    brand_type: str = "STANDARD"
    mock: bool = False


class CampaignTexts(msgspec.Struct, frozen=True):
    """What a reviewer reads. Of one that is corrected, an address that is "" stays as it was."""

    description: str
    message_flow: str
    samples: list[str]
    has_links: bool
    has_phone: bool
    privacy_policy_url: str = ""
    terms_url: str = ""


class NewCampaign(CampaignTexts, frozen=True, kw_only=True):
    """What is handed in for a Messaging Service's numbers."""

    service_sid: str
    brand_sid: str
    usecase: str


class ExternalCampaign(msgspec.Struct, frozen=True):
    """One that was registered elsewhere, by its id at the registry."""

    service_sid: str
    campaign_id: str


class BrandReport(msgspec.Struct, frozen=True):
    """What the registry decided of a brand. Null leaves what is known; `error` says why it
    failed."""

    status: str
    tcr_id: str | None = None
    brand_score: int | None = None
    tmobile_daily_cap: int | None = None
    error: str | None = None


class CampaignReport(msgspec.Struct, frozen=True):
    """What the registry decided of a campaign. Null leaves what is known."""

    status: str
    campaign_id: str | None = None
    usecase: str | None = None
    error: str | None = None
