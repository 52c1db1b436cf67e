"""Findings: what the doctor looked at, how it is, and what to do."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class State(StrEnum):
    """`bad` will not work or is not safe, `warn` may be as it is meant."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """One line of the doctor's. `details` are further lines below it. No text holds a secret or a
    person's number."""

    check: str
    state: State
    says: str
    advice: str = ""
    details: tuple[str, ...] = ()


def ok(check: str, says: str, *details: str) -> Finding:
    """All is well."""
    return Finding(check, State.OK, says, "", details)


def warn(check: str, says: str, advice: str, *details: str) -> Finding:
    """It may be as it is meant."""
    return Finding(check, State.WARN, says, advice, details)


def bad(check: str, says: str, advice: str, *details: str) -> Finding:
    """It will not work, or is not safe."""
    return Finding(check, State.BAD, says, advice, details)
