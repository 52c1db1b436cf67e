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


class VettingView(msgspec.Struct, frozen=True):
    """A brand's examination by a third party. `score` is the one that it gave the brand, null where
    none is known. By hand, it may become one of `next`."""

    sid: str
    provider: str
    vetting_class: str
    status: str
    score: int | None
    next: list[str]
    date_created: int
    date_updated: int


class ScoreStep(msgspec.Struct, frozen=True):
    """What a brand gets from a score on: segments a day with T-Mobile, and of dedicated content
    segments a minute with AT&T."""

    least: int
    tmobile_tier: str
    tmobile_daily_cap: int
    att_class: str
    att_tpm: int


class PasscodeView(msgspec.Struct, frozen=True):
    """How far a sole proprietor has confirmed their brand by answering a text. `asked` is when one
    was last to be sent anew."""

    state: Literal["waits", "confirmed", "ended"]
    may_send: bool
    asked: int | None


class BrandDetail(msgspec.Struct, frozen=True):
    """A brand with its examinations, newest first, and what may be asked of it. `tmobile_tier` and
    `tmobile_daily_cap` hold now; where they are `reported`, the score does not tell them. `steps`
    are empty, and `passcode` is not null, for a sole proprietor."""

    brand: BrandView
    vettings: list[VettingView]
    providers: list[str]
    tmobile_tier: str
    tmobile_daily_cap: int
    reported: bool
    steps: list[ScoreStep]
    passcode: PasscodeView | None


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


class SaidAnswer(msgspec.Struct, frozen=True):
    """An answer that a Messaging Service's long codes give in the United States, and the words to
    which they give it."""

    message: str
    words: list[str]


class KindAnswers(msgspec.Struct, frozen=True):
    """All answers to one kind of word; `words` and `message` are what is true to register of
    them."""

    kind: Literal["opt-out", "opt-in", "help"]
    words: list[str]
    message: str
    all: list[SaidAnswer]


class ServiceAnswers(msgspec.Struct, frozen=True):
    """What a Messaging Service answers by itself: `own` by lists of its own. Where a program
    answers, `kinds` are empty."""

    own: bool
    kinds: list[KindAnswers]


class RegisteredAnswer(msgspec.Struct, frozen=True):
    """What was registered of one kind of word. The numbers do otherwise where there are `unknown`
    words, which they do not take for it, or `sent` answers, which are not `message`."""

    kind: Literal["opt-out", "opt-in", "help"]
    words: list[str]
    message: str
    unknown: list[str]
    sent: list[str]


class CampaignDetail(msgspec.Struct, frozen=True):
    """A campaign with what was handed in, and its numbers. `may_correct`: it failed, and can be
    handed in again. `answers` are empty where it was registered elsewhere; `compared` says whether
    it is known here what its numbers answer."""

    campaign: CampaignView
    description: str
    message_flow: str
    samples: list[str]
    has_links: bool
    has_phone: bool
    privacy_policy_url: str
    terms_url: str
    answers: list[RegisteredAnswer]
    compared: bool
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
    """What is handed in for a Messaging Service's numbers. Of opting in, opting out and asking for
    help it may say which words do it, and what is answered; "" says nothing."""

    service_sid: str
    brand_sid: str
    usecase: str
    opt_in_keywords: list[str] = msgspec.field(default_factory=list)
    opt_out_keywords: list[str] = msgspec.field(default_factory=list)
    help_keywords: list[str] = msgspec.field(default_factory=list)
    opt_in_message: str = ""
    opt_out_message: str = ""
    help_message: str = ""


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
    identity_status: str | None = None
    tmobile_daily_cap: int | None = None
    error: str | None = None


class NewVetting(msgspec.Struct, frozen=True):
    """Who is to examine the brand, and the token that they gave out for it, if they do."""

    provider: str
    token: str = ""


class VettingReport(msgspec.Struct, frozen=True):
    """What an examination came to, and the score that the brand was given by it."""

    status: str
    score: int | None = None


class CampaignReport(msgspec.Struct, frozen=True):
    """What the registry decided of a campaign. Null leaves what is known."""

    status: str
    campaign_id: str | None = None
    usecase: str | None = None
    error: str | None = None
