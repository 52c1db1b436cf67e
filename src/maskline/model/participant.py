"""Participants: one person in one session, and the number that stands for the other."""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Pair(IntEnum):
    """Whether a participant holds its (proxy identifier, identifier) pair.

    At most one participant holds a pair, which a unique index enforces.
    """

    FREE = 0
    HELD = 1


class Participant(msgspec.Struct, frozen=True):
    """`proxy_identifier` is the number that *this* participant dials to reach the partner."""

    sid: str
    account_sid: str
    service_sid: str
    session_sid: str
    identifier: str
    friendly_name: str | None
    proxy_identifier: str
    proxy_identifier_sid: str
    pair: int
    date_deleted: int | None
    date_created: int
    date_updated: int
