from __future__ import annotations

from enum import StrEnum

import pytest

from maskline.model.errors import Fault
from maskline.model.form import MAX_URL, Form, is_url

HALF_PAST = 1_720_096_200_000  # 2024-07-04T12:30:00Z


class Colour(StrEnum):
    RED = "red"
    DARK_RED = "dark-red"


def form(value: str) -> Form:
    return Form({"X": [value]})


def refusal(act: object) -> str:
    """The text of the refusal, which must name the parameter and not repeat its value."""
    assert callable(act)
    with pytest.raises(Fault) as caught:
        act()
    assert caught.value.code == 80701
    assert ": X " in caught.value.message
    return caught.value.message


ABSENT = Form({})


def test_what_is_absent_or_empty_reads_as_null() -> None:
    for blank in (ABSENT, form(""), Form({"X": []})):
        assert blank.text("X", 10) is None
        assert blank.integer("X", 0, 10) is None
        assert blank.boolean("X") is None
        assert blank.choice("X", Colour) is None
        assert blank.url("X") is None
        assert blank.moment("X") is None
        assert blank.many("X") == []


def test_has_tells_an_empty_parameter_from_an_absent_one() -> None:
    assert form("").has("X")
    assert not ABSENT.has("X")


def test_many() -> None:
    assert Form({"X": ["a", "", "b"]}).many("X") == ["a", "b"]


def test_a_form_refuses_with_its_own_code_and_so_does_one_made_from_it() -> None:
    first = Form({}, 20001)
    for one in (first, first.over({"X": [""]})):
        with pytest.raises(Fault) as caught:
            one.text("X", 10, required=True)
        assert caught.value.code == 20001


@pytest.mark.parametrize("value", ["a", "ä ß 漢字 🙂", "a" * 10, " "])
def test_text(value: str) -> None:
    assert form(value).text("X", 10) == value


def test_text_that_is_too_long() -> None:
    assert "10 characters" in refusal(lambda: form("a" * 11).text("X", 10))


def test_text_that_is_required() -> None:
    assert "required" in refusal(lambda: ABSENT.text("X", 10, required=True))
    assert "required" in refusal(lambda: form("").text("X", 10, required=True))


def test_text_that_was_sent_twice() -> None:
    assert "more than once" in refusal(lambda: Form({"X": ["a", "a"]}).text("X", 10))


@pytest.mark.parametrize("value", ["\0", "a\nb", "a\rb", "\t", "\x7f", "\x85", "\ud800"])
def test_text_with_control_characters(value: str) -> None:
    assert "control characters" in refusal(lambda: form(value).text("X", 10))


def test_text_of_several_lines() -> None:
    assert form("a\r\n\tb\x85").text("X", 10, lines=True) == "a\r\n\tb\x85"
    for value in ("\0", "\x0b", "\x7f", "\udfff"):
        refusal(lambda one=value: form(one).text("X", 10, lines=True))


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("7", 7), ("+7", 7), ("007", 7)])
def test_integer(value: str, number: int) -> None:
    assert form(value).integer("X", 0, 100) == number


def test_integer_below_nought() -> None:
    assert form("-3").integer("X", -3, 100) == -3


@pytest.mark.parametrize(
    "value", ["-1", "101", "1.0", "1e1", "x", " 1", "1 ", "\u0661", "1_0", "9" * 19, "0x1", "--1"]
)
def test_integer_that_is_none(value: str) -> None:
    assert "from 0 to 100" in refusal(lambda: form(value).integer("X", 0, 100))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False)],
)
def test_boolean(value: str, expected: bool) -> None:
    assert form(value).boolean("X") is expected


@pytest.mark.parametrize("value", ["1", "0", "yes", "true ", "t"])
def test_boolean_that_is_none(value: str) -> None:
    assert "true or false" in refusal(lambda: form(value).boolean("X"))


def test_choice() -> None:
    assert form("dark-red").choice("X", Colour) is Colour.DARK_RED


@pytest.mark.parametrize("value", ["Red", "blue", "red "])
def test_choice_of_what_is_not_offered(value: str) -> None:
    assert "red, dark-red" in refusal(lambda: form(value).choice("X", Colour))


URLS = [
    "http://example.com",
    "https://example.com/a?b=c#d",
    "http://localhost:8080/hook",
    "https://user:secret@example.com/",
    "http://[::1]:9000/",
    "HTTP://EXAMPLE.COM",
]
NO_URLS = [
    "example.com",
    "/path",
    "ftp://example.com",
    "http://",
    "http:///path",
    "http://example.com:port/",
    "http://example.com:70000/",
    "http://[::1",
    "http://exa mple.com",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("value", URLS)
def test_url(value: str) -> None:
    assert is_url(value)
    assert form(value).url("X") == value


@pytest.mark.parametrize("value", NO_URLS)
def test_url_that_is_none(value: str) -> None:
    assert not is_url(value)
    assert "http or https URL" in refusal(lambda: form(value).url("X"))


@pytest.mark.parametrize("character", ["\n", "\t", "\r", "\x00", "\x7f"])
def test_url_with_a_control_character(character: str) -> None:
    value = f"http://exam{character}ple.com/"
    assert not is_url(value)
    assert "control characters" in refusal(lambda: form(value).url("X"))


def test_url_that_is_too_long() -> None:
    longest = "http://example.com/".ljust(MAX_URL, "a")
    assert form(longest).url("X") == longest
    assert "4000 characters" in refusal(lambda: form(longest + "a").url("X"))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-07-04T12:30:00Z", HALF_PAST),
        ("2024-07-04T12:30:00", HALF_PAST),
        ("2024-07-04 12:30", HALF_PAST),
        ("20240704T123000Z", HALF_PAST),
        ("2024-07-04T12:30:00.250Z", HALF_PAST + 250),
        ("2024-07-04T14:30:00+02:00", HALF_PAST),
        ("2024-07-04T07:00:00-05:30", HALF_PAST),
        ("2024-07-04", 1_720_051_200_000),
        ("1970-01-01", 0),
    ],
)
def test_moment(value: str, moment: int) -> None:
    assert form(value).moment("X") == moment


@pytest.mark.parametrize(
    "value", ["tomorrow", "2024-13-01", "2024-02-30T00:00:00Z", "1720096200", "2024-07-04T25:00"]
)
def test_moment_that_is_none(value: str) -> None:
    assert "date such as" in refusal(lambda: form(value).moment("X"))
