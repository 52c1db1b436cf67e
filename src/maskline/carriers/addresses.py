"""Numbers as carriers write them: with or without the plus sign that ours have."""

from __future__ import annotations

from typing import Final

#: Shorter ones are short codes, which have no country code.
_SHORTEST: Final = 7
_LONGEST: Final = 15


def with_plus(address: str) -> str:
    """A number as we write it. Short codes, names and whatever else a carrier puts in a number's
    place stay as they are."""
    is_number = address.isascii() and address.isdigit()
    return f"+{address}" if is_number and _SHORTEST <= len(address) <= _LONGEST else address


def without_plus(address: str) -> str:
    """A number as carriers write it that want digits alone. A name may begin with a plus, too."""
    digits = address.removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() else address
