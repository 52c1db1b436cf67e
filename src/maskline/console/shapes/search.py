"""The search."""

from __future__ import annotations

from typing import Literal

import msgspec

HitKind = Literal[
    "session",
    "participant",
    "interaction",
    "message",
    "call",
    "service",
    "number",
    "alert",
    "webhook",
]


class Hit(msgspec.Struct, frozen=True):
    """Something that was found. `title` and `detail` are texts to show, numbers in them masked;
    `session_sid` is where to go, null where it belongs to no session."""

    kind: HitKind
    sid: str
    title: str
    detail: str
    at: int | None
    session_sid: str | None
    service_sid: str | None
    status: str | None = None


class SearchResults(msgspec.Struct, frozen=True):
    """`understood` says what the words were taken for: a number, a SID or a name. `more` is true
    when there is more than is shown."""

    understood: Literal["number", "sid", "name"]
    hits: list[Hit]
    more: bool
