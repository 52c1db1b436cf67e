"""Messages: one leg of text or media between a carrier and us."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class MessageStatus(StrEnum):
    """The states of a leg. Outbound: (scheduled,) queued, sending, sent, then one final state."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SCHEDULED = "scheduled"
    CANCELED = "canceled"
    RECEIVED = "received"


class Direction(StrEnum):
    """Who began the leg. The STOP filter's own answers are the platform's, in nobody's log."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_REPLY = "outbound-reply"
    PLATFORM = "platform"


#: Receipts arrive late, twice and out of order: a leg only ever moves to a higher rank.
RANK: Final = {
    MessageStatus.SCHEDULED.value: 0,
    MessageStatus.ACCEPTED.value: 0,
    MessageStatus.QUEUED.value: 1,
    MessageStatus.SENDING.value: 2,
    MessageStatus.SENT.value: 3,
    MessageStatus.DELIVERED.value: 4,
    MessageStatus.UNDELIVERED.value: 4,
    MessageStatus.FAILED.value: 4,
    MessageStatus.CANCELED.value: 4,
    MessageStatus.RECEIVED.value: 4,
}


class Message(msgspec.Struct, frozen=True):
    """A leg. `provider_id` is the carrier's own name for it, unique for one carrier's inbound.
    `sender` is "" until a Messaging Service has chosen one."""

    sid: str
    account_sid: str
    direction: str
    sender: str
    recipient: str
    body: str
    status: str
    error_code: int | None
    num_media: int
    num_segments: int
    carrier: str
    provider_id: str | None
    interaction_sid: str | None
    date_created: int
    date_sent: int | None
    date_updated: int
    messaging_service_sid: str | None = None


class Media(msgspec.Struct, frozen=True):
    """One medium of a message, at its place in the message."""

    sid: str
    account_sid: str
    message_sid: str
    position: int
    content_type: str
    url: str
    date_created: int


class MediaLink(msgspec.Struct, frozen=True):
    """The end of a short link to a medium, good until then (ms)."""

    token: str
    media_sid: str
    expires_at: int


class Feedback(msgspec.Struct, frozen=True):
    """What a program says became of a message: `confirmed` or `unconfirmed`."""

    message_sid: str
    account_sid: str
    outcome: str
    date_created: int
    date_updated: int
