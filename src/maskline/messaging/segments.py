"""How many SMS segments a message body takes (GSM 03.38 and UCS-2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from maskline.model.gsm7 import BASIC, EXTENSION

_ESCAPE: Final = "\x1b"

_is_basic: Final = re.compile(f"[{re.escape(BASIC)}]*").fullmatch
_is_gsm: Final = re.compile(f"[{re.escape(BASIC + EXTENSION)}]*").fullmatch
_extensions: Final = re.compile(f"[{re.escape(EXTENSION)}]")

_GSM_SINGLE: Final = 160
_GSM_PART: Final = 153
_UCS2_SINGLE: Final = 70
_UCS2_PART: Final = 67


class Segments(msgspec.Struct, frozen=True):
    """The size of a body on the air.

    `units` are septets for GSM-7 (an extension character is two) and 16-bit code units for UCS-2;
    `segments` is at least 1.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def count(body: str) -> Segments:
    """The segments of `body`: 160 septets or 70 code units alone, 153 or 67 each when joined.

    Neither an extension character nor a surrogate pair is split over two segments, so a long body
    may leave the last unit of a segment empty.
    """
    if _is_basic(body) is not None:
        units = len(body)
        return Segments("GSM-7", units, 1 if units <= _GSM_SINGLE else -(-units // _GSM_PART))
    if _is_gsm(body) is not None:
        units = len(body) + len(_extensions.findall(body))
        if units <= _GSM_SINGLE:
            return Segments("GSM-7", units, 1)
        septets = _extensions.sub(_ESCAPE + r"\g<0>", body)
        return Segments("GSM-7", units, _parts(units, _GSM_PART, lambda at: septets[at] == _ESCAPE))
    octets = body.encode("utf-16-be", "surrogatepass")
    units = len(octets) // 2
    if units <= _UCS2_SINGLE:
        return Segments("UCS-2", units, 1)
    return Segments("UCS-2", units, _parts(units, _UCS2_PART, lambda at: _is_pair(octets, at)))


def _parts(units: int, room: int, opens_pair: Callable[[int], bool]) -> int:
    """Segments of `room` units when none may end on a unit that opens a pair."""
    parts = 0
    end = 0
    while end < units:
        end += room
        if end < units and opens_pair(end - 1):
            end -= 1
        parts += 1
    return parts


def _is_pair(octets: bytes, at: int) -> bool:
    """Whether the UTF-16 code units at `at` and `at + 1` are a surrogate pair."""
    return octets[2 * at] & 0xFC == 0xD8 and octets[2 * at + 2] & 0xFC == 0xDC
