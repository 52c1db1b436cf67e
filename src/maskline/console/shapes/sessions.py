"""Sessions: lists, one with its people, and what may be done with it."""

from __future__ import annotations

from typing import Literal

import msgspec

from maskline.console.shapes.common import Number


class SessionRow(msgspec.Struct, frozen=True):
    """A session in a list. `expires_at` is when it ends as things are now, null for never."""

    sid: str
    account_sid: str
    service_sid: str
    service_name: str
    unique_name: str | None
    status: str
    closed_reason: str | None
    mode: str
    date_created: int
    date_last_interaction: int | None
    date_ended: int | None
    expires_at: int | None


class SessionPage(msgspec.Struct, frozen=True):
    """Newest first. `next` and `previous` are the `after` and `before` of the pages around it."""

    sessions: list[SessionRow]
    next: str | None
    previous: str | None


class ParticipantView(msgspec.Struct, frozen=True):
    """A person in a session. `proxy` is the number that *this* person dials."""

    sid: str
    name: str | None
    identifier: Number
    proxy: Number
    date_created: int
    date_deleted: int | None


class SessionDetail(msgspec.Struct, frozen=True):
    """A session with its people. `ttl` is in seconds, 0 for none."""

    session: SessionRow
    ttl: int
    date_expiry: int | None
    participants: list[ParticipantView]
    may_act: bool


class SessionAction(msgspec.Struct, frozen=True):
    """What to do with it. `extend` needs one of the two ends: `ttl` in seconds from the last
    interaction, or `date_expiry`; `reopen` may have one."""

    action: Literal["close", "reopen", "extend"]
    ttl: int | None = None
    date_expiry: int | None = None


class SendMessage(msgspec.Struct, frozen=True):
    """A message from the application to one participant."""

    participant_sid: str
    body: str
    media: list[str] = []


class Sent(msgspec.Struct, frozen=True):
    """The message is on its way."""

    interaction_sid: str
    message_sid: str


class Reveal(msgspec.Struct, frozen=True):
    """Whose number is to be shown: a `Number.ref`. It is written into the audit log."""

    ref: str


class Revealed(msgspec.Struct, frozen=True):
    """The number in full."""

    number: str
