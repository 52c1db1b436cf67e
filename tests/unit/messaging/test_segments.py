from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maskline.messaging.segments import Segments, count

# The alphabets of GSM 03.38 by code point, written independently of the module's own tables.
BASIC = frozenset(
    [chr(code) for code in range(0x20, 0x7F) if chr(code) not in "[\\]^`{|}~"]
    + ["\n", "\r"]
    + [chr(code) for code in (0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7, 0xC9)]
    + [chr(code) for code in (0xD1, 0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9)]
    + [chr(code) for code in (0xEC, 0xF1, 0xF2, 0xF6, 0xF8, 0xF9, 0xFC)]
    + [chr(code) for code in (0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9)]
)
EXTENSION = frozenset("[\\]^{|}~\f\N{EURO SIGN}")


def slow_count(body: str) -> Segments:
    """Characters laid one by one into segments."""
    widths = []
    if all(character in BASIC or character in EXTENSION for character in body):
        encoding, single, joined = "GSM-7", 160, 153
        widths = [2 if character in EXTENSION else 1 for character in body]
    else:
        encoding, single, joined = "UCS-2", 70, 67
        widths = [2 if ord(character) > 0xFFFF else 1 for character in body]
    units = sum(widths)
    room = single if units <= single else joined
    segments: list[list[int]] = [[]]
    for width in widths:
        if sum(segments[-1]) + width > room:
            segments.append([])
        segments[-1].append(width)
    return Segments("GSM-7" if encoding == "GSM-7" else "UCS-2", units, len(segments))


def test_the_basic_alphabet_is_complete() -> None:
    assert len(BASIC) == 127


@pytest.mark.parametrize("character", sorted(BASIC))
def test_basic_characters_are_one_septet(character: str) -> None:
    assert count(character) == Segments("GSM-7", 1, 1)


@pytest.mark.parametrize("character", sorted(EXTENSION))
def test_extension_characters_are_two_septets(character: str) -> None:
    assert count(character) == Segments("GSM-7", 2, 1)


@pytest.mark.parametrize(
    "character", ["`", "ç", "“", "\u2013", "я", "\t", "\x1b", "\x00", "\ud800"]
)
def test_other_characters_are_one_code_unit(character: str) -> None:
    assert count(character) == Segments("UCS-2", 1, 1)


@pytest.mark.parametrize(
    ("body", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 80 + "a", "GSM-7", 161, 2),
        # Septets 153 and 154 are one character: it moves on whole.
        ("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2),
        # 76 fit into each segment of 153 septets.
        ("€" * 152, "GSM-7", 304, 2),
        ("€" * 153, "GSM-7", 306, 3),
        ("я" * 70, "UCS-2", 70, 1),
        ("я" * 71, "UCS-2", 71, 2),
        ("я" * 134, "UCS-2", 134, 2),
        ("я" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 66, "UCS-2", 132, 2),
        ("😀" * 67, "UCS-2", 134, 3),
        ("я" * 66 + "😀" + "я" * 65, "UCS-2", 133, 2),
        ("я" * 66 + "😀" + "я" * 66, "UCS-2", 134, 3),
        ("я" * 65 + "😀" + "я" * 67, "UCS-2", 134, 2),
        # One foreign character makes every other one a whole code unit.
        ("€" * 40 + "я", "UCS-2", 41, 1),
        # A high surrogate without its low one is no pair.
        ("я" * 66 + "\ud83dя" + "я" * 66, "UCS-2", 134, 2),
    ],
)
def test_boundaries(body: str, encoding: str, units: int, segments: int) -> None:
    found = count(body)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


GSM = st.text(st.sampled_from(sorted(BASIC)), max_size=700)
GSM_EXTENDED = st.text(st.sampled_from(sorted(EXTENSION) + list("ab\n")), max_size=500)
ANY = st.text(max_size=250)
SURROGATE_HEAVY = st.text(st.sampled_from("😀🚕яa€"), max_size=300)


@given(st.one_of(GSM, GSM_EXTENDED, ANY, SURROGATE_HEAVY))
@example("€" * 77)
@example("a" * 152 + "€" * 76 + "a" * 10)
def test_count_agrees_with_laying_out_the_characters(body: str) -> None:
    assert count(body) == slow_count(body)


@given(st.one_of(GSM_EXTENDED, SURROGATE_HEAVY), st.integers(min_value=0, max_value=200))
def test_count_agrees_when_pairs_fall_on_the_boundaries(body: str, shift: int) -> None:
    padded = "a" * shift + body
    assert count(padded) == slow_count(padded)
