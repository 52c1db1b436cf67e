"""A2P 10DLC: who registered as a sender of messages in the United States, and for what.

A brand is the company, a campaign what it sends; a campaign belongs to one Messaging Service and
covers the long codes in it. The fields are those of Twilio's `BrandRegistrations`, `Vettings` and
`UsAppToPerson` resources. Lists are kept as JSON, in columns that end in `_json`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

#: Registrars that are no carrier: an operator who says what was registered elsewhere, and one that
#: approves of everything, for tests. Numbers are registered with the campaign itself there.
MANUAL: Final = "manual"
MOCK: Final = "mock"


class BrandType(StrEnum):
    """`SOLE_PROPRIETOR` is for people without a tax number."""

    STANDARD = "STANDARD"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"


class BrandStatus(StrEnum):
    """How far a brand's registration is; `maskline.a2p.life_cycle` has the ways between."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    FAILED = "FAILED"
    IN_REVIEW = "IN_REVIEW"
    DELETION_PENDING = "DELETION_PENDING"
    DELETION_FAILED = "DELETION_FAILED"
    SUSPENDED = "SUSPENDED"


class IdentityStatus(StrEnum):
    """How well it is known who the brand is."""

    SELF_DECLARED = "SELF_DECLARED"
    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    VETTED_VERIFIED = "VETTED_VERIFIED"


_CONFIRMED: Final = frozenset({IdentityStatus.VERIFIED.value, IdentityStatus.VETTED_VERIFIED.value})


class VettingProvider(StrEnum):
    """Who else examines brands."""

    CAMPAIGN_VERIFY = "campaign-verify"
    AEGIS = "aegis"


class VettingStatus(StrEnum):
    """How far an examination is."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class CampaignStatus(StrEnum):
    """How far a campaign's registration is. Only `VERIFIED` lets its numbers send."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    SUSPENDED = "SUSPENDED"


class CampaignUsecase(StrEnum):
    """What a campaign is for. `PROXY` is what number masking is registered as."""

    TWO_FACTOR = "2FA"
    ACCOUNT_NOTIFICATION = "ACCOUNT_NOTIFICATION"
    AGENTS_FRANCHISES = "AGENTS_FRANCHISES"
    CHARITY = "CHARITY"
    CUSTOMER_CARE = "CUSTOMER_CARE"
    DELIVERY_NOTIFICATION = "DELIVERY_NOTIFICATION"
    EMERGENCY = "EMERGENCY"
    FRAUD_ALERT = "FRAUD_ALERT"
    HIGHER_EDUCATION = "HIGHER_EDUCATION"
    K12_EDUCATION = "K12_EDUCATION"
    LOW_VOLUME = "LOW_VOLUME"
    MARKETING = "MARKETING"
    MIXED = "MIXED"
    POLITICAL = "POLITICAL"
    POLLING_VOTING = "POLLING_VOTING"
    PROXY = "PROXY"
    PUBLIC_SERVICE_ANNOUNCEMENT = "PUBLIC_SERVICE_ANNOUNCEMENT"
    SECURITY_ALERT = "SECURITY_ALERT"
    SOCIAL = "SOCIAL"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
    SWEEPSTAKE = "SWEEPSTAKE"


class NumberStatus(StrEnum):
    """How far a long code's registration under its campaign is. In no campaign it is `NONE`;
    messages from one that is `PENDING` may fail with 30035, from one that `FAILED` with 30034."""

    NONE = ""
    PENDING = "pending"
    REGISTERED = "registered"
    FAILED = "failed"


class RegistrationError(msgspec.Struct, frozen=True):
    """Why a registration failed, as Twilio's `errors` say it. `fields` are the registry's names,
    for example `MESSAGE_FLOW`."""

    error_code: int
    description: str = ""
    fields: tuple[str, ...] = ()


class Brand(msgspec.Struct, frozen=True):
    """A company that is registered, or will be.

    `registrar` is who registers it: `manual`, `mock`, or a carrier's name; `provider_sid` is the
    brand's name there, null until it is known. `brand_score` is 0 to 100. `tmobile_daily_cap` is
    how many segments a day T-Mobile takes of it, where that is known better than by its score.
    `submissions` counts how often it is to be handed in, `submitted` how often it was.
    `date_passcode` is when a sole proprietor was last to be sent a code.
    """

    sid: str
    account_sid: str
    customer_profile_bundle_sid: str
    a2p_profile_bundle_sid: str
    brand_type: str
    status: str
    registrar: str
    date_created: int
    date_updated: int
    mock: int = 0
    skip_automatic_sec_vet: int = 0
    tcr_id: str | None = None
    brand_score: int | None = None
    identity_status: str | None = None
    russell_3000: int | None = None
    government_entity: int | None = None
    tax_exempt_status: str | None = None
    errors_json: str = "[]"
    tmobile_daily_cap: int | None = None
    provider_sid: str | None = None
    submissions: int = 1
    submitted: int = 0
    date_passcode: int | None = None

    @property
    def errors(self) -> list[RegistrationError]:
        """Why it failed, or what would raise its score."""
        return read_errors(self.errors_json)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether it is a person's who has still to answer the code that they are sent."""
        return (
            self.brand_type == BrandType.SOLE_PROPRIETOR and self.identity_status not in _CONFIRMED
        )


class Vetting(msgspec.Struct, frozen=True):
    """A brand's examination by a third party. `vetting_id` is the examiner's token, `brand_score`
    the score that the brand was given by it, null where none is known."""

    sid: str
    account_sid: str
    brand_sid: str
    vetting_provider: str
    vetting_id: str | None
    vetting_class: str
    vetting_status: str
    date_created: int
    date_updated: int
    provider_sid: str | None = None
    brand_score: int | None = None


class Campaign(msgspec.Struct, frozen=True):
    """What a brand sends, registered for the numbers of one Messaging Service.

    `campaign_id` is the Campaign Registry's. `registrar`, `provider_sid` and the submissions are as
    a brand's, and `provider_service_sid` is the Messaging Service's name there. What carriers allow
    is null where only the use case and the brand's score tell (`maskline.a2p.throughput`):
    `att_class` is AT&T's message class, one letter; `att_tpm` segments a minute to AT&T, of a
    number or of the campaign as the class has it; `tmobile_tier` and `tmobile_daily_cap`, segments
    a day, are the brand's as the registrar reported them with this campaign. One that is registered
    elsewhere has no brand, use case or texts here: they are "".
    """

    sid: str
    account_sid: str
    messaging_service_sid: str
    brand_registration_sid: str
    registrar: str
    campaign_status: str
    us_app_to_person_usecase: str
    description: str
    message_flow: str
    message_samples_json: str
    has_embedded_links: int
    has_embedded_phone: int
    date_created: int
    date_updated: int
    subscriber_opt_in: int = 0
    age_gated: int = 0
    direct_lending: int = 0
    opt_in_message: str | None = None
    opt_out_message: str | None = None
    help_message: str | None = None
    opt_in_keywords_json: str = "[]"
    opt_out_keywords_json: str = "[]"
    help_keywords_json: str = "[]"
    privacy_policy_url: str | None = None
    terms_and_conditions_url: str | None = None
    campaign_id: str | None = None
    is_externally_registered: int = 0
    mock: int = 0
    errors_json: str = "[]"
    att_class: str | None = None
    att_tpm: int | None = None
    tmobile_tier: str | None = None
    tmobile_daily_cap: int | None = None
    provider_sid: str | None = None
    provider_service_sid: str | None = None
    submissions: int = 1
    submitted: int = 0

    @property
    def errors(self) -> list[RegistrationError]:
        """Why it failed."""
        return read_errors(self.errors_json)

    @property
    def message_samples(self) -> list[str]:
        """What its messages look like."""
        return read_texts(self.message_samples_json)

    @property
    def keywords(self) -> tuple[list[str], list[str], list[str]]:
        """Words that opt in, opt out, and ask for help."""
        return (
            read_texts(self.opt_in_keywords_json),
            read_texts(self.opt_out_keywords_json),
            read_texts(self.help_keywords_json),
        )


_texts: Final = msgspec.json.Decoder(list[str]).decode
_errors: Final = msgspec.json.Decoder(list[RegistrationError]).decode


def read_texts(text: str) -> list[str]:
    """A list of texts out of its column."""
    return _texts(text)


def read_errors(text: str) -> list[RegistrationError]:
    """A list of errors out of its column."""
    return _errors(text)


def written(items: Any) -> str:
    """A list as its column holds it."""
    return msgspec.json.encode(items).decode()
