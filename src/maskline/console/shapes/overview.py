"""The figures of the first page."""

from __future__ import annotations

import msgspec


class CodeCount(msgspec.Struct, frozen=True):
    """How often an error code was met, and its text in the dictionary."""

    code: int
    text: str
    count: int
    last_at: int


class ServiceRef(msgspec.Struct, frozen=True):
    """A Proxy Service: how many numbers its pool holds."""

    sid: str
    name: str
    numbers: int


class Services(msgspec.Struct, frozen=True):
    """An account's Proxy Services, newest first."""

    services: list[ServiceRef]


class Overview(msgspec.Struct, frozen=True):
    """How an account is doing. Counts end at `counted_to`: a figure that has reached it means "that
    many or more". `today` begins at midnight UTC. The queue is the whole server's, and null for who
    sees one account only; its age is in ms, null when it is empty.
    `errors` are the debugger's most frequent of the last 24 hours."""

    sessions_active: int
    messages_today: int
    calls_today: int
    queue_depth: int | None
    queue_age_ms: int | None
    dead_letters: int
    errors: list[CodeCount]
    services: int
    numbers: int
    counted_to: int
    at: int
