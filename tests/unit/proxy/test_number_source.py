"""Numbers that are made up."""

from __future__ import annotations

import random
import re

import pytest

from maskline.model.number import ALL_CAPABILITIES
from maskline.numbers.e164 import NumberType, Validity, check, iso_country, number_type
from maskline.proxy.number_source import MadeUpNumbers


def source() -> MadeUpNumbers:
    return MadeUpNumbers(rng=random.Random(7))


async def test_it_has_every_number() -> None:
    assert MadeUpNumbers().name == "simulator"
    assert MadeUpNumbers("other").name == "other"
    assert await source().offer("+14158675310") == ALL_CAPABILITIES


@pytest.mark.parametrize(
    ("country", "kind"),
    [
        ("US", NumberType.local),
        ("US", NumberType.toll_free),
        ("CA", NumberType.local),
        ("GB", NumberType.local),
        ("GB", NumberType.mobile),
        ("DE", NumberType.mobile),
        ("MX", NumberType.local),
    ],
)
async def test_what_it_makes_up_is_valid(country: str, kind: NumberType) -> None:
    found = await source().search(country, kind, "", 10)
    assert len(found) == 10
    for number, capabilities in found.items():
        assert check(number, Validity.strict)
        assert iso_country(number) == country
        assert number_type(number) is kind
        assert capabilities == ALL_CAPABILITIES


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("+1415*******", r"\+1415\d{7}"),
        ("+1415867****", r"\+1415867\d{4}"),
        ("+14158675310", r"\+14158675310"),
        ("77", r"\+1\d{8}77"),
        ("2**3", r"\+1\d{6}2\d\d3"),
        ("4158675***", r"\+14158675\d{3}"),
    ],
)
async def test_it_keeps_to_a_pattern(pattern: str, expected: str) -> None:
    found = await source().search("US", NumberType.local, pattern, 3)
    assert 1 <= len(found) <= 3
    assert all(re.fullmatch(expected, number) for number in found)


@pytest.mark.parametrize(
    ("country", "kind", "pattern"),
    [
        ("US", NumberType.local, "+1555*******"),
        ("US", NumberType.mobile, ""),
        ("ZZ", NumberType.local, ""),
        ("US", NumberType.local, "*" * 11),
        ("US", NumberType.local, "+44*********"),
        ("GB", NumberType.toll_free, "+1415*******"),
    ],
)
async def test_there_may_be_none(country: str, kind: NumberType, pattern: str) -> None:
    assert await source().search(country, kind, pattern, 2) == {}
