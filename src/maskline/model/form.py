"""A form's parameters, read into typed values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlsplit

from maskline.model.errors import Fault
from maskline.model.overrides import BadOverride, check_overrides

E = TypeVar("E", bound=StrEnum)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\ud800-\udfff]")
#: A text of several lines may hold tab, line feed and carriage return.
_CONTROL_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)

MAX_URL: Final = 4000


class Form:
    """Parameters by name; a wrong one is refused with `code`, naming the parameter.

    Absent and empty parameters read as null; `has` tells an empty one from an absent one. A
    parameter of one value that is sent twice is refused.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], code: int = 80701) -> None:
        self._values = values
        self._code = code

    def over(self, values: Mapping[str, Sequence[str]]) -> Form:
        """A form of other values that refuses with the same code."""
        return Form(values, self._code)

    def pairs(self) -> list[tuple[str, str]]:
        """All parameters as they were sent."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def has(self, name: str) -> bool:
        """Whether the parameter was sent, be it empty."""
        return name in self._values

    def wrong(self, name: str, expected: str) -> Fault:
        """The refusal of a parameter."""
        return Fault(self._code, f"{name} {expected}")

    def many(self, name: str) -> list[str]:
        """All values of a repeated parameter, empty ones left out."""
        return [value for value in self._values.get(name, ()) if value]

    def text(
        self, name: str, max_length: int, *, required: bool = False, lines: bool = False
    ) -> str | None:
        """A text of at most `max_length` characters, free of control characters."""
        values = self._values.get(name, ())
        if len(values) > 1:
            raise self.wrong(name, "was given more than once")
        value = values[0] if values else ""
        if not value:
            if required:
                raise self.wrong(name, "is required")
            return None
        if len(value) > max_length:
            raise self.wrong(name, f"has more than {max_length} characters")
        if (_CONTROL_IN_TEXT if lines else _CONTROL).search(value):
            raise self.wrong(name, "holds control characters")
        return value

    def integer(self, name: str, minimum: int, maximum: int) -> int | None:
        """A whole number from `minimum` to `maximum`."""
        value = self.text(name, 255)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value) or not minimum <= int(value) <= maximum:
            raise self.wrong(name, f"must be a whole number from {minimum} to {maximum}")
        return int(value)

    def boolean(self, name: str) -> bool | None:
        """`true` or `false`, in any case."""
        value = self.text(name, 255)
        if value is None:
            return None
        if value.lower() not in ("true", "false"):
            raise self.wrong(name, "must be true or false")
        return value.lower() == "true"

    def choice(self, name: str, choices: type[E]) -> E | None:
        """One of an enumeration's values."""
        value = self.text(name, 255)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError:
            raise self.wrong(name, f"must be one of {', '.join(choices)}") from None

    def url(self, name: str) -> str | None:
        """An absolute http or https URL of at most 4000 characters, whose fragment says nothing of
        its connection that can't be done."""
        value = self.text(name, MAX_URL)
        if value is None:
            return None
        if not is_url(value):
            raise self.wrong(name, "must be an absolute http or https URL")
        try:
            check_overrides(value)
        except BadOverride as bad:
            raise self.wrong(name, f"has a wrong override: {bad}") from None
        return value

    def moment(self, name: str) -> int | None:
        """An ISO 8601 date or date and time, in ms; without an offset it is UTC."""
        value = self.text(name, 64)
        if value is None:
            return None
        try:
            if len(value) == 10:
                day = date.fromisoformat(value)
                moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
            else:
                moment = datetime.fromisoformat(value)
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=UTC)
            return int(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            raise self.wrong(name, "must be a date such as 2030-07-30T20:00:00Z") from None


def is_url(text: str) -> bool:
    """Whether `text` is an absolute http or https URL with a host and a sound port."""
    # The parser drops line breaks and tabs without a word.
    if " " in text or _CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
