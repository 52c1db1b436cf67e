"""Countries where a phone has two numbers: with a digit after the country code and without.

Mexican networks wanted a 1 after +52 until 2020; Argentine ones want a 9 after +54 in calls to
mobiles and refuse it in messages. The digit is part of nobody's number: a person is known by the
number without it (`canonical`), and it is put in where a leg is made (`dialled`).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.model.account import Switch

#: 2020-10-05T00:00:00Z in ms: Services from before that moment dial Mexico with the 1.
MEXICO_CHANGED: Final = 1_601_856_000_000


class Marker(msgspec.Struct, frozen=True):
    """A country's digit: `code` is the country code with its plus sign, `numbers` a pattern of the
    national numbers that the digit may stand before."""

    region: str
    code: str
    digit: str
    numbers: str


MEXICO: Final = Marker("MX", "+52", "1", "[0-9]{10}")
# Codes of areas begin with 1, 2 or 3, those of services with 6 or 8. Every area's numbers may be
# landlines or mobiles: the numbering plan that is published does not tell them apart.
ARGENTINA: Final = Marker("AR", "+54", "9", "[1-3][0-9]{9}")

_BY_CODE: Final = MappingProxyType({one.code: one for one in (MEXICO, ARGENTINA)})
_PLAIN: Final = MappingProxyType(
    {code: re.compile(rf"\{code}{one.numbers}").fullmatch for code, one in _BY_CODE.items()}
)
_MARKED: Final = MappingProxyType(
    {
        one.code + one.digit: re.compile(rf"\{code}{one.digit}{one.numbers}").fullmatch
        for code, one in _BY_CODE.items()
    }
)
#: What is looked at first, and nothing else of nearly all numbers: every message passes here.
_CODES: Final = frozenset(_BY_CODE)
_MARKS: Final = frozenset(_MARKED)


def canonical(number: str) -> str:
    """The form by which a person is known: `+5215512345678` → `+525512345678`,
    `+5491123456789` → `+541123456789`. Everything else, E.164 or not, is returned as it is."""
    mark = number[:4]
    if mark not in _MARKS or not _MARKED[mark](number):
        return number
    return number[:3] + number[4:]


def twin(number: str) -> str | None:
    """The other form of a number that has two."""
    known = canonical(number)
    if known != number:
        return known
    code = number[:3]
    if code not in _CODES or not _PLAIN[code](number):
        return None
    return f"{code}{_BY_CODE[code].digit}{number[3:]}"


def may_differ(number: str) -> bool:
    """Whether a person's number may be dialled otherwise than it is written."""
    return number[:3] in _CODES


def dialled(number: str, *, is_call: bool, service_created: int, switches: int) -> str:
    """The form in which a carrier is given a canonical number.

    A Service that was created (`service_created`, ms) before `MEXICO_CHANGED` puts the 1 into
    Mexican numbers, unless the account has the switch MEXICO_ONE_OFF; with ARGENTINA_NINE the 9 is
    put into Argentine ones that are called.
    """
    code = number[:3]
    if code not in _CODES or not _PLAIN[code](number):
        return number
    country = _BY_CODE[code]
    if country is MEXICO:
        inserts = service_created < MEXICO_CHANGED and not switches & Switch.MEXICO_ONE_OFF
    else:
        inserts = is_call and bool(switches & Switch.ARGENTINA_NINE)
    return f"{code}{country.digit}{number[3:]}" if inserts else number
