"""E.164 phone numbers: shape, validity, masking and naming.

`is_e164`, `mask`, `is_channel_address`, `is_nanp`, `is_toll_free` and `friendly` work on the text
alone and may be used anywhere. `check`, `iso_country`, `number_type` and `is_landline` ask
libphonenumber (about 20 µs; 0.4 µs for a `check` in North America) and belong to the API's edge.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_NANP: Final = re.compile(r"\+1[0-9]{10}").fullmatch
# Some carriers leave out the plus; shorter bare digits are as likely a code or an identifier.
_PHONE: Final = re.compile(r"\+[0-9]{7,15}|[0-9]{10,15}").fullmatch
_CHANNEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[^\s\x00-\x1f\x7f]+").fullmatch
_PRINTABLE_HEAD: Final = re.compile(r"[0-9A-Za-z+]*").match

# Only these prefixes are shown unmasked: in any other text the part before a colon may be private.
_CHANNELS: Final = frozenset(
    {"chat", "client", "messenger", "rcs", "sip", "sips", "sms", "tel", "viber", "whatsapp"}
)
_HIDDEN: Final = "XXXX"
#: Area codes of the North American plan for which the caller pays nothing.
TOLL_FREE: Final = frozenset({"800", "822", "833", "844", "855", "866", "877", "888"})
_NON_GEOGRAPHIC: Final = "001"
_UNITED_STATES: Final = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
#: Numbers whose check is kept: the same people come again.
_KEPT: Final = 10_000
#: The kinds of number that libphonenumber tells apart.
_KINDS: Final = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


class Validity(StrEnum):
    """How closely a participant's number is examined.

    `twilio`: assigned ranges only in the North American plan, possible lengths elsewhere.
    `strict`: assigned ranges only, everywhere. `lenient`: E.164's form and nothing else.
    """

    twilio = "twilio"
    strict = "strict"
    lenient = "lenient"


class NumberType(StrEnum):
    """The inventory's kind of a number, as in `AvailablePhoneNumbers`."""

    local = "local"
    mobile = "mobile"
    toll_free = "toll-free"


def is_e164(text: str) -> bool:
    """Whether `text` is `+` and 7 to 15 ASCII digits, the first not 0."""
    return _E164(text) is not None


def is_nanp(text: str) -> bool:
    """Whether `text` is `+1` and ten digits: the North American plan, assigned or not."""
    return _NANP(text) is not None


def is_toll_free(text: str) -> bool:
    """Whether `text` is a toll-free number of the North American plan, assigned or not."""
    return is_nanp(text) and text[2:5] in TOLL_FREE


def is_channel_address(text: str) -> bool:
    """Whether `text` is an address of another channel, `scheme:rest` (`messenger:12345`)."""
    return _CHANNEL(text) is not None


@lru_cache(_KEPT)
def check(number: str, validity: Validity = Validity.twilio) -> bool:
    """Whether `number` is a plausible E.164 number under `validity`.

    Unless lenient, a number that dialling would change (a trunk 0 after the country code,
    `+4402079460958`) is refused: its owner's calls and messages would arrive under another one.
    """
    if validity is Validity.lenient:
        return is_e164(number)
    if number.startswith("+1"):
        return _assigned_nanp()(number) is not None
    parsed = _parse(number)
    if parsed is None or phonenumbers.format_number(parsed, PhoneNumberFormat.E164) != number:
        return False
    if validity is Validity.strict:
        return phonenumbers.is_valid_number(parsed)
    # is_possible_number() would also take local-only lengths, which cannot be dialled from abroad.
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason == ValidationResult.IS_POSSIBLE


def mask(text: str) -> str:
    """`text` made fit for logs and error texts.

    A phone number keeps all but its last four digits: `+14155551234` → `+1415555XXXX`. A known
    channel keeps its name: `whatsapp:+14155551234` → `whatsapp:+1415555XXXX`. Anything else shows
    at most two letters or digits and neither its length nor any other character. Empty stays empty.
    """
    if _PHONE(text) is not None:
        return text[:-4] + _HIDDEN
    scheme, colon, rest = text.partition(":")
    if colon and scheme in _CHANNELS:
        # A channel's bare digits are somebody's account, not a number.
        shown = rest[:-4] + _HIDDEN if is_e164(rest) else _hide(rest)
        return f"{scheme}:{shown}"
    return _hide(text)


def friendly(number: str) -> str:
    """The default friendly name: `(415) 867-5310` in the North American plan, else `number`."""
    if not is_nanp(number):
        return number
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def iso_country(number: str) -> str:
    """The ISO 3166-1 country of `number`, e.g. `US`.

    A number in no assigned range counts to the main country of its calling code (`+15551234567` →
    `US`). Non-geographic numbers and what is no E.164 number give `""`.
    """
    parsed = _parse(number)
    if parsed is None:
        return ""
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return "" if region == _NON_GEOGRAPHIC else region


def is_country(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 code of a country that has numbers."""
    return code in phonenumbers.SUPPORTED_REGIONS


def is_united_states(number: str) -> bool:
    """Whether `number` is one of the United States or their territories, toll-free ones too."""
    return is_nanp(number) and _area_country(number[2:5]) in _UNITED_STATES


def is_us_long_code(number: str) -> bool:
    """Whether `number` is one of the United States alone, and not toll-free: what carriers there
    want registered before it sends."""
    return is_nanp(number) and number[2:5] not in TOLL_FREE and _area_country(number[2:5]) == "US"


def number_type(number: str) -> NumberType:
    """A guess at the kind of `number`; `local` where the plan does not tell."""
    if is_nanp(number):
        # The plan has no mobile ranges.
        return NumberType.toll_free if is_toll_free(number) else NumberType.local
    parsed = _parse(number)
    kind = None if parsed is None else phonenumbers.number_type(parsed)
    if kind == phonenumbers.PhoneNumberType.MOBILE:
        return NumberType.mobile
    if kind == phonenumbers.PhoneNumberType.TOLL_FREE:
        return NumberType.toll_free
    return NumberType.local


def is_landline(number: str) -> bool:
    """Whether `number` is in a range that its country keeps for landlines alone. Where the plan
    does not tell, as in North America, it is taken to be none."""
    parsed = None if is_nanp(number) else _parse(number)
    return (
        parsed is not None
        and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE
    )


@lru_cache(1000)
def _area_country(area: str) -> str:
    """An area code's country: in libphonenumber's plan no code belongs to two."""
    return iso_country(f"+1{area}5551234")


@cache
def _assigned_nanp() -> Callable[[str], re.Match[str] | None]:
    """Matches the numbers of the North American plan that libphonenumber takes for valid: one
    pattern of all its countries' patterns. The library itself tries 25 countries one by one, 50
    times as slowly, and most sessions begin with two such numbers."""
    patterns = {
        kind.national_number_pattern
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]
        for name in _KINDS
        if (kind := getattr(PhoneMetadata.metadata_for_region(region), name)) is not None
        and kind.national_number_pattern
    }
    return re.compile(rf"\+1(?:{'|'.join(sorted(patterns))})", re.ASCII).fullmatch


def _parse(number: str) -> PhoneNumber | None:
    if not is_e164(number):
        return None
    try:
        return phonenumbers.parse(number, None)
    except NumberParseException:
        return None


def _hide(text: str) -> str:
    """At most two leading letters or digits, and no more than a quarter of `text`."""
    if not text:
        return ""
    head = _PRINTABLE_HEAD(text, 0, min(2, len(text) // 4))
    return (head.group() if head else "") + _HIDDEN
