"""Why something that a handset tried is not possible. No text holds a number or a message."""

from __future__ import annotations


class UnknownNumber(Exception):
    """No account owns the number that was dialled or written to."""


class UnknownCall(Exception):
    """The handset has no such call."""


class NotPossible(Exception):
    """The call is in a state that does not allow it; the text says in which."""


class TooMany(Exception):
    """A bound is reached; the text says which."""
