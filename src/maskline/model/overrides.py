"""What a webhook URL says of its own connection, in Twilio's syntax: a fragment such as
`#ct=2000&rc=3&rp=5xx,ct`, which is neither sent nor signed."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

#: The longest time that may be asked for, in ms: as long as Twilio ever waits.
MOST_MS: Final = 15_000
MOST_RETRIES: Final = 5

_NUMBER: Final = re.compile(r"[0-9]{1,6}", re.ASCII).fullmatch


class Trouble(StrEnum):
    """What another attempt may be made after."""

    CONNECT = "ct"
    READ = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    ALL = "all"


class Overrides(msgspec.Struct, frozen=True):
    """Times in seconds, null where the URL leaves them to the settings. `retries` is null where it
    says nothing of attempts at all."""

    connect_timeout: float | None = None
    read_timeout: float | None = None
    total_timeout: float | None = None
    retries: int | None = None
    retry_on: frozenset[Trouble] = frozenset({Trouble.CONNECT})

    def retry_after(self, trouble: Trouble) -> bool:
        """Whether another attempt is wanted after that."""
        return trouble in self.retry_on or Trouble.ALL in self.retry_on


class BadOverride(ValueError):
    """A part of a fragment that makes no sense; the text says which, and what it must be."""


NONE: Final = Overrides()


def check_overrides(url: str) -> None:
    """Raises BadOverride for a URL whose fragment says something that can't be done."""
    _read(url.partition("#")[2])


@lru_cache(1000)
def overrides_of(url: str) -> Overrides:
    """What the URL says. A fragment that is wrong, as those in documents of programs may be, says
    nothing."""
    fragment = url.partition("#")[2]
    try:
        return _read(fragment) if fragment else NONE
    except BadOverride:
        return NONE


def _read(fragment: str) -> Overrides:
    """Names that are none of ours, and Twilio's `e` and `sni`, are left alone: a fragment may have
    been there for another purpose."""
    said = dict(part.split("=", 1) for part in fragment.split("&") if "=" in part)
    retries, causes = said.get("rc"), said.get("rp")
    count = None if retries is None else _number("rc", retries, 0, MOST_RETRIES)
    return Overrides(
        connect_timeout=_seconds("ct", said),
        read_timeout=_seconds("rt", said),
        total_timeout=_seconds("tt", said),
        # A cause without a count means one: Twilio's default.
        retries=1 if count is None and causes is not None else count,
        retry_on=Overrides().retry_on if causes is None else _causes(causes),
    )


def _seconds(name: str, said: dict[str, str]) -> float | None:
    value = said.get(name)
    return None if value is None else _number(name, value, 1, MOST_MS, " (ms)") / 1000


def _number(name: str, value: str, least: int, most: int, unit: str = "") -> int:
    if not _NUMBER(value) or not least <= int(value) <= most:
        raise BadOverride(f"#{name} must be a whole number from {least} to {most}{unit}")
    return int(value)


def _causes(value: str) -> frozenset[Trouble]:
    try:
        return frozenset(map(Trouble, value.split(",")))
    except ValueError:
        raise BadOverride(f"#rp must be a list of {', '.join(Trouble)}") from None
