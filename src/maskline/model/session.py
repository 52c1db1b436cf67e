"""Sessions: the time in which two participants reach each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class SessionStatus(StrEnum):
    """`open` until the first interaction, then `in-progress`, then `closed`."""

    OPEN = "open"
    IN_PROGRESS = "in-progress"
    CLOSED = "closed"
    FAILED = "failed"
    UNKNOWN = "unknown"


ACTIVE: Final = frozenset({SessionStatus.OPEN.value, SessionStatus.IN_PROGRESS.value})


class Mode(StrEnum):
    """The kinds of traffic that a session carries."""

    MESSAGE_ONLY = "message-only"
    VOICE_ONLY = "voice-only"
    VOICE_AND_MESSAGE = "voice-and-message"


class ClosedReason(StrEnum):
    """Why a session ended. `ttl` and `date-expiry` are ours: Twilio does not publish its own."""

    API = "api"
    TTL = "ttl"
    DATE_EXPIRY = "date-expiry"


class Session(msgspec.Struct, frozen=True):
    """A session. `date_expiry` and `ttl` are what the caller set; `expires_at` is what follows
    from them, the Service's default and the last interaction (null: never). `date_reopened` is
    when it was last re-opened, from when on its ttl counts."""

    sid: str
    account_sid: str
    service_sid: str
    unique_name: str | None
    status: str
    closed_reason: str | None
    mode: str
    ttl: int
    date_expiry: int | None
    date_started: int | None
    date_ended: int | None
    date_last_interaction: int | None
    expires_at: int | None
    date_created: int
    date_updated: int
    date_reopened: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether the session's pairs route traffic."""
        return self.status in ACTIVE

    def is_over(self, now: int) -> bool:
        """Whether its end has come, be it closed by now or not."""
        return self.expires_at is not None and self.expires_at <= now
