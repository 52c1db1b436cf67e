"""Toll-free numbers: which are verified, and what was said of each."""

from __future__ import annotations

import msgspec

from maskline.a2p.tollfree_form import (
    Authority,
    BusinessType,
    Category,
    OptInType,
    TollfreeVetting,
)
from maskline.console.shapes.common import Number
from maskline.model.tollfree import TollfreeStatus


class RejectionView(msgspec.Struct, frozen=True):
    """Why one was turned down: the code of the error, the registrar's words, and the field that it
    is about, where that is known. `more_info` is Twilio's page on the code."""

    code: int
    reason: str
    field: str | None
    more_info: str


class VerificationRow(msgspec.Struct, frozen=True):
    """One verification. `may_correct`: it was rejected, and can be handed in again, until
    `correct_until` (ms) where that has an end."""

    sid: str
    number: str
    status: TollfreeStatus
    business_name: str
    rejections: list[RejectionView]
    may_correct: bool
    correct_until: int | None
    date_created: int
    date_updated: int


class UnverifiedNumber(msgspec.Struct, frozen=True):
    """A toll-free number without a verification, and the Proxy Service whose pool it is in."""

    sid: str
    number: str
    service_sid: str | None
    service_name: str | None


class TollFreePage(msgspec.Struct, frozen=True):
    """An account's verifications, newest first, and its toll-free numbers that have none, those in
    pools first (`more_unverified`: there are more of them). `by_hand`: an operator says what comes
    of a new one, else the `registrar` does."""

    verifications: list[VerificationRow]
    unverified: list[UnverifiedNumber]
    more_unverified: bool
    registrar: str
    by_hand: bool
    may_change: bool
    after: str | None
    before: str | None


class VerificationTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a business says of itself and of its messages. Null, "" and an empty list say nothing;
    of one that is corrected, they leave what was said."""

    business_name: str = ""
    doing_business_as: str = ""
    business_website: str = ""
    business_type: BusinessType | None = None
    business_registration_number: str = ""
    business_registration_authority: Authority | None = None
    business_registration_country: str = ""
    business_registration_phone_number: str = ""
    business_street_address: str = ""
    business_street_address2: str = ""
    business_city: str = ""
    business_state_province_region: str = ""
    business_postal_code: str = ""
    business_country: str = ""
    notification_email: str = ""
    business_contact_first_name: str = ""
    business_contact_last_name: str = ""
    business_contact_email: str = ""
    business_contact_phone: str = ""
    use_case_categories: list[Category] = []
    use_case_summary: str = ""
    production_message_sample: str = ""
    message_volume: str = ""
    age_gated_content: bool | None = None
    opt_in_type: OptInType | None = None
    opt_in_image_urls: list[str] = []
    opt_in_keywords: list[str] = []
    opt_in_confirmation_message: str = ""
    help_message_sample: str = ""
    privacy_policy_url: str = ""
    terms_and_conditions_url: str = ""
    additional_information: str = ""
    vetting_provider: TollfreeVetting | None = None
    vetting_id: str = ""


class HandedIn(VerificationTexts, frozen=True, kw_only=True):
    """What was said, but for what names a person or leads to one: that is `personal`."""


class PersonalField(msgspec.Struct, frozen=True):
    """A field that names a person or leads to one, masked."""

    field: str
    value: Number


class VerificationDetail(msgspec.Struct, frozen=True):
    """One with what was handed in. `held`: the number is still the account's; its pool is that of
    the Proxy Service. `by_hand`: an operator says what came of it, which may then become one of
    `next`. `underway`: its registrar was not reached yet. `submissions`: how often it was handed
    in."""

    verification: VerificationRow
    handed_in: HandedIn
    personal: list[PersonalField]
    number_sid: str
    held: bool
    service_sid: str | None
    service_name: str | None
    registrar: str
    by_hand: bool
    underway: bool
    submissions: int
    next: list[TollfreeStatus]
    edit_reason: str
    customer_profile_sid: str
    external_reference_id: str
    may_change: bool


class NewVerification(VerificationTexts, frozen=True, kw_only=True):
    """What is handed in for a number."""

    number_sid: str
    customer_profile_sid: str = ""
    external_reference_id: str = ""


class CorrectedVerification(VerificationTexts, frozen=True, kw_only=True):
    """What is handed in again, and what has changed."""

    edit_reason: str = ""


class VerificationReport(msgspec.Struct, frozen=True):
    """What an operator says came of one. Of one that is rejected: the codes of the errors and what
    they mean, and whether and until when (ms) it can be corrected; null leaves what is known."""

    status: str
    codes: list[int] = []
    reason: str = ""
    may_correct: bool | None = None
    correct_until: int | None = None
