"""Messaging Services: a pool of senders, and how messages through it behave."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

#: Seconds that a message may wait to be sent: the most, and what holds when nothing is said.
MAX_VALIDITY: Final = 36_000


class ScanContent(StrEnum):
    """Reserved by Twilio: kept and shown."""

    INHERIT = "inherit"
    ENABLE = "enable"
    DISABLE = "disable"


class Usecase(StrEnum):
    """What a service's messages are for."""

    NOTIFICATIONS = "notifications"
    MARKETING = "marketing"
    VERIFICATION = "verification"
    DISCUSSION = "discussion"
    POLL = "poll"
    UNDECLARED = "undeclared"


class MessagingService(msgspec.Struct, frozen=True):
    """A Messaging Service. Its switches are 0 or 1, `validity_period` is in seconds.

    While `use_inbound_webhook_on_number` is 1 it defers: what comes in at its numbers is handled
    as if they were in no Messaging Service. While `advanced_opt_out` is 1, it knows opt-out words
    by lists of its own, and an opt-out is from all its senders. `us_app_to_person_registered` is 1
    while its campaign is verified.
    """

    sid: str
    account_sid: str
    friendly_name: str
    date_created: int
    date_updated: int
    inbound_request_url: str | None = None
    inbound_method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    sticky_sender: int = 1
    mms_converter: int = 1
    smart_encoding: int = 1
    scan_message_content: str = ScanContent.INHERIT.value
    fallback_to_long_code: int = 1
    area_code_geomatch: int = 1
    synchronous_validation: int = 0
    validity_period: int = MAX_VALIDITY
    usecase: str = Usecase.UNDECLARED.value
    use_inbound_webhook_on_number: int = 0
    advanced_opt_out: int = 0
    us_app_to_person_registered: int = 0
