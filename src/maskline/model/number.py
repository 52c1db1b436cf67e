"""Numbers that an account owns: phone numbers and short codes, and their place in a pool."""

from __future__ import annotations

from enum import IntFlag, StrEnum
from typing import Final

import msgspec


class Capability(IntFlag):
    """What a number can do, both ways."""

    VOICE = 1
    SMS = 2
    MMS = 4
    FAX = 8


class NumberKind(StrEnum):
    """The two resources that a number can be."""

    PHONE = "phone"
    SHORT_CODE = "short-code"


class Number(msgspec.Struct, frozen=True):
    """A number in the inventory.

    `number` is E.164, or the digits of a short code. The pool columns are empty (`service_sid`
    is null) while the number is in no Proxy Service. `reach` is the voice and SMS part of
    `capabilities`, kept apart because the allocator's index is built on it. `messaging_since` is
    when it joined its Messaging Service; `diverted` is 1 while that service does not defer, so that
    inbound messages are the service's; `advanced_opt_out` is 1 while that service has opt-out lists
    of its own. `campaign_sid` is the A2P campaign that it is bound to, which is its Messaging
    Service's, and `a2p_status` how far its registration is (`NumberStatus` of
    `maskline.model.a2p`): "" without one.
    """

    sid: str
    account_sid: str
    kind: str
    number: str
    friendly_name: str
    carrier: str
    iso_country: str
    dial_class: str
    area_code: str
    capabilities: int
    reach: int
    service_sid: str | None
    is_reserved: int
    in_use: int
    pool_created: int | None
    pool_updated: int | None
    date_created: int
    date_updated: int
    messaging_service_sid: str | None = None
    messaging_since: int | None = None
    diverted: int = 0
    advanced_opt_out: int = 0
    campaign_sid: str | None = None
    a2p_status: str = ""


class NumberHooks(msgspec.Struct, frozen=True):
    """The webhook settings of an `IncomingPhoneNumber`, one to one with its parameters.

    `sms_stop_filter` is ours: null leaves the STOP filter to the kind of number.
    """

    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms_application_sid: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    voice_application_sid: str = ""
    voice_caller_id_lookup: bool = False
    voice_receive_mode: str = "voice"
    status_callback: str = ""
    status_callback_method: str = "POST"
    trunk_sid: str = ""
    address_sid: str = ""
    identity_sid: str = ""
    bundle_sid: str = ""
    emergency_status: str = "Inactive"
    emergency_address_sid: str = ""
    sms_stop_filter: bool | None = None


ALL_CAPABILITIES: Final = int(Capability.VOICE | Capability.SMS | Capability.MMS)
REACH: Final = int(Capability.VOICE | Capability.SMS)
