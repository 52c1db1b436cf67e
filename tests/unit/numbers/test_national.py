from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.model.account import Switch
from maskline.numbers.dialling import calling_code
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import (
    ARGENTINA,
    MEXICO,
    MEXICO_CHANGED,
    canonical,
    dialled,
    may_differ,
    twin,
)

OLD, NEW = MEXICO_CHANGED - 1, MEXICO_CHANGED
NINE, ONE_OFF = int(Switch.ARGENTINA_NINE), int(Switch.MEXICO_ONE_OFF)

national = st.from_regex(r"\+(52[0-9]{10}|54[1-3][0-9]{9})", fullmatch=True)
anything = st.one_of(st.text(max_size=20), st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))


@pytest.mark.parametrize(
    ("given", "known"),
    [
        # Mexico
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        ("+5218112345678", "+528112345678"),
        # Argentina
        ("+5491123456789", "+541123456789"),
        ("+541123456789", "+541123456789"),
        ("+5492231234567", "+542231234567"),
        ("+5493725123456", "+543725123456"),
        # Too short or too long for the digit to be the one that is meant.
        ("+521551234567", "+521551234567"),
        ("+52155123456789", "+52155123456789"),
        ("+549112345678", "+549112345678"),
        ("+54911234567890", "+54911234567890"),
        # Argentine services have no mobiles.
        ("+5498001234567", "+5498001234567"),
        # Other countries.
        ("+14155550100", "+14155550100"),
        ("+5255", "+5255"),
        ("+5511987654321", "+5511987654321"),
        # No numbers.
        ("", ""),
        ("+", "+"),
        ("ACME", "ACME"),
        ("+521ABCDEFGHIJ", "+521ABCDEFGHIJ"),
        ("+5215512345678\n", "+5215512345678\n"),
        ("+521\uff1512345678", "+521\uff1512345678"),
        ("5215512345678", "5215512345678"),
        ("whatsapp:+5215512345678", "whatsapp:+5215512345678"),
    ],
)
def test_canonical(given: str, known: str) -> None:
    assert canonical(given) == known


@pytest.mark.parametrize(
    ("number", "is_call", "created", "switches", "expected"),
    [
        # Mexico: by the day of the Service's creation, in calls and messages alike.
        ("+525512345678", False, OLD, 0, "+5215512345678"),
        ("+525512345678", True, OLD, 0, "+5215512345678"),
        ("+525512345678", False, NEW, 0, "+525512345678"),
        ("+525512345678", True, NEW, 0, "+525512345678"),
        ("+525512345678", True, OLD, ONE_OFF, "+525512345678"),
        ("+525512345678", False, OLD, ONE_OFF, "+525512345678"),
        ("+525512345678", True, OLD, NINE, "+5215512345678"),
        ("+52551234567", True, OLD, 0, "+52551234567"),
        # Argentina: behind the switch, in calls alone.
        ("+542231234567", True, NEW, NINE, "+5492231234567"),
        ("+542231234567", False, NEW, NINE, "+542231234567"),
        ("+542231234567", True, NEW, 0, "+542231234567"),
        ("+542231234567", False, NEW, 0, "+542231234567"),
        ("+542231234567", True, OLD, NINE | ONE_OFF, "+5492231234567"),
        ("+548001234567", True, NEW, NINE, "+548001234567"),
        # Everybody else.
        ("+14155550100", True, OLD, NINE, "+14155550100"),
        ("+442079460958", True, OLD, NINE, "+442079460958"),
        ("messenger:12345", False, OLD, NINE, "messenger:12345"),
    ],
)
def test_dialled(number: str, is_call: bool, created: int, switches: int, expected: str) -> None:
    found = dialled(number, is_call=is_call, service_created=created, switches=switches)
    assert found == expected
    assert may_differ(number) or found == number


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("+525512345678", "+5215512345678"),
        ("+5215512345678", "+525512345678"),
        ("+541123456789", "+5491123456789"),
        ("+5491123456789", "+541123456789"),
        ("+548001234567", None),
        ("+52551234567", None),
        ("+14155550100", None),
        ("894546", None),
        ("", None),
    ],
)
def test_twin(number: str, other: str | None) -> None:
    assert twin(number) == other


def test_the_countries() -> None:
    for country, code in ((MEXICO, "52"), (ARGENTINA, "54")):
        # `canonical` looks at the first four characters alone.
        assert len(country.code + country.digit) == 4
        assert calling_code(f"{country.code}{country.digit}5512345678") == code


@given(national, st.booleans(), st.sampled_from([OLD, NEW]), st.integers(0, 127))
def test_whom_we_dial_calls_back_as_who_they_are(
    number: str, is_call: bool, created: int, switches: int
) -> None:
    form = dialled(number, is_call=is_call, service_created=created, switches=switches)
    assert canonical(form) == canonical(number)
    assert is_e164(form)


@given(anything)
def test_a_person_has_one_form(given: str) -> None:
    known = canonical(given)
    assert canonical(known) == known
    assert is_e164(known) == is_e164(given)
    assert known[:3] == given[:3]
