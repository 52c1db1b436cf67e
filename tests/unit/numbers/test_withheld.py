from __future__ import annotations

import phonenumbers
import pytest

from maskline.numbers.e164 import Validity, check
from maskline.numbers.withheld import SPELLED, WORDS, is_withheld


@pytest.mark.parametrize(
    "caller",
    [
        *sorted(WORDS),
        *sorted(SPELLED),
        # As Twilio writes them.
        *("+2562533", "+266696687", "+7378742833", "+8656696", "+86282452253"),
        *("Anonymous", "RESTRICTED", "Unavailable", " unknown ", "No-Caller-ID", "no_caller_id"),
        *("sip:anonymous@anonymous.invalid", "sips:Anonymous@example.com", "anonymous@10.0.0.1"),
        "sip:@example.com",
    ],
)
def test_a_withheld_number(caller: str) -> None:
    assert is_withheld(caller)


@pytest.mark.parametrize(
    "caller",
    [
        "+14155550100",
        # A number of Austin, Texas, and what a carrier without plus signs may call it.
        "+17378742833",
        "7378742833",
        "266696687",
        "ACME",
        "12345",
        "sip:alice@example.com",
        "messenger:anonymous",
        "+2666966870",
    ],
)
def test_everything_else(caller: str) -> None:
    assert not is_withheld(caller)


@pytest.mark.parametrize("number", sorted(SPELLED))
def test_what_the_keys_spell_is_nobodys_number(number: str) -> None:
    assert not check(number, Validity.strict)
    assert not phonenumbers.is_valid_number(phonenumbers.parse(number, None))
