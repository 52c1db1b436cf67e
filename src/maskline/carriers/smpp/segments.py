"""Long messages in parts: cut on the way out, recognised on the way in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from maskline.carriers.smpp.alphabet import UCS2, Encoded
from maskline.carriers.smpp.pdu import (
    MESSAGE_PAYLOAD,
    SAR_MSG_REF_NUM,
    SAR_SEGMENT_SEQNUM,
    SAR_TOTAL_SEGMENTS,
    ShortMessage,
)

#: Bit of esm_class: a user data header stands before the text.
UDHI: Final = 0x40
MAX_PARTS: Final = 255
_MAX_PAYLOAD: Final = 0xFFFF

#: Information elements of a user data header: a part's place, its reference in 8 or 16 bits.
_CONCATENATED_8: Final = 0x00
_CONCATENATED_16: Final = 0x08
_REFERENCE_16: Final = struct.Struct(">HBB")

Way = Literal["udh", "sar", "payload"]


class Place(msgspec.Struct, frozen=True):
    """A part's place: number `part` (from 1) of the `total` that share a `reference`."""

    reference: int
    total: int
    part: int


class TooLong(Exception):
    """A text that no number of parts can carry."""


def pieces(encoded: Encoded) -> list[bytes]:
    """The octets, cut so that neither an extension character nor a surrogate pair is split."""
    octets, room = encoded.octets, encoded.part
    if len(octets) <= encoded.single:
        return [octets]
    found = []
    at = 0
    while at < len(octets):
        end = at + room
        if end < len(octets):
            if encoded.data_coding == UCS2:
                if octets[end - 2] & 0xFC == 0xD8:
                    end -= 2
            elif encoded.single == 160 and octets[end - 1] == 0x1B:
                end -= 1
        found.append(octets[at:end])
        at = end
    return found


def parts(message: ShortMessage, encoded: Encoded, way: Way, reference: int) -> list[ShortMessage]:
    """`message` with its text, as one PDU or as many as it takes. Raises TooLong.

    `reference` must be the same at every attempt: a phone that has a part already knows it by that.
    """
    message = msgspec.structs.replace(message, data_coding=encoded.data_coding)
    if way == "payload" and len(encoded.octets) > encoded.single:
        if len(encoded.octets) > _MAX_PAYLOAD:
            raise TooLong
        return [msgspec.structs.replace(message, options={MESSAGE_PAYLOAD: encoded.octets})]
    texts = pieces(encoded)
    if len(texts) == 1:
        return [msgspec.structs.replace(message, short_message=texts[0])]
    if len(texts) > MAX_PARTS:
        raise TooLong
    return list(_numbered(message, texts, way, reference))


def _numbered(
    message: ShortMessage, texts: list[bytes], way: Way, reference: int
) -> Iterator[ShortMessage]:
    total = len(texts)
    for number, text in enumerate(texts, 1):
        if way == "sar":
            yield msgspec.structs.replace(
                message,
                short_message=text,
                options={
                    SAR_MSG_REF_NUM: (reference & 0xFFFF).to_bytes(2, "big"),
                    SAR_TOTAL_SEGMENTS: bytes((total,)),
                    SAR_SEGMENT_SEQNUM: bytes((number,)),
                },
            )
        else:
            header = bytes((5, _CONCATENATED_8, 3, reference & 0xFF, total, number))
            yield msgspec.structs.replace(
                message, esm_class=message.esm_class | UDHI, short_message=header + text
            )


def read(message: ShortMessage) -> tuple[Place | None, bytes]:
    """A message's place among others, null where it stands alone, and its text without a header.

    A place that can't be, such as part 3 of 2, is none: the text comes through by itself.
    """
    octets = message.octets
    place = None
    if message.esm_class & UDHI and octets:
        end = octets[0] + 1
        if end <= len(octets):
            place = _place_in(octets[1:end])
            octets = octets[end:]
    if place is None:
        place = _sar_place(message.options)
    if place is None or place.total < 2 or not 1 <= place.part <= place.total:
        return None, octets
    return place, octets


def _place_in(header: bytes) -> Place | None:
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if kind == _CONCATENATED_8 and len(value) == 3:
            return Place(*value)
        if kind == _CONCATENATED_16 and len(value) == 4:
            return Place(*_REFERENCE_16.unpack(value))
        at += 2 + length
    return None


def _sar_place(options: dict[int, bytes]) -> Place | None:
    values = [options.get(tag) for tag in (SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM)]
    if not all(values):
        return None
    return Place(*(int.from_bytes(value, "big") for value in values if value))
