"""Participants: one person in one session, and the number that stands for the other."""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Pair(IntEnum):
    """What a participant has of its (proxy identifier, identifier) pair.

    At most one participant holds a pair, which a unique index enforces: what the person sends to
    the number goes to that one's session. Where the account allows conflicts, others of the same
    pair share it: they are in active sessions too, and the partner there reaches them.
    """

    FREE = 0
    HELD = 1
    SHARED = 2


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
