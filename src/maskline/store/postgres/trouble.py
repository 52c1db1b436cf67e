"""What the server's and the driver's errors mean, in words that hold no data.

A server's own text may quote the row that it refused, so it never leaves this module.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import asyncpg

from maskline.store.contract import Conflict, StoreUnavailable

#: Faults of a statement or of its values: data, integrity, syntax.
_OWN: Final = ("22", "23", "42")
#: Somebody else was in the way: serialization, dead-lock, a plan made before the schema changed,
#: too many connections.
_CONFLICT: Final = frozenset({"40001", "40P01", "0A000", "53300"})
_TAKEN: Final = "23505"
#: The connection is gone or the server on its way down.
_LOST: Final = ("08", "57P")
_DENIED: Final = "42501"
_NOT_THERE: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    EOFError,
)


class Trouble(Enum):
    """What is to be done about an error."""

    CONFLICT = auto()
    TAKEN = auto()
    LOST = auto()
    REFUSED = auto()
    OWN = auto()
    NONE = auto()


class StatementRefused(Exception):
    """A statement broke a rule of the schema: a fault of the program. Names the rule, no data."""


def kind_of(error: BaseException) -> Trouble:
    """What sort of trouble an error is; NONE for what is not of the database."""
    if isinstance(error, Conflict):
        return Trouble.CONFLICT
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state == _TAKEN:
            return Trouble.TAKEN
        if state in _CONFLICT:
            return Trouble.CONFLICT
        if state.startswith(_LOST):
            return Trouble.LOST
        if state.startswith(_OWN) and state != _DENIED:
            return Trouble.OWN
        return Trouble.REFUSED
    return Trouble.LOST if isinstance(error, _NOT_THERE) else Trouble.NONE


def told(error: BaseException) -> BaseException:
    """What callers are told: trouble of the database is StoreUnavailable, a broken rule is
    StatementRefused, all else is itself."""
    if isinstance(error, Conflict):
        return error
    match kind_of(error):
        case Trouble.NONE:
            return error
        case Trouble.OWN | Trouble.TAKEN:
            return StatementRefused(_words(error))
        case Trouble.LOST:
            return StoreUnavailable(f"the database can't be reached: {_words(error)}")
        case Trouble.REFUSED | Trouble.CONFLICT:
            return StoreUnavailable(f"the database refused the transaction: {_words(error)}")


def _words(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        rule = getattr(error, "constraint_name", None)
        state = f"SQLSTATE {error.sqlstate}"
        return f"{type(error).__name__} ({state}{f', {rule}' if rule else ''})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
