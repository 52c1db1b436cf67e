"""Registrars: who hands brands, campaigns and numbers in to the Campaign Registry, and what they
report. Null in a report says nothing, so that what is known stays."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from maskline.model.a2p import Brand, Campaign, RegistrationError, Vetting
from maskline.model.tollfree import Rejection, TollfreeVerification


class BrandReport(msgspec.Struct, frozen=True):
    """How far a brand is. The fields are the brand's."""

    status: str
    provider_sid: str | None = None
    tcr_id: str | None = None
    brand_score: int | None = None
    identity_status: str | None = None
    russell_3000: int | None = None
    government_entity: int | None = None
    tax_exempt_status: str | None = None
    tmobile_daily_cap: int | None = None
    errors: tuple[RegistrationError, ...] | None = None


class VettingReport(msgspec.Struct, frozen=True):
    """How far an examination is, and the score that the brand was given by it."""

    vetting_status: str
    provider_sid: str | None = None
    vetting_class: str | None = None
    brand_score: int | None = None


class CampaignReport(msgspec.Struct, frozen=True):
    """How far a campaign is. The fields are the campaign's."""

    campaign_status: str
    provider_sid: str | None = None
    provider_service_sid: str | None = None
    campaign_id: str | None = None
    att_class: str | None = None
    att_tpm: int | None = None
    tmobile_tier: str | None = None
    tmobile_daily_cap: int | None = None
    us_app_to_person_usecase: str | None = None
    errors: tuple[RegistrationError, ...] | None = None


class NumberReport(msgspec.Struct, frozen=True):
    """How far a number is under its campaign, and if it failed, why."""

    a2p_status: str
    error: str = ""


class TollfreeReport(msgspec.Struct, frozen=True):
    """How far a toll-free verification is. The fields are the verification's."""

    status: str
    provider_sid: str | None = None
    trust_product_sid: str | None = None
    regulated_item_sid: str | None = None
    edit_allowed: int | None = None
    edit_expiration: int | None = None
    rejections: tuple[Rejection, ...] | None = None


class RegistrarUnavailable(Exception):
    """The registrar can't be asked now, or does not accept our credentials: to be tried again. The
    text holds no secret, number or body."""


class Registration(msgspec.Struct, frozen=True):
    """What a registrar is to be told or asked: the payload of a job.

    `sid` names the record; `submission` is the one that the job was made for, so that it ends when
    there is a later one. `service_sid` is our Messaging Service, `number` E.164, and the provider's
    names are those of records that may be gone by then.
    """

    registrar: str
    kind: str
    sid: str
    submission: int = 1
    service_sid: str | None = None
    number: str | None = None
    provider_sid: str | None = None
    provider_service_sid: str | None = None


class RegistrationKind(StrEnum):
    """What a registration job is about; those that end in `_left` take something back."""

    BRAND = "brand"
    PASSCODE = "passcode"
    VETTING = "vetting"
    CAMPAIGN = "campaign"
    CAMPAIGN_LEFT = "campaign-left"
    NUMBER = "number"
    NUMBER_LEFT = "number-left"
    TOLLFREE = "tollfree"
    TOLLFREE_LEFT = "tollfree-left"


class Registrar(Protocol):
    """One registrar. Everything may be asked twice, after a crash for example, and must come to the
    same: what may have been handed in before is looked for first. All raise RegistrarUnavailable.

    `submit` says that this submission was not handed in yet, as far as is known; else it is only
    asked how far the record is.
    """

    @property
    def watches(self) -> bool:
        """Whether a decision may change later, so that it is worth asking again."""

    async def brand(self, brand: Brand, *, submit: bool) -> BrandReport:
        """Hands a brand in, or asks."""

    async def passcode(self, brand: Brand) -> None:
        """Has a sole proprietor sent a new code by SMS."""

    async def vetting(self, vetting: Vetting, brand: Brand, *, submit: bool) -> VettingReport:
        """Hands an examination's token in, or asks."""

    async def campaign(
        self, campaign: Campaign, brand: Brand | None, *, submit: bool
    ) -> CampaignReport:
        """Hands a campaign in, or asks. The brand is null where the campaign was registered
        elsewhere."""

    async def campaign_left(self, what: Registration) -> None:
        """Takes a campaign back, if there is one."""

    async def number(self, number: str, campaign: Campaign) -> NumberReport:
        """Puts a number under a campaign."""

    async def number_left(self, what: Registration) -> None:
        """Takes a number out of its campaign, if it is in it."""

    async def tollfree(self, verification: TollfreeVerification, *, submit: bool) -> TollfreeReport:
        """Hands a toll-free verification in, or asks."""

    async def tollfree_left(self, what: Registration) -> None:
        """Takes a verification back, if there is one."""
