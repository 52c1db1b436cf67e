"""Log lines, for people and for programs."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from maskline.cli.logs import formatter_of, masked
from maskline.settings import Settings


def record(message: str, *args: object, **extra: Any) -> logging.LogRecord:
    """A line of the program, at a moment that is known."""
    one = logging.LogRecord("maskline.api", logging.WARNING, "api.py", 1, message, args, None)
    one.created, one.msecs, one.process = 1_720_094_400.042, 42.0, 7
    for name, value in extra.items():
        setattr(one, name, value)
    return one


def test_a_line_for_people() -> None:
    line = formatter_of(Settings()).format(record("request %s: no", "RQ1", request_id="RQ1"))
    assert line == "2024-07-04T12:00:00Z WARNING maskline.api: request RQ1: no"


def test_an_object_for_programs() -> None:
    formatter = formatter_of(Settings(log_format="json"))
    line = formatter.format(record('two\nlines and "quotes" for %s', "RQ1", request_id="RQ1"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2024-07-04T12:00:00.042Z",
        "level": "warning",
        "logger": "maskline.api",
        "process": 7,
        "message": 'two\nlines and "quotes" for RQ1',
        "request_id": "RQ1",
    }


def test_what_is_about_no_request_names_none() -> None:
    line = formatter_of(Settings(log_format="json")).format(record("hello"))
    assert set(json.loads(line)) == {"time", "level", "logger", "process", "message"}


def test_an_error_comes_with_its_traceback_in_the_same_line() -> None:
    try:
        raise ValueError("seven")
    except ValueError:
        one = record("it failed", exc_info=sys.exc_info())
    line = formatter_of(Settings(log_format="json")).format(one)
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: seven")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_number_that_somebody_else_wrote_is_masked(log_format: Any) -> None:
    try:
        raise ValueError("+14155550142 is no number")
    except ValueError:
        one = record("it failed for %s", "+14155550142", exc_info=sys.exc_info())
    line = formatter_of(Settings(log_format=log_format)).format(one)
    assert "0142" not in line
    assert line.count("+1415555XXXX") >= 2


@pytest.mark.parametrize("text", ["a+1", "2024+123456", "RQ01+", "12345678", "1+14155550142999999"])
def test_what_is_no_number_is_left(text: str) -> None:
    assert masked(text) == text
