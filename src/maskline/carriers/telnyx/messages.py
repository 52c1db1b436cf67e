"""Telnyx's messages: what is posted of them, what came in, and what became of ours."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed, Params, text
from maskline.model.http import HttpResponse
from maskline.model.message import MessageStatus
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
)

_MAX_MEDIA: Final = 10
_UNCONFIRMED: Final = "delivery_unconfirmed"

_STATUSES: Final = {
    "queued": MessageStatus.QUEUED.value,
    "sending": MessageStatus.SENDING.value,
    "sent": MessageStatus.SENT.value,
    "delivered": MessageStatus.DELIVERED.value,
    "sending_failed": MessageStatus.FAILED.value,
    "delivery_failed": MessageStatus.UNDELIVERED.value,
    "expired": MessageStatus.UNDELIVERED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})
_NOT_TAKEN: Final = frozenset({"sending_failed", "delivery_failed"})

#: Telnyx's codes in Twilio's words.
_CODES: Final = {
    "10002": 21211,  # not a number
    "10009": outcomes.AUTHENTICATION,
    "10010": outcomes.AUTHENTICATION,
    "20100": 30002,  # nothing left to pay with
    "40001": 30006,  # a landline, or no route
    "40002": 30007,  # spam
    "40003": 30007,
    "40005": 30036,  # expired
    "40006": 30003,  # the phone's network is not there
    "40010": 30034,  # no 10DLC campaign
    "40012": 30005,  # no such phone
    "40013": 21606,  # the sender is not good
    "40014": 30036,
    "40015": 30007,
    "40100": 21606,
    "40300": outcomes.OPTED_OUT,
    "40301": 21612,
    "40302": 21617,
    "40305": 21606,
    "40309": 21408,  # a region that is not allowed
    "40310": 21211,
    "40316": 21602,  # nothing in it
    "40322": 30007,
    "40329": 30032,  # a toll-free number that is not verified
    "40330": 30032,
}
#: It takes no more from the number, or from the account.
_BUSY: Final = {"40011": False, "40318": False, "10011": True, "10013": True}
#: What the operator can put right.
_OPERATORS: Final = frozenset({"10009", "10010", "20100"})


class Error(msgspec.Struct):
    """One error; codes are texts, and were numbers."""

    code: str | int = ""


class Phone(msgspec.Struct):
    """Somebody whom a message is from or to."""

    phone_number: str = ""
    status: str = ""


class Medium(msgspec.Struct):
    """A file of a message."""

    url: str = ""
    content_type: str | None = ""


class Payload(msgspec.Struct):
    """A message as hooks tell of it."""

    id: str = ""
    sender: Phone | None = msgspec.field(default=None, name="from")
    to: list[Phone] = []
    text: str | None = ""
    media: list[Medium] | None = None
    errors: list[Error] | None = None


class _Data(msgspec.Struct):
    event_type: str
    payload: Payload


class Hook(msgspec.Struct):
    """What is posted of a message."""

    data: _Data


class _Sent(msgspec.Struct):
    data: Payload | None = None
    errors: list[Error] | None = None


def document(message: OutboundMessage, door: str, profile: str) -> dict[str, object]:
    """A message as the API takes it."""
    fields: dict[str, object] = {
        "from": message.sender,
        "to": message.recipient,
        "type": "MMS" if message.media else "SMS",
        "webhook_url": f"{door}/Status?Leg={message.reference}",
        "use_profile_webhooks": False,
    }
    if message.body:
        fields["text"] = message.body
    if message.media:
        fields["media_urls"] = list(message.media)
    if profile:
        fields["messaging_profile_id"] = profile
    return fields


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means."""
    sent = outcomes.read(response, _Sent)
    error = _first(sent.errors)
    if 200 <= response.status < 300:
        found = sent.data
        if found is None or not found.id:
            return outcomes.unclear()
        if any(one.status in _NOT_TAKEN for one in found.to):
            # A success may have an error inside.
            return _refused(_first(found.errors), response)
        return Accepted(found.id)
    return _refused(error, response) if error else outcomes.by_status(response) or _refused("")


def _refused(error: str, response: HttpResponse | None = None) -> SendResult:
    if error in _BUSY:
        after = None if response is None else outcomes.retry_after(response)
        return outcomes.throttled(after, whole=_BUSY[error])
    if error not in _CODES and response is not None:
        general = outcomes.by_status(response)
        if general is not None:
            return general
    return Refused(_CODES.get(error, outcomes.UNKNOWN), retry=error in _OPERATORS)


def read(
    hook: Hook, query: Params, carrier: str, answered: bool, unconfirmed: str
) -> list[Inbound]:
    """What a hook says: a message from a phone, or what became of one of ours. Raises Malformed."""
    event, payload = hook.data.event_type, hook.data.payload
    if event == "message.received":
        return [_message(payload, carrier, answered)]
    if event not in ("message.sent", "message.finalized"):
        return []
    if not payload.id:
        raise Malformed("id is required")
    theirs = payload.to[0].status if payload.to else ""
    status = unconfirmed if theirs == _UNCONFIRMED else _STATUSES.get(theirs)
    if status is None:
        # New states may appear: they say nothing that we know how to tell.
        return []
    code = _CODES.get(_first(payload.errors), outcomes.UNKNOWN)
    return [
        LegReport(
            carrier=carrier,
            status=status,
            # A receipt may overtake the answer that names the message.
            message_sid=text(query, "Leg") or None,
            provider_id=payload.id,
            error_code=_expired(theirs, code) if status in _LOST else None,
        )
    ]


def _expired(status: str, code: int) -> int:
    return 30036 if status == "expired" and code == outcomes.UNKNOWN else code


def _message(payload: Payload, carrier: str, answered: bool) -> InboundMessage:
    sender = payload.sender.phone_number if payload.sender is not None else ""
    # Of those whom a message to several is for, ours is the one that it was delivered to us for.
    ours = next((one for one in payload.to if one.status == "webhook_delivered"), None)
    ours = ours or (payload.to[0] if payload.to else Phone())
    if not (payload.id and sender and ours.phone_number):
        raise Malformed("id, from and to are required")
    media = [one for one in payload.media or () if one.url][:_MAX_MEDIA]
    return InboundMessage(
        carrier=carrier,
        provider_id=payload.id,
        sender=sender,
        number=ours.phone_number,
        body=(payload.text or "").replace("\0", ""),
        media=tuple((one.url, one.content_type or "") for one in media),
        answered=answered,
    )


def _first(errors: list[Error] | None) -> str:
    return str(errors[0].code) if errors else ""
