from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.model.http import HttpRequest, HttpResponse, form


def test_what_is_sent_does_not_show_in_a_repr() -> None:
    request = HttpRequest(
        "POST", "http://u:secret@h/?secret", {"Authorization": "secret"}, b"hello"
    )
    assert repr(request) == "HttpRequest(POST)"
    response = HttpResponse(200, {"set-cookie": "secret"}, b"hello", False)
    assert repr(response) == "HttpResponse(200, 5 bytes)"


# Forms


@pytest.mark.parametrize(
    ("params", "encoded"),
    [
        ({}, b""),
        ({"To": "+14158675310", "Body": "a b&c=d"}, b"To=%2B14158675310&Body=a+b%26c%3Dd"),
        ({"A": ["1", "2"], "B": [], "C": ""}, b"A=1&A=2&C="),
        ([("B", "1"), ("A", "2"), ("B", "1")], b"B=1&A=2&B=1"),
        ({"é": "€ 🚕"}, b"%C3%A9=%E2%82%AC+%F0%9F%9A%95"),
        ({"x~._-": "~._-*/\x00\r\n\x7f"}, b"x~._-=~._-%2A%2F%00%0D%0A%7F"),
        ({"x": "\ud800"}, b"x=%ED%A0%80"),
    ],
)
def test_form(params: dict[str, str | list[str]] | list[tuple[str, str]], encoded: bytes) -> None:
    assert form(params) == encoded


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=8))
def test_a_form_reads_back_as_it_was(params: list[tuple[str, str]]) -> None:
    encoded = form(params).decode("ascii")
    assert parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(params)) == params
    assert encoded == urlencode(params)
