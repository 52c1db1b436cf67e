"""Delivery receipts: recognised, read, and laid together for messages in parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from maskline.carriers.smpp.pdu import (
    MESSAGE_STATE,
    NETWORK_ERROR_CODE,
    RECEIPTED_MESSAGE_ID,
    ShortMessage,
    c_string,
)
from maskline.model.message import MessageStatus
from maskline.model.smpp import SentPart

IdForm = Literal["auto", "hex", "dec"]

#: Bits of esm_class that say what kind of message it is, and their meanings.
_KIND: Final = 0x3C
_PLAIN: Final = 0x00
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20

_SENT: Final = MessageStatus.SENT.value
_DELIVERED: Final = MessageStatus.DELIVERED.value
_UNDELIVERED: Final = MessageStatus.UNDELIVERED.value

#: message_state by the words of the receipt's text; both BUFFRED and ENROUTE are seen for 1.
_STATES: Final = MappingProxyType(
    {"SCHEDUL": 0, "ENROUTE": 1, "BUFFRED": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4}
    | {"UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8, "SKIPPED": 9, "FAILED": 5}
)
#: What each means: status and Twilio's code. Of what is unknown to the SMSC nothing is known.
_OUTCOMES: Final = MappingProxyType(
    {2: (_DELIVERED, None), 3: (_UNDELIVERED, 30003), 4: (_UNDELIVERED, 30008)}
    | {5: (_UNDELIVERED, 30005), 8: (_UNDELIVERED, 30007), 9: (_UNDELIVERED, 30008)}
)

_field: Final = re.compile(r"\b(id|stat|err): *(?!\w+:)(\S*)", re.IGNORECASE).finditer
_is_decimal: Final = re.compile(r"[0-9]+").fullmatch
_is_hex: Final = re.compile(r"[0-9a-fA-F]+").fullmatch


class Receipt(msgspec.Struct, frozen=True):
    """What an SMSC says of a message: its ids as written, the most trustworthy first, a status and
    Twilio's code. `addresses` are both of the receipt's: SMSCs differ in which is whose. `error` is
    the SMSC's own code, without leading zeros; "" for none."""

    ids: tuple[str, ...]
    status: str
    error_code: int | None
    addresses: tuple[str, str]
    error: str = ""


def kind(message: ShortMessage) -> Literal["message", "receipt", "other"]:
    """What a deliver_sm is, by its esm_class; by its parameters where that was left at 0."""
    bits = message.esm_class & _KIND
    if bits in (_RECEIPT, _INTERMEDIATE):
        return "receipt"
    if bits == _PLAIN:
        known = RECEIPTED_MESSAGE_ID in message.options and MESSAGE_STATE in message.options
        return "receipt" if known else "message"
    # Acknowledgements that handsets make by themselves, and conversation aborts.
    return "other"


def read(message: ShortMessage) -> Receipt | None:
    """The receipt; null when it does not name a message. Parameters count before the text."""
    text = message.octets.decode("latin-1")
    fields = {match[1].lower(): match[2] for match in reversed(list(_field(text)))}
    state: int | None = None
    if value := message.options.get(MESSAGE_STATE):
        state = value[0]
    elif word := fields.get("stat"):
        state = _STATES.get(word.upper()[:7])
    named = c_string(message.options.get(RECEIPTED_MESSAGE_ID, b""))
    ids = tuple(dict.fromkeys(one for one in (named, fields.get("id", "")) if one))
    if not ids:
        return None
    status, code = _OUTCOMES.get(-1 if state is None else state, (_SENT, None))
    if status == _UNDELIVERED and _is_unreachable(message, fields):
        code = 30003
    error = fields.get("err", "").lstrip("0")
    if len(value := message.options.get(NETWORK_ERROR_CODE, b"")) == 3:
        error = str(int.from_bytes(value[1:], "big"))
    return Receipt(ids, status, code, (message.source, message.destination), error)


def forms(written: str, form: IdForm) -> tuple[str, ...]:
    """The ids that `written`, in a receipt, may have in the answer to the submission."""
    if form == "dec":
        # In the answer it was hexadecimal, and is kept as the number that it is.
        return (str(int(written)),) if _is_decimal(written) else (written,)
    if form == "hex":
        return (str(int(written, 16)),) if _is_hex(written) else (written,)
    found = [written]
    if _is_decimal(written):
        number = int(written)
        found += [str(number)]
        for width in (0, 8, 10, 16):
            plain = f"{number:0{width}x}"
            found += [plain, plain.upper()]
    if _is_hex(written):
        found.append(str(int(written, 16)))
    return tuple(dict.fromkeys(found))


def kept(answered: str, form: IdForm) -> str:
    """The id in the answer to a submission, as it is kept."""
    if form == "dec" and _is_hex(answered):
        return str(int(answered, 16))
    if form == "hex" and _is_decimal(answered):
        return str(int(answered))
    return answered


def verdict(parts: Iterable[SentPart]) -> tuple[str, int | None] | None:
    """What becomes of a message in parts: delivered when all are, undelivered as soon as one is
    not, and nothing as yet while some are on their way."""
    found = list(parts)
    for part in found:
        if part.status == _UNDELIVERED:
            return _UNDELIVERED, part.error_code
    if found and len(found) >= found[0].total and all(one.status == _DELIVERED for one in found):
        return _DELIVERED, None
    return None


def _is_unreachable(message: ShortMessage, fields: dict[str, str]) -> bool:
    """Whether the network says "absent subscriber" (GSM MAP error 27), by parameter or text."""
    value = message.options.get(NETWORK_ERROR_CODE, b"")
    if len(value) == 3:
        return value[0] == 3 and int.from_bytes(value[1:], "big") == 27
    return fields.get("err") in ("027", "27")
