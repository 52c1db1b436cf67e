"""Number sources: where an account's numbers come from, and the one that makes numbers up."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

import phonenumbers

from maskline.model.number import ALL_CAPABILITIES
from maskline.numbers.e164 import NumberType, Validity, check, iso_country, number_type

#: How often a number is made up, per number that is wanted, before the plan counts as exhausted.
_TRIES: Final = 20
#: How many digits at the end of a country's example number are made up.
_FREE_DIGITS: Final = 6

_PLAN_TYPES: Final[Mapping[NumberType, int]] = MappingProxyType(
    {
        NumberType.local: phonenumbers.PhoneNumberType.FIXED_LINE,
        NumberType.mobile: phonenumbers.PhoneNumberType.MOBILE,
        NumberType.toll_free: phonenumbers.PhoneNumberType.TOLL_FREE,
    }
)


class NumberSource(Protocol):
    """A carrier's stock of numbers. What is returned are `Capability` flags."""

    @property
    def name(self) -> str:
        """The carrier, as numbers name it."""

    async def offer(self, number: str) -> int:
        """What the number can do if the carrier can give it; 0 when it can't."""

    async def search(
        self, country: str, kind: NumberType, pattern: str, limit: int
    ) -> Mapping[str, int]:
        """Up to `limit` numbers that it could give, and what they can do.

        `country` is ISO 3166-1. `pattern` is made of digits and `*`, which stands for any digit;
        with a leading `+` it is a whole number, else it stands anywhere in one; "" is any.
        """


class MadeUpNumbers:
    """The simulator's stock: every number that is valid in its numbering plan."""

    def __init__(self, name: str = "simulator", rng: random.Random | None = None) -> None:
        self._name = name
        self._random = rng or random.SystemRandom()

    @property
    def name(self) -> str:
        """The carrier, as numbers name it."""
        return self._name

    async def offer(self, number: str) -> int:
        """It has them all."""
        return ALL_CAPABILITIES

    async def search(
        self, country: str, kind: NumberType, pattern: str, limit: int
    ) -> Mapping[str, int]:
        """Numbers that are valid for the country and of that kind."""
        template = _template(country, kind, pattern)
        found: dict[str, int] = {}
        for _ in range(limit * _TRIES if "*" in template else 1):
            number = re.sub(r"\*", lambda _: str(self._random.randrange(10)), template)
            if _fits(number, country, kind):
                found[number] = ALL_CAPABILITIES
                if len(found) == limit:
                    break
        return found


def _template(country: str, kind: NumberType, pattern: str) -> str:
    """A number of the country with `*` where a digit is to be made up; "" where there is none."""
    if pattern.startswith("+"):
        return pattern
    example = phonenumbers.example_number_for_type(country, _PLAN_TYPES[kind])
    if example is None:
        return ""
    text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    code = len(str(example.country_code)) + 1
    free = max(_FREE_DIGITS, len(pattern))
    if len(text) - code < free:
        return ""
    return f"{text[:-free]}{'*' * (free - len(pattern))}{pattern}"


def _fits(number: str, country: str, kind: NumberType) -> bool:
    return (
        check(number, Validity.strict)
        and iso_country(number) == country
        and number_type(number) is kind
    )
