from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from maskline.numbers.dialling import SHARED_DIALLING, area_code, calling_code, dial_class


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+14158675310", "1"),
        ("+12681234567", "1"),
        ("+77012345678", "7"),
        ("+442079460958", "44"),
        ("+525512345678", "52"),
        ("+971501234567", "971"),
        ("+883510000000001", "883"),
        # Unassigned codes and what is no number.
        ("+99912345678", ""),
        ("+2100000000", ""),
        ("+", ""),
        ("", ""),
        ("14158675310", ""),
        ("messenger:12345", ""),
    ],
)
def test_calling_code(number: str, code: str) -> None:
    assert calling_code(number) == code
    assert dial_class(number) == code


@pytest.mark.parametrize("code", sorted(COUNTRY_CODE_TO_REGION_CODE))
def test_every_calling_code_is_found_as_the_parser_finds_it(code: int) -> None:
    number = f"+{code}2345678"
    parsed = phonenumbers.parse(number, None)
    assert calling_code(number) == str(parsed.country_code) == str(code)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+14158675310", "415"),
        ("+15551234567", "555"),
        ("+18005551212", "800"),
        ("+12684601234", "268"),
        ("+1415867531", ""),
        ("+442079460958", ""),
        ("4158675310", ""),
        ("messenger:12345", ""),
    ],
)
def test_area_code(number: str, code: str) -> None:
    assert area_code(number) == code


def test_territories_are_served_by_the_class_of_their_proxies() -> None:
    main = {"US": "1", "GB": "44", "GG": "44", "IM": "44", "JE": "44"}
    assert {row.region for row in SHARED_DIALLING} == {
        *("AG", "AI", "BM", "BS", "MS", "TC", "VG", "VI"),
        *("GB", "GG", "IM", "JE"),
    }
    for row in SHARED_DIALLING:
        assert {main[region] for region in row.proxies} == {dial_class(row.prefix + "234567")}
        code = int(calling_code(row.prefix))
        assert row.region in COUNTRY_CODE_TO_REGION_CODE[code]


def test_the_more_specific_prefix_comes_first() -> None:
    for position, row in enumerate(SHARED_DIALLING):
        earlier = [other.prefix for other in SHARED_DIALLING[:position]]
        assert not [prefix for prefix in earlier if row.prefix.startswith(prefix)]
