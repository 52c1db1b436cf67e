"""What a program asks for when it sends a message: its form, read and checked."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging.look_alikes import replaced
from maskline.model import sid as sids
from maskline.model.clock import DAY, SECOND
from maskline.model.draft import Draft
from maskline.model.errors import Fault
from maskline.model.form import Form, is_url
from maskline.model.messaging_service import MAX_VALIDITY, MessagingService
from maskline.numbers.e164 import Validity, check, is_channel_address, is_landline, iso_country
from maskline.numbers.national import canonical

#: How far ahead a message may be scheduled, in ms.
SOONEST: Final = 900 * SECOND
LATEST: Final = 35 * DAY


class Content(StrEnum):
    """Whether the text is kept once it is on its way."""

    RETAIN = "retain"
    DISCARD = "discard"


class Address(StrEnum):
    """Whether the record shows the whole recipient."""

    RETAIN = "retain"
    OBFUSCATE = "obfuscate"


class Schedule(StrEnum):
    """How a message is scheduled."""

    FIXED = "fixed"


class RiskCheck(StrEnum):
    """Twilio's guard against pumped traffic. Accepted; there is nothing here for it to switch."""

    ENABLE = "enable"
    DISABLE = "disable"


class TrafficType(StrEnum):
    """Accepted, for what it costs at Twilio."""

    FREE = "free"


class Asked(msgspec.Struct, frozen=True):
    """A form, read: the draft, and the hour (ms) for which it is scheduled."""

    draft: Draft
    send_at: int | None


#: Parameters that change nothing here, each still held to its form. MaxPrice has had no effect at
#: Twilio since 2024; PersistentAction, FallbackFrom and ContentVariables belong to other channels
#: and to templates, and are passed over.
_SWITCHES: Final = ("ForceDelivery", "ShortenUrls", "SendAsMms")
_CHOICES: Final = MappingProxyType({"RiskCheck": RiskCheck, "TrafficType": TrafficType})


def service_named(form: Form) -> str | None:
    """The SID of the Messaging Service that is to send it. Raises 21705 for what is none."""
    sid = form.text("MessagingServiceSid", 255)
    if sid is not None and not sids.is_sid(sid, sids.MESSAGING_SERVICE):
        raise Fault(21705)
    return sid


def read(env: Env, form: Form, service: MessagingService | None) -> Asked:
    """The form of `POST Messages`, by a number or by that Messaging Service.

    Raises 21604 without a recipient, 21211, 21408 and 21614 for one that can't be sent to, 21603
    without a sender, 21602 without body and media, 21617, 21620 and 21623 for wrong ones, 35111 to
    35118 for a wrong schedule, 20001 for the rest.
    """
    recipient = _recipient(env, form)
    sender = form.text("From", 255)
    if sender is None and service is None:
        raise Fault(21603)
    body, urls = _content(env, form)
    smart = form.boolean("SmartEncoded")
    if smart is None:
        smart = service is not None and bool(service.smart_encoding)
    validity = form.integer("ValidityPeriod", 1, MAX_VALIDITY)
    if validity is None and service is not None:
        validity = service.validity_period
    content = form.choice("ContentRetention", Content)
    address = form.choice("AddressRetention", Address)
    status_url = form.url("StatusCallback")
    if status_url is None and service is not None:
        status_url = service.status_callback
    for name in _SWITCHES:
        form.boolean(name)
    for name, choices in _CHOICES.items():
        form.choice(name, choices)
    form.integer("Attempt", 1, 10)
    return Asked(
        Draft(
            recipient=canonical(recipient),
            dialled=recipient,
            body=replaced(body) if smart else body,
            media=urls,
            sender=sender,
            messaging_service_sid=None if service is None else service.sid,
            status_url=status_url,
            valid_seconds=validity,
            discards=content is Content.DISCARD,
            obfuscates=address is Address.OBFUSCATE,
            expects_feedback=bool(form.boolean("ProvideFeedback")),
        ),
        _hour(env, form, service),
    )


def _recipient(env: Env, form: Form) -> str:
    text = form.text("To", 255)
    if text is None:
        raise Fault(21604)
    number = "+" + text.lstrip("+ ") if text.strip("+ ").isdigit() else text
    if is_channel_address(number) or not check(canonical(number), Validity.twilio):
        raise Fault(21211)
    allowed = env.settings.messages.countries
    if allowed and iso_country(number) not in allowed:
        raise Fault(21408)
    if is_landline(number):
        raise Fault(21614)
    return number


def _content(env: Env, form: Form) -> tuple[str, tuple[str, ...]]:
    limits = env.settings.limits
    if form.has("ContentSid"):
        raise Fault(21655, "templates are not kept here: send Body or MediaUrl")
    body = form.text("Body", 1_000_000, lines=True) or ""
    urls = tuple(form.many("MediaUrl"))
    if not body and not urls:
        raise Fault(21602)
    if len(body) > limits.body_characters:
        raise Fault(21617)
    if len(urls) > limits.media_per_message:
        raise Fault(21623)
    if not all(is_url(url) for url in urls):
        raise Fault(21620)
    return body, urls


def _hour(env: Env, form: Form, service: MessagingService | None) -> int | None:
    fixed = form.choice("ScheduleType", Schedule)
    send_at = form.moment("SendAt")
    if fixed is None and send_at is None:
        return None
    if fixed is None:
        raise Fault(35111, "ScheduleType=fixed is wanted with SendAt")
    if send_at is None:
        raise Fault(35112, "SendAt is wanted with ScheduleType")
    if service is None:
        raise Fault(35118)
    if not SOONEST <= send_at - env.clock() <= LATEST:
        raise Fault(35114)
    return send_at
