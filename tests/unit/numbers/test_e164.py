from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskline.numbers.e164 import (
    NumberType,
    Validity,
    check,
    friendly,
    is_channel_address,
    is_e164,
    is_nanp,
    iso_country,
    mask,
    number_type,
)


@pytest.mark.parametrize("text", ["+1234567", "+14158675310", "+442079460958", "+123456789012345"])
def test_e164_shape(text: str) -> None:
    assert is_e164(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "14158675310",
        "+04158675310",
        "+123456",
        "+1234567890123456",
        "+14158675310\n",
        " +14158675310",
        "+1 4158675310",
        "+1415867531O",
        "+141586753\uff110",
        "+١٤١٥٨٦٧٥٣١٠",
        "messenger:12345",
    ],
)
def test_not_e164_shape(text: str) -> None:
    assert not is_e164(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+14158675310", True),
        ("+15551234567", True),
        ("+1415867531", False),
        ("+141586753100", False),
        ("+442079460958", False),
        ("4158675310", False),
    ],
)
def test_nanp(text: str, expected: bool) -> None:
    assert is_nanp(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("messenger:12345", True),
        ("whatsapp:+14158675310", True),
        ("sip:alice@example.com", True),
        ("messenger:", False),
        (":12345", False),
        ("m:12345", False),
        ("messenger:12 345", False),
        ("messenger:12345\n", False),
        ("messenger:\x0012345", False),
        ("1messenger:12345", False),
        ("+14158675310", False),
        ("", False),
    ],
)
def test_channel_address(text: str, expected: bool) -> None:
    assert is_channel_address(text) is expected


@pytest.mark.parametrize(
    ("number", "lenient", "twilio", "strict"),
    [
        ("+14158675310", True, True, True),
        ("+18005551212", True, True, True),
        ("+12684601234", True, True, True),
        ("+525512345678", True, True, True),
        ("+883510000000001", True, True, True),
        # No such area code.
        ("+15551234567", True, False, False),
        ("+15558675310", True, False, False),
        # An Argentine mobile without its 9: possible, though in no assigned range.
        ("+542231234567", True, True, False),
        ("+39312345678", True, True, False),
        # Too short, too long, and a length that only works inside its area.
        ("+1415867531", True, False, False),
        ("+5215512345678", True, False, False),
        ("+18675310", True, False, False),
        ("+525512345", True, False, False),
        # A trunk 0, and an Argentine 15: dialling would change them.
        ("+4402079460958", True, False, False),
        ("+54111512345678", True, False, False),
        # An unassigned country code.
        ("+99912345678", True, False, False),
        # No E.164 at all.
        ("4158675310", False, False, False),
        ("+1 415 867 5310", False, False, False),
        ("messenger:12345", False, False, False),
        ("", False, False, False),
    ],
)
def test_validity(number: str, lenient: bool, twilio: bool, strict: bool) -> None:
    assert check(number, Validity.lenient) is lenient
    assert check(number, Validity.twilio) is twilio
    assert check(number, Validity.strict) is strict
    assert check(number) is twilio


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_each_mode_of_validity_accepts_what_the_stricter_ones_do(number: str) -> None:
    strict, twilio, lenient = (
        check(number, Validity(mode)) for mode in ("strict", "twilio", "lenient")
    )
    assert strict <= twilio <= lenient


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155551234", "+1415555XXXX"),
        ("+19728041234", "+1972804XXXX"),
        ("14155551234", "1415555XXXX"),
        ("4155551234", "415555XXXX"),
        ("+1234567", "+123XXXX"),
        # Too short or too long for a number.
        ("+123456", "+XXXX"),
        ("72975", "7XXXX"),
        ("555123456", "55XXXX"),
        ("1234567890123456", "12XXXX"),
        ("whatsapp:+14155551234", "whatsapp:+1415555XXXX"),
        ("messenger:12345", "messenger:1XXXX"),
        ("messenger:1234567890123", "messenger:12XXXX"),
        ("sip:+14155551234@example.com", "sip:+1XXXX"),
        ("messenger:", "messenger:"),
        ("alice:+14155551234", "alXXXX"),
        ("Alice Example", "AlXXXX"),
        ("+1 (415) 555-1234", "+1XXXX"),
        ("abc", "XXXX"),
        ("abcd", "aXXXX"),
        ("\r\nforged log line", "XXXX"),
        ("é+14155551234", "XXXX"),
        ("+14155551234\n", "+1XXXX"),
        ("+١٤١٥٨٦٧٥٣١٠", "+XXXX"),
        ("", ""),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text())
def test_a_mask_is_printable_and_shows_little_of_any_text(text: str) -> None:
    masked = mask(text)
    if not text:
        assert masked == ""
        return
    assert masked.isascii()
    assert masked.isprintable()
    channel, colon, shown = masked.rpartition(":")
    original = text.removeprefix(channel + colon)
    assert original != text or not colon
    if not original:
        assert shown == ""
        return
    assert shown.endswith("XXXX")
    kept = shown[:-4]
    assert original.startswith(kept)
    assert len(kept) <= 2 or (kept.lstrip("+").isdigit() and len(kept) == len(original) - 4)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_number_differs_from_the_number_in_its_last_four_digits_alone(number: str) -> None:
    assert mask(number) == number[:-4] + "XXXX"
    assert mask("whatsapp:" + number) == "whatsapp:" + number[:-4] + "XXXX"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+14158675310", "(415) 867-5310"),
        ("+15551234567", "(555) 123-4567"),
        ("+442079460958", "+442079460958"),
        ("+18675310", "+18675310"),
        ("messenger:12345", "messenger:12345"),
    ],
)
def test_friendly(number: str, name: str) -> None:
    assert friendly(number) == name


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+14158675310", "US"),
        ("+16045551234", "CA"),
        ("+12684601234", "AG"),
        ("+442079460958", "GB"),
        ("+441481960194", "GG"),
        ("+77012345678", "KZ"),
        ("+542231234567", "AR"),
        # In no assigned range: the main country of the code.
        ("+15551234567", "US"),
        ("+39312345678", "IT"),
        # Belonging to no country.
        ("+883510000000001", ""),
        ("+80012345678", ""),
        ("+99912345678", ""),
        ("messenger:12345", ""),
    ],
)
def test_iso_country(number: str, country: str) -> None:
    assert iso_country(number) == country


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+14158675310", NumberType.local),
        ("+18005551212", NumberType.toll_free),
        ("+18335551212", NumberType.toll_free),
        ("+442079460958", NumberType.local),
        ("+447400123456", NumberType.mobile),
        ("+448001234567", NumberType.toll_free),
        ("+80012345678", NumberType.toll_free),
        ("+99912345678", NumberType.local),
        ("72975", NumberType.local),
    ],
)
def test_number_type(number: str, kind: NumberType) -> None:
    assert number_type(number) is kind


def test_the_geocoder_is_never_loaded() -> None:
    """Its tables cost 186 MB of memory."""
    program = (
        "import sys\n"
        "from maskline.numbers import dialling, e164\n"
        "assert e164.check('+14158675310') and e164.iso_country('+14158675310') == 'US'\n"
        "assert e164.number_type('+442079460958') and dialling.calling_code('+14158675310')\n"
        "loaded = [name for name in sys.modules if name.startswith('phonenumbers.')]\n"
        "assert loaded\n"
        "heavy = ('geocoder', 'geodata', 'carrier', 'carrierdata', 'timezone', 'tzdata')\n"
        "sys.exit(', '.join(n for n in loaded if n.split('.')[1] in heavy) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def as_the_library_has_it(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written == number and phonenumbers.is_valid_number(parsed)


#: Of countries with their own patterns, of services, and one that is not assigned.
_AREAS = "212 415 264 268 242 441 649 664 340 876 658 809 787 800 888 500 900 555"
_NATIONAL = st.one_of(
    st.text("0123456789", min_size=6, max_size=12),
    st.builds(
        str.__add__, st.sampled_from(_AREAS.split()), st.text("0123456789", min_size=7, max_size=7)
    ),
)


@settings(max_examples=1500, deadline=None)
@given(_NATIONAL)
def test_the_north_american_pattern_is_the_library_s_own_judgement(national: str) -> None:
    number = f"+1{national}"
    assert check(number) == check(number, Validity.strict) == as_the_library_has_it(number)


def test_the_north_american_pattern_takes_nothing_else() -> None:
    for wrong in (
        "+1",
        "+1415867531",
        "+14158675310\n",
        "+1415867531\u0660",
        "+1 4158675310",
        "14158675310",
    ):
        assert not check(wrong)
