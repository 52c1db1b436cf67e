"""Phone numbers as SMPP writes them: digits, with a type of number beside them."""

from __future__ import annotations

from typing import Final

from maskline.carriers.smpp.settings import Account

_INTERNATIONAL: Final = 1
_NATIONAL: Final = 2
_ALPHANUMERIC: Final = 5
#: Shorter ones are short codes, whatever their type says.
_LEAST_DIGITS: Final = 8
_LEAST_SHARED: Final = 5


def written(number: str, settings: Account) -> tuple[int, int, str]:
    """Type of number, numbering plan and address of a number, short code or name."""
    if number.startswith("+") and number[1:].isdigit():
        return settings.number_ton, settings.number_npi, number[1:]
    if number.isascii() and number.isdigit():
        return settings.short_code_ton, settings.short_code_npi, number
    return _ALPHANUMERIC, 0, number


def read(ton: int, address: str, settings: Account) -> str:
    """The number, E.164 where it is one; short codes and names stay as they are."""
    address = address.strip()
    if address.startswith("+") or ton == _ALPHANUMERIC:
        return address
    if not (address.isascii() and address.isdigit()):
        return address
    if ton == _NATIONAL and settings.country_code:
        return f"+{settings.country_code}{address.lstrip('0')}"
    digits = address.removeprefix("00")
    if ton == _INTERNATIONAL or len(digits) >= _LEAST_DIGITS:
        return f"+{digits}"
    return address


def same(one: str, other: str) -> bool:
    """Whether two writings may be one number: one is the end of the other, the country or a trunk
    prefix left off."""
    short, long = sorted((_digits(one), _digits(other)), key=len)
    return len(short) >= _LEAST_SHARED and long.endswith(short)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text)).lstrip("0")
