"""Sinch's messages: what goes out, what came in, and what became of ours."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.addresses import with_plus, without_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed
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
_REPORTS: Final = frozenset({"recipient_delivery_report_sms", "recipient_delivery_report_mms"})

_STATUSES: Final = {
    "queued": MessageStatus.QUEUED.value,
    "dispatched": MessageStatus.SENT.value,
    "delivered": MessageStatus.DELIVERED.value,
    "failed": MessageStatus.UNDELIVERED.value,
    "expired": MessageStatus.UNDELIVERED.value,
    "rejected": MessageStatus.FAILED.value,
    "aborted": MessageStatus.FAILED.value,
    "cancelled": MessageStatus.FAILED.value,
    "deleted": MessageStatus.FAILED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})
_UNKNOWN: Final = "unknown"

#: Sinch's codes in Twilio's words: those of 10DLC below 400, then those of the API.
_CODES: Final = {
    15: 30007,  # spam
    60: 30034,  # the campaign is not active
    62: 30007,
    64: 30022,  # more than the campaign may send
    152: 30006,
    257: outcomes.OPTED_OUT,  # toll-free: the person wrote STOP
    300: 30005,
    310: 21606,
    402: 30006,  # no route
    404: 30003,  # the network failed for now
    406: 30036,  # expired
    410: 21606,  # no such sender
    411: 21617,  # too many parts
    412: 21408,  # a region that is not allowed
    413: 30002,  # the account is blocked
    414: 12300,  # the medium's address
}


class Hook(msgspec.Struct):
    """What the SMS API posts: something that came in, or what became of one of ours."""

    type: str
    id: str | None = None
    sender: str | None = msgspec.field(default=None, name="from")
    to: str | None = None
    body: Any = None
    batch_id: str | None = None
    status: str | None = None
    code: int | str | None = None
    client_reference: str | None = None


class _Medium(msgspec.Struct):
    url: str | None = None
    content_type: str | None = None


class _Picture(msgspec.Struct):
    subject: str | None = None
    message: str | None = None
    media: list[_Medium] | None = None


class _Sent(msgspec.Struct):
    id: str | None = None
    code: str | int | None = None


def document(message: OutboundMessage, door: str) -> dict[str, object]:
    """A message as the API takes it, one batch for one person. It takes one medium: the addresses
    of more stand in the text."""
    fields: dict[str, object] = {
        "from": without_plus(message.sender),
        "to": [without_plus(message.recipient)],
        "type": "mt_text",
        "body": message.body,
        "delivery_report": "per_recipient",
        "callback_url": f"{door}/Status",
        "client_reference": message.reference,
    }
    if message.media:
        url, *more = message.media
        words = "\n".join(filter(None, (message.body, *more)))
        fields |= {"type": "mt_media", "body": {"url": url} | ({"message": words} if words else {})}
    return fields


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means."""
    sent = outcomes.read(response, _Sent)
    status = response.status
    if status in (401, 404) or (status == 403 and not sent.code):
        # The plan or its token: nothing is lost until the operator has put that right.
        return Refused(outcomes.AUTHENTICATION, retry=True)
    # It is asked whether it has a message before that goes out again.
    general = outcomes.by_status(response, repeatable=True)
    if general is not None:
        return general
    if not 200 <= status < 300 or (sent.code and not sent.id):
        return Refused(_code(sent.code), retry=False)
    return Accepted(sent.id) if sent.id else outcomes.unclear(repeatable=True)


def read(hook: Hook, carrier: str, answered: bool, unknown: str) -> list[Inbound]:
    """What a hook says; `unknown` is what a message is then of which Sinch does not know. Raises
    Malformed."""
    if hook.type in ("mo_text", "mo_media"):
        return [_message(hook, carrier, answered)]
    if hook.type not in _REPORTS:
        # New types may appear, and binary messages hold no text.
        return []
    theirs = (hook.status or "").lower()
    status = unknown if theirs == _UNKNOWN else _STATUSES.get(theirs)
    if status is None:
        return []
    return [
        LegReport(
            carrier=carrier,
            status=status,
            # A receipt may overtake the answer that names the batch.
            message_sid=hook.client_reference or None,
            provider_id=_needed(hook.batch_id, "batch_id"),
            error_code=_expired(theirs, _code(hook.code)) if status in _LOST else None,
        )
    ]


def _message(hook: Hook, carrier: str, answered: bool) -> InboundMessage:
    media: tuple[tuple[str, str], ...] = ()
    text = hook.body if isinstance(hook.body, str) else ""
    if hook.type == "mo_media":
        try:
            picture = msgspec.convert(hook.body, _Picture)
        except msgspec.ValidationError:
            raise Malformed("body is not that of a picture message") from None
        text = picture.message or picture.subject or ""
        found = [(one.url, one.content_type or "") for one in picture.media or () if one.url]
        media = tuple(found[:_MAX_MEDIA])
    return InboundMessage(
        carrier=carrier,
        provider_id=_needed(hook.id, "id"),
        sender=with_plus(_needed(hook.sender, "from")),
        number=with_plus(_needed(hook.to, "to")),
        body=text.replace("\0", ""),
        media=media,
        answered=answered,
    )


def _code(code: int | str | None) -> int:
    text = str(code)
    return (
        _CODES.get(int(text), outcomes.UNKNOWN)
        if text.isdecimal() and len(text) < 8
        else (outcomes.UNKNOWN)
    )


def _expired(status: str, code: int) -> int:
    return 30036 if status == "expired" and code == outcomes.UNKNOWN else code


def _needed(value: str | None, name: str) -> str:
    if not value or len(value) > 255 or "\0" in value:
        raise Malformed(f"{name} is required")
    return value
