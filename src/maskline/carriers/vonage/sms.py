"""The SMS API: what is posted of a message, what came in, and what became of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.addresses import with_plus, without_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed, required
from maskline.model import gsm7
from maskline.model.http import HttpResponse
from maskline.model.message import MessageStatus
from maskline.model.parts import MessagePart
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
)

_GSM: Final = frozenset(gsm7.BASIC + gsm7.EXTENSION)

_STATUSES: Final = {
    "accepted": MessageStatus.SENDING.value,
    "buffered": MessageStatus.SENDING.value,
    "delivered": MessageStatus.DELIVERED.value,
    "expired": MessageStatus.UNDELIVERED.value,
    "failed": MessageStatus.UNDELIVERED.value,
    "rejected": MessageStatus.FAILED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})

#: Why a message did not arrive, by the receipt's err-code, in Twilio's words.
RECEIPT_CODES: Final = {
    "2": 30003,  # the phone is not to be had now
    "3": 30005,  # nor ever
    "4": 30004,  # the person bars it
    "6": 30007,  # spam
    "7": 30003,
    "9": outcomes.OPTED_OUT,
    "11": 30006,  # no route
    "12": 30003,
    "14": 30004,
    "50": 30007,  # filters
    "51": 30007,
    "52": 30007,
    "53": 30007,
}
#: Why a message was not taken, by its status.
_CODES: Final = {
    "4": outcomes.AUTHENTICATION,
    "5": 20500,
    "6": 21211,
    "7": 30004,
    "8": 30002,
    "9": 30002,  # nothing left to pay with
    "11": outcomes.AUTHENTICATION,
    "12": 21617,
    "13": outcomes.UNREACHABLE,
    "14": outcomes.AUTHENTICATION,
    "15": 21606,
    "29": 21608,  # a trial account, and a number that is not on its list
    "32": outcomes.AUTHENTICATION,
    "33": 30005,
}
_BUSY: Final = frozenset({"1", "10"})
#: What may be better later, or is put right by the operator.
_LATER: Final = frozenset({"4", "5", "8", "9", "11", "13", "14", "32"})


#: How parts are kept; there is no other way.
UTF8: Final = 0
_YES: Final = frozenset({"true", "1"})
_MOST_PARTS: Final = 255
#: Of a reference, which a database keeps in 31 bits.
_DIGITS: Final = 9


class _Part(msgspec.Struct):
    status: str | int = ""
    id: str = msgspec.field(default="", name="message-id")


class _Sent(msgspec.Struct):
    messages: list[_Part] = []


def fields(message: OutboundMessage, door: str, key: str, secret: str) -> dict[str, str]:
    """A message as the API takes it. It carries no pictures: their addresses go with the text."""
    text = "\n".join([*([message.body] if message.body else []), *message.media])
    return {
        "api_key": key,
        "api_secret": secret,
        "from": without_plus(message.sender),
        "to": without_plus(message.recipient),
        "text": text,
        "type": "text" if _GSM.issuperset(text) else "unicode",
        "status-report-req": "1",
        "callback": f"{door}/Status",
        "client-ref": message.reference,
    }


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means: a success has each part's own status inside."""
    general = outcomes.by_status(response)
    if general is not None:
        return general
    parts = outcomes.read(response, _Sent).messages
    if not 200 <= response.status < 300:
        return Refused(outcomes.UNKNOWN, retry=False)
    if not parts:
        return outcomes.unclear()
    # The parts of a long message are taken one by one: what is under way is not sent again.
    taken = next((one.id for one in parts if str(one.status) == "0" and one.id), None)
    if taken is not None:
        return Accepted(taken)
    status = str(parts[0].status)
    if status == "0":
        return outcomes.unclear()
    if status in _BUSY:
        return outcomes.throttled(outcomes.retry_after(response), whole=True)
    return Refused(_CODES.get(status, outcomes.UNKNOWN), retry=status in _LATER)


def message(
    params: Mapping[str, str], carrier: str, answered: bool, now: int
) -> InboundMessage | MessagePart:
    """A message from a phone, or a part of a long one: each comes by itself. Raises Malformed."""
    place = _place(params)
    if place is not None:
        reference, total, part = place
        return MessagePart(
            carrier=carrier,
            sender=with_plus(required(params, "msisdn")),
            number=with_plus(required(params, "to")),
            reference=reference,
            total=total,
            part=part,
            fingerprint=required(params, "messageId"),
            coding=UTF8,
            octets=params.get("text", "").replace("\0", "").encode(),
            is_done=0,
            date_created=now,
        )
    return InboundMessage(
        carrier=carrier,
        provider_id=required(params, "messageId"),
        sender=with_plus(required(params, "msisdn")),
        number=with_plus(required(params, "to")),
        body=params.get("text", "").replace("\0", ""),
        answered=answered,
    )


def read_part(_: int, octets: bytes) -> str:
    """What parts say together."""
    return octets.decode()


def _place(params: Mapping[str, str]) -> tuple[int, int, int] | None:
    """A part's reference, how many there are, and its number among them; null for a message that
    is whole, or does not say what it is a part of."""
    if params.get("concat", "").lower() not in _YES:
        return None
    told = [params.get(name, "") for name in ("concat-ref", "concat-total", "concat-part")]
    if not all(one.isascii() and one.isdigit() and len(one) <= _DIGITS for one in told):
        return None
    reference, total, part = map(int, told)
    return (reference, total, part) if 1 < total <= _MOST_PARTS and 1 <= part <= total else None


def receipt(params: Mapping[str, str], carrier: str) -> list[Inbound]:
    """What became of one of ours. Raises Malformed."""
    status = _STATUSES.get(params.get("status", "").lower())
    if status is None:
        # What is not known, or new, says nothing that we know how to tell.
        return []
    theirs = params.get("status", "").lower()
    unnamed = 30036 if theirs == "expired" else outcomes.UNKNOWN
    code = RECEIPT_CODES.get(params.get("err-code", ""), unnamed)
    return [
        LegReport(
            carrier=carrier,
            status=status,
            message_sid=params.get("client-ref") or None,
            provider_id=required(params, "messageId"),
            error_code=code if status in _LOST else None,
        )
    ]


def scalars(document: Any) -> dict[str, str]:
    """The parameters in a JSON object, whose values are texts or numbers. Raises Malformed."""
    if not isinstance(document, dict):
        raise Malformed("the body is no JSON object")
    return {
        str(name): value if isinstance(value, str) else str(value)
        for name, value in document.items()
        if isinstance(value, str | int | float)
    }
