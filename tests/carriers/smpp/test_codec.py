"""Octets and back: PDUs, alphabets, parts."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers.smpp import addresses, alphabet, pdu, segments, statuses
from maskline.carriers.smpp.alphabet import Alphabet
from maskline.carriers.smpp.pdu import PduError, ShortMessage
from maskline.carriers.smpp.segments import Place, TooLong, Way
from maskline.carriers.smpp.settings import SmppCredentials, SmppSettings, account
from maskline.messaging import segments as billing
from maskline.model.gsm7 import BASIC, EXTENSION

GSM = st.text(st.sampled_from(BASIC + EXTENSION))
C_STRING = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20)
OCTET = st.integers(0, 255)


def test_the_gsm_alphabet_is_the_standard_one() -> None:
    # 3GPP TS 23.038: some of its corners, and that no two characters share a code.
    for char, octets in {
        "@": b"\x00",
        "_": b"\x11",
        "Ξ": b"\x1a",
        "Æ": b"\x1c",
        " ": b"\x20",
        "¤": b"\x24",
        "¡": b"\x40",
        "Ä": b"\x5b",
        "§": b"\x5f",
        "¿": b"\x60",
        "à": b"\x7f",
        "€": b"\x1b\x65",
        "\f": b"\x1b\x0a",
        "^": b"\x1b\x14",
        "[": b"\x1b\x3c",
        "|": b"\x1b\x40",
    }.items():
        assert alphabet.encode(char).octets == octets
    assert len({alphabet.encode(char).octets for char in BASIC + EXTENSION}) == 137


@pytest.mark.covers("carrier:smpp.alphabets")
@given(st.text(), st.sampled_from(["gsm7", "latin1"]), st.booleans())
def test_any_text_is_the_same_text_again(text: str, default: Alphabet, latin1: bool) -> None:
    encoded = alphabet.encode(text, default, latin1=latin1)
    assert alphabet.decode(encoded.data_coding, encoded.octets, default) == text


@given(OCTET, st.binary(), st.sampled_from(["gsm7", "latin1"]))
def test_any_octets_are_some_text_that_can_be_stored(
    data_coding: int, octets: bytes, default: Alphabet
) -> None:
    alphabet.decode(data_coding, octets, default).encode()


@given(GSM)
def test_gsm_texts_go_out_as_gsm(text: str) -> None:
    assert alphabet.encode(text).data_coding == 0


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b\x1b", " "),
        (b"a\x1b", "a "),
        (b"\x1b\x41", "A"),
        (b"\x80\xff", "\x80ÿ"),
        (b"\x1b\x28\x1b\x29", "{}"),
    ],
)
def test_escapes_that_lead_nowhere(octets: bytes, text: str) -> None:
    assert alphabet.decode(0, octets) == text


@given(
    st.one_of(GSM, st.text()), st.sampled_from(["udh", "sar", "payload"]), st.integers(0, 65_535)
)
def test_any_text_in_parts_is_the_same_text_again(text: str, way: Way, reference: int) -> None:
    text = (text + " ") * 9
    encoded = alphabet.encode(text)
    sent = segments.parts(ShortMessage(), encoded, way, reference)
    assert all(len(one.short_message) <= 160 for one in sent)
    if way != "payload":
        assert len(sent) == billing.count(text).segments
    random.Random(reference).shuffle(sent)
    places = []
    for one in sent:
        there = pdu.read_message(pdu.write_message(one))
        assert there == one
        place, octets = segments.read(there)
        places.append((place.part if place else 1, octets))
        # Every part can be read by itself: no character is cut.
        assert "�" not in alphabet.decode(there.data_coding, octets) or "�" in text
    octets = b"".join(octets for _, octets in sorted(places))
    assert alphabet.decode(encoded.data_coding, octets) == text


@pytest.mark.parametrize(
    ("body", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("{" * 80, 1), ("{" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2)],
)
def test_where_a_second_part_begins(body: str, count: int) -> None:
    assert len(segments.pieces(alphabet.encode(body))) == count


def test_more_parts_than_can_be_counted() -> None:
    encoded = alphabet.encode("a" * 153 * 256)
    with pytest.raises(TooLong):
        segments.parts(ShortMessage(), encoded, "udh", 1)
    assert len(segments.parts(ShortMessage(), encoded, "payload", 1)) == 1
    with pytest.raises(TooLong):
        segments.parts(ShortMessage(), alphabet.encode("a" * 65_536), "payload", 1)


@pytest.mark.parametrize(
    ("message", "place", "octets"),
    [
        (ShortMessage(short_message=b"hi"), None, b"hi"),
        (
            ShortMessage(esm_class=0x40, short_message=b"\x05\x00\x03\x2a\x02\x01hi"),
            Place(42, 2, 1),
            b"hi",
        ),
        (
            ShortMessage(esm_class=0x40, short_message=b"\x06\x08\x04\x12\x34\x03\x02hi"),
            Place(0x1234, 3, 2),
            b"hi",
        ),
        # The place may stand behind other elements.
        (
            ShortMessage(
                esm_class=0x40, short_message=b"\x0b\x05\x04\x0b\x84\x0b\x84\x00\x03\x01\x02\x02hi"
            ),
            Place(1, 2, 2),
            b"hi",
        ),
        (
            ShortMessage(
                esm_class=0x40, options={pdu.MESSAGE_PAYLOAD: b"\x05\x00\x03\x2a\x02\x01hi"}
            ),
            Place(42, 2, 1),
            b"hi",
        ),
        (
            ShortMessage(
                short_message=b"hi",
                options={0x020C: b"\x01\x02", 0x020E: b"\x02", 0x020F: b"\x01"},
            ),
            Place(0x0102, 2, 1),
            b"hi",
        ),
        (ShortMessage(short_message=b"hi", options={0x020C: b"\x01\x02"}), None, b"hi"),
        (
            ShortMessage(esm_class=0x40, short_message=b"\x05\x00\x03\x2a\x01\x01hi"),
            None,
            b"hi",
        ),
        (ShortMessage(esm_class=0x40, short_message=b""), None, b""),
        (ShortMessage(esm_class=0x40, short_message=b"\x02\x00\x03hi"), None, b"hi"),
    ],
)
def test_where_a_part_belongs(message: ShortMessage, place: Place | None, octets: bytes) -> None:
    assert segments.read(message) == (place, octets)


@given(
    st.builds(
        ShortMessage,
        service_type=C_STRING,
        source_ton=OCTET,
        source_npi=OCTET,
        source=C_STRING,
        destination_ton=OCTET,
        destination_npi=OCTET,
        destination=C_STRING,
        esm_class=OCTET,
        validity_period=C_STRING,
        registered_delivery=OCTET,
        data_coding=OCTET,
        short_message=st.binary(max_size=254),
        options=st.dictionaries(st.integers(0, 65_535), st.binary(max_size=40), max_size=4),
    )
)
def test_a_message_is_the_same_message_again(message: ShortMessage) -> None:
    assert pdu.read_message(pdu.write_message(message)) == message


@given(st.binary(max_size=200))
def test_any_octets_are_a_message_or_a_pdu_error(body: bytes) -> None:
    for read in (pdu.read_message, pdu.read_data_message):
        with contextlib.suppress(PduError):
            segments.read(read(body))


@pytest.mark.covers("carrier:smpp.layout")
def test_the_layout_is_the_specification_s() -> None:
    message = ShortMessage(
        source_ton=1,
        source_npi=1,
        source="1",
        destination_ton=1,
        destination_npi=1,
        destination="2",
        registered_delivery=1,
        short_message=b"hi",
    )
    body = bytes.fromhex("00 01 01 31 00 01 01 32 00 00 00 00 00 00 01 00 00 00 02 68 69")
    assert pdu.write_message(message) == body
    assert pdu.write(pdu.SUBMIT_SM, 7, body=body)[:16].hex() == "00000025000000040000000000000007"
    assert pdu.bind_body("me", "pw", "", 0, 0, "") == b"me\0pw\0\0\x34\0\0\0"


def test_a_short_message_has_its_limit() -> None:
    with pytest.raises(PduError):
        pdu.write_message(ShortMessage(short_message=b"x" * 255))


@pytest.mark.parametrize("length", [0, 15, 0x11001, 0xFFFFFFFF])
def test_lengths_that_can_not_be(length: int) -> None:
    with pytest.raises(PduError):
        pdu.read_header(length.to_bytes(4, "big") + bytes(12))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("+12125551234", "12125551234", True),
        ("+12125551234", "2125551234", True),
        ("+447700900123", "07700900123", True),
        ("+12125551234", "+13055551234", False),
        ("+12125551234", "1234", False),
        ("+12125551234", "", False),
        ("Bank", "Bank", False),
    ],
)
def test_two_writings_of_a_number(one: str, other: str, expected: bool) -> None:
    assert addresses.same(one, other) is expected
    assert addresses.same(other, one) is expected


def test_statuses_have_names_for_people() -> None:
    assert statuses.name(0x0E) == "invalid password (0x0E)"
    assert statuses.name(0x0411) == "refused (0x411)"


def test_no_secret_is_shown() -> None:
    known = SmppCredentials(system_id="me-myself", password="hunter22")
    whole = account("smpp", SmppSettings(host="smsc.example"), known)
    for shown in (repr(known), repr(whole), str(whole)):
        assert "hunter22" not in shown
        assert "me-myself" not in shown
    assert "smsc.example" in repr(whole)
