"""The Messages API: what is posted of a message, what came in, and what became of ours."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.addresses import with_plus, without_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed
from maskline.carriers.vonage.sms import RECEIPT_CODES
from maskline.model.http import HttpResponse
from maskline.model.message import MessageStatus
from maskline.model.traffic import (
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
)

_MAX_MEDIA: Final = 10
_KINDS: Final = ("image", "audio", "video", "vcard", "file")
#: What a file is by the end of its address; else it counts as a picture.
_ENDS: Final = {
    "amr": "audio",
    "m4a": "audio",
    "mp3": "audio",
    "wav": "audio",
    "3gp": "video",
    "mov": "video",
    "mp4": "video",
    "vcf": "vcard",
    "pdf": "file",
}

_STATUSES: Final = {
    "submitted": MessageStatus.SENT.value,
    "delivered": MessageStatus.DELIVERED.value,
    "read": MessageStatus.DELIVERED.value,
    "undeliverable": MessageStatus.UNDELIVERED.value,
    "rejected": MessageStatus.FAILED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})

#: Vonage's codes in Twilio's words.
_CODES: Final = {
    **RECEIPT_CODES,
    "1040": 21211,
    "1050": 30004,
    "1060": 30002,
    "1070": 30002,  # nothing left to pay with
    "1090": 21617,
    "1100": outcomes.UNREACHABLE,
    "1120": 21606,
    "1160": 21608,  # a trial account, and a number that is not on its list
    "1170": 21211,
    "1210": 30007,  # spam
    "1240": outcomes.OPTED_OUT,
    "1250": 30006,  # no route
    "1260": 30003,
    "1280": 30004,
    "1360": 30036,  # expired
    "low-balance": 30002,
    "account-suspended": 30002,
    "unauthorized": outcomes.AUTHENTICATION,
    "forbidden": outcomes.AUTHENTICATION,
}
_BUSY: Final = "1000"
#: What may be better later, or is put right by the operator.
_LATER: Final = frozenset(
    {"1060", "1070", "1100", "low-balance", "account-suspended", "unauthorized", "forbidden"}
)


class Medium(msgspec.Struct):
    """A file of a message; in a list, with its kind."""

    url: str = ""
    caption: str | None = None


class Problem(msgspec.Struct):
    """An error: `type` is an address that ends with the code, which may be the `title` too."""

    type: str | None = None
    title: str | int | None = None


class Hook(msgspec.Struct):
    """What is posted of a message: of one that came in, or of what became of one of ours."""

    message_uuid: str = ""
    to: str | int = ""
    sender: str | int = msgspec.field(default="", name="from")
    text: str | None = None
    image: Medium | None = None
    audio: Medium | None = None
    video: Medium | None = None
    vcard: Medium | None = None
    file: Medium | None = None
    content: list[Medium] | None = None
    status: str = ""
    client_ref: str | None = None
    error: Problem | None = None


def document(message: OutboundMessage, door: str) -> dict[str, Any]:
    """A message as the API takes it."""
    fields: dict[str, Any] = {
        "channel": "mms" if message.media else "sms",
        "from": without_plus(message.sender),
        "to": without_plus(message.recipient),
        "client_ref": message.reference,
        "webhook_url": f"{door}/Status",
        "webhook_version": "v1",
    }
    if not message.media:
        return fields | {"message_type": "text", "text": message.body}
    files = [{"type": _kind(url), "url": url} for url in message.media]
    if message.body:
        files[0]["caption"] = message.body
    if len(files) > 1:
        return fields | {"message_type": "content", "content": files}
    (file,) = files
    kind = file.pop("type")
    return fields | {"message_type": kind, kind: file}


def _kind(url: str) -> str:
    return _ENDS.get(urlsplit(url).path.rpartition(".")[2].lower(), "image")


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means."""
    general = outcomes.by_status(response)
    if general is not None:
        return general
    if 200 <= response.status < 300:
        return outcomes.taken(outcomes.read(response, Hook).message_uuid)
    code = _code(outcomes.read(response, Problem))
    if code == _BUSY:
        return outcomes.throttled(outcomes.retry_after(response), whole=True)
    return Refused(_CODES.get(code, outcomes.UNKNOWN), retry=code in _LATER)


def message(hook: Hook, carrier: str, answered: bool) -> InboundMessage:
    """A message from a phone. Raises Malformed."""
    sender, number = str(hook.sender), str(hook.to)
    if not (hook.message_uuid and sender and number):
        raise Malformed("message_uuid, from and to are required")
    named: list[Medium | None] = [getattr(hook, kind) for kind in _KINDS]
    media = [one for one in (*named, *(hook.content or ())) if one is not None and one.url]
    captions = [one.caption for one in media if one.caption]
    return InboundMessage(
        carrier=carrier,
        provider_id=hook.message_uuid,
        sender=with_plus(sender),
        number=with_plus(number),
        body=(hook.text or "\n".join(captions)).replace("\0", ""),
        media=tuple((one.url, "") for one in media[:_MAX_MEDIA]),
        answered=answered,
    )


def receipt(hook: Hook, carrier: str) -> list[Inbound]:
    """What became of one of ours. Raises Malformed."""
    status = _STATUSES.get(hook.status)
    if status is None:
        # New states may appear: they say nothing that we know how to tell.
        return []
    if not hook.message_uuid:
        raise Malformed("message_uuid is required")
    code = _CODES.get(_code(hook.error), outcomes.UNKNOWN)
    return [
        LegReport(
            carrier=carrier,
            status=status,
            message_sid=hook.client_ref or None,
            provider_id=hook.message_uuid,
            error_code=code if status in _LOST else None,
        )
    ]


def _code(problem: Problem | None) -> str:
    if problem is None:
        return ""
    ending = (problem.type or "").rpartition("#")[2]
    # The code is at the address's end, or behind its last slash, or it is the title.
    for found in (ending, ending.rpartition("/")[2], str(problem.title or "")):
        if found == _BUSY or found in _CODES:
            return found
    return ""
