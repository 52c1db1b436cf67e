from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maskline.model.word import LONGEST, word_of

#: All that Python, and Unicode with it, takes for white space.
SPACE = st.text(st.sampled_from([chr(n) for n in range(0x110000) if chr(n).isspace()]), max_size=99)
WORD = st.text(st.characters(codec="ascii", exclude_categories=["Z", "C"]), min_size=1, max_size=34)


@given(SPACE, WORD, SPACE)
def test_white_space_around_it_and_case_are_set_aside(before: str, word: str, after: str) -> None:
    for spelling in (word, word.upper(), word.lower(), word.swapcase()):
        assert word_of(before + spelling + after) == word.lower()


@given(WORD, SPACE.filter(bool), WORD)
def test_white_space_within_stays(one: str, space: str, two: str) -> None:
    assert word_of(one + space + two) != word_of(one + two)


@given(st.text(max_size=200))
def test_neither_case_nor_outer_white_space_is_left(body: str) -> None:
    word = word_of(body)
    assert word == word.strip() == word.casefold()


def test_full_width_letters_are_the_same_word() -> None:
    assert word_of("\uff33\uff34\uff2f\uff30") == "stop"


def test_an_accent_may_stand_beside_its_letter() -> None:
    assert word_of("ARRE\u0302T") == word_of("arr\u00eat") == "arr\u00eat"
    assert word_of("E\u0302" * LONGEST) == "\u00ea" * LONGEST


def test_white_space_that_normalising_brings_forth_is_set_aside() -> None:
    assert word_of("\u00a8") == "\u0308"


def test_what_is_too_long_is_no_word() -> None:
    assert word_of("a" * 68) == "a" * 68
    assert word_of("a" * 69) == ""
    assert word_of(" " * 1000 + "stop" + "\n" * 1000) == "stop"
