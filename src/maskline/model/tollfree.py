"""Toll-free verification: what the United States ask of a toll-free number that sends messages."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec


class TollfreeStatus(StrEnum):
    """How far it is. An unverified toll-free number's messages fail with 30032."""

    PENDING_REVIEW = "PENDING_REVIEW"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "TWILIO_APPROVED"
    REJECTED = "TWILIO_REJECTED"


#: Fields that name a person or lead to one.
PERSONAL: Final = (
    "notification_email",
    "business_contact_first_name",
    "business_contact_last_name",
    "business_contact_email",
    "business_contact_phone",
    "business_registration_phone_number",
)


class Rejection(msgspec.Struct, frozen=True):
    """One reason why it was turned down."""

    code: int
    reason: str = ""


class TollfreeVerification(msgspec.Struct, frozen=True):
    """A toll-free number's verification.

    `details_json` are the fields that the business filled in, by the names of Twilio's resource.
    While it is rejected, `edit_allowed` says whether it may be changed and handed in again, until
    `edit_expiration` (ms). `registrar`, `provider_sid` and the submissions are
    as a brand's.
    """

    sid: str
    account_sid: str
    tollfree_phone_number_sid: str
    tollfree_phone_number: str
    status: str
    registrar: str
    details_json: str
    date_created: int
    date_updated: int
    external_reference_id: str | None = None
    customer_profile_sid: str | None = None
    trust_product_sid: str | None = None
    regulated_item_sid: str | None = None
    rejections_json: str = "[]"
    edit_allowed: int | None = None
    edit_expiration: int | None = None
    provider_sid: str | None = None
    submissions: int = 1
    submitted: int = 0

    @property
    def details(self) -> dict[str, Any]:
        """What the business filled in."""
        return _details(self.details_json)

    @property
    def rejections(self) -> list[Rejection]:
        """Why it was turned down."""
        return _rejections(self.rejections_json)


_details: Final = msgspec.json.Decoder(dict[str, Any]).decode
_rejections: Final = msgspec.json.Decoder(list[Rejection]).decode
