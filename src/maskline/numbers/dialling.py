"""Dialling codes: which plan and area a number belongs to, and whose proxy numbers fit it.

All functions work on the text of an E.164 number, without libphonenumber's parser.
"""

from __future__ import annotations

from typing import Final

import msgspec
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from maskline.numbers.e164 import is_nanp

# ITU country codes are prefix-free, so the first one that fits is the only one.
_CALLING_CODES: Final = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


class SharedDialling(msgspec.Struct, frozen=True):
    """A country or territory served by the proxy numbers of others.

    `region` is the participant's ISO 3166-1 code, `prefix` what its numbers begin with, and
    `proxies` the ISO codes of the countries whose proxy numbers may serve it.
    """

    region: str
    prefix: str
    proxies: tuple[str, ...]


_BRITISH: Final = ("GB", "GG", "IM", "JE")

# Every row lies inside one calling code, so `dial_class` needs none of them. They are kept for
# finer matching by country, most specific prefix first.
SHARED_DIALLING: Final = (
    SharedDialling("GG", "+441481", _BRITISH),
    SharedDialling("IM", "+441624", _BRITISH),
    SharedDialling("JE", "+441534", _BRITISH),
    SharedDialling("AG", "+1268", ("US",)),
    SharedDialling("AI", "+1264", ("US",)),
    SharedDialling("BM", "+1441", ("US",)),
    SharedDialling("BS", "+1242", ("US",)),
    SharedDialling("MS", "+1664", ("US",)),
    SharedDialling("TC", "+1649", ("US",)),
    SharedDialling("VG", "+1284", ("US",)),
    SharedDialling("VI", "+1340", ("US",)),
    SharedDialling("GB", "+44", _BRITISH),
)


def calling_code(number: str) -> str:
    """The country calling code of an E.164 number (`"1"`, `"44"`, `"971"`) or `""`."""
    if not number.startswith("+"):
        return ""
    for end in (2, 3, 4):
        code = number[1:end]
        if code in _CALLING_CODES:
            return code
    return ""


def area_code(number: str) -> str:
    """The three-digit area code of a North American number (`"415"`), `""` for any other."""
    return number[2:5] if is_nanp(number) else ""


def dial_class(number: str) -> str:
    """The class within which proxy numbers fit a person: today the calling code.

    `""` (channel addresses, unassigned codes) fits nothing.
    """
    return calling_code(number)
