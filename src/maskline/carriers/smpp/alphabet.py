"""Texts and their octets: GSM 03.38 in unpacked septets, Latin-1, UCS-2 and what else comes in."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from maskline.model.gsm7 import BASIC, EXTENSION

Alphabet = Literal["gsm7", "latin1"]

#: data_coding values.
DEFAULT: Final = 0
LATIN1: Final = 3
UCS2: Final = 8

_ESCAPE: Final = 0x1B
_EXTENSION_CODES: Final = (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65)

# The escape's place in the table is no character's.
_BASIC_CODES: Final = {char: at + (at >= _ESCAPE) for at, char in enumerate(BASIC)}
_ENCODE: Final = {ord(char): chr(code) for char, code in _BASIC_CODES.items()} | {
    ord(char): chr(_ESCAPE) + chr(code)
    for char, code in zip(EXTENSION, _EXTENSION_CODES, strict=True)
}
_DECODE: Final = {code: char for char, code in _BASIC_CODES.items()} | {_ESCAPE: " "}
_DECODE_EXTENSION: Final = dict(zip(map(chr, _EXTENSION_CODES), EXTENSION, strict=True))

_is_gsm: Final = re.compile(f"[{re.escape(BASIC + EXTENSION)}]*").fullmatch
_escaped: Final = re.compile("\x1b(.)", re.DOTALL)

#: Alphabets that come in and are never sent, by their data_coding.
_FOREIGN: Final = MappingProxyType(
    {1: "ascii", 3: "latin-1", 5: "shift_jis", 6: "iso8859-5", 7: "iso8859-8", 8: "utf-16-be"}
    | {10: "iso2022_jp", 14: "euc_kr"}
)


class Encoded(msgspec.Struct, frozen=True):
    """A text as octets: `single` is how many fit into a message alone, `part` into one of
    several."""

    data_coding: int
    octets: bytes
    single: int
    part: int


def encode(text: str, default: Alphabet = "gsm7", *, latin1: bool = False) -> Encoded:
    """The shortest form of `text` that loses nothing.

    `default` is what the SMSC takes data_coding 0 for; `latin1` allows data_coding 3.
    """
    if default == "gsm7" and _is_gsm(text) is not None:
        return Encoded(DEFAULT, text.translate(_ENCODE).encode("latin-1"), 160, 153)
    if latin1 or default == "latin1":
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError:
            pass
        else:
            return Encoded(DEFAULT if default == "latin1" else LATIN1, octets, 140, 134)
    return Encoded(UCS2, text.encode("utf-16-be", "surrogatepass"), 140, 134)


def decode(data_coding: int, octets: bytes, default: Alphabet = "gsm7") -> str:
    """The text of octets. What no alphabet has becomes U+FFFD: a message is never lost for it."""
    coding = _coding(data_coding)
    if coding == DEFAULT:
        return octets.decode("latin-1") if default == "latin1" else _from_gsm(octets)
    if (name := _FOREIGN.get(coding)) is not None:
        return octets.decode(name, "replace")
    # Octets without an alphabet. Programs that send them mean UTF-8, if they mean text at all.
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _coding(data_coding: int) -> int:
    """The alphabet that a data_coding names, also where it is written as GSM 03.38 does."""
    if data_coding < 0x10:
        return data_coding
    group = data_coding & 0xF0
    if group in (0xC0, 0xD0):
        return DEFAULT
    if group == 0xE0:
        return UCS2
    if group == 0xF0:
        return 4 if data_coding & 0x04 else DEFAULT
    if group < 0x40:
        return {0x00: DEFAULT, 0x04: 4, 0x08: UCS2}.get(data_coding & 0x0C, DEFAULT)
    return 4


def _from_gsm(octets: bytes) -> str:
    text = octets.decode("latin-1")
    if "\x1b" not in text:
        return text.translate(_DECODE)
    found = []
    at = 0
    for match in _escaped.finditer(text):
        found.append(text[at : match.start()].translate(_DECODE))
        # An extension that is none is shown as what the code stands for without it.
        found.append(_DECODE_EXTENSION.get(match[1]) or match[1].translate(_DECODE))
        at = match.end()
    found.append(text[at:].translate(_DECODE))
    return "".join(found)
