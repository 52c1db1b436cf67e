"""What the event stream tells. Each event is one JSON object with the tag `type`."""

from __future__ import annotations

from typing import Literal

import msgspec

from maskline.console.shapes.handsets import HandsetCallView, HandsetMessageView, HeardItem
from maskline.console.shapes.sessions import SessionRow
from maskline.console.shapes.timeline import (
    AlertEntry,
    CallEntry,
    InteractionEntry,
    MessageEntry,
    WebhookEntry,
)

Topic = Literal["sessions", "interactions", "messages", "calls", "webhooks", "alerts", "handsets"]


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """The first on every connection. `resumed` says that what was missed follows; otherwise what is
    on the screen may be old, and must be fetched again."""

    resumed: bool
    at: int


class Beat(msgspec.Struct, frozen=True, tag="beat", tag_field="type"):
    """Comes every few seconds. Without one for 40 s the connection is dead."""

    at: int


class Skipped(msgspec.Struct, frozen=True, tag="skipped", tag_field="type"):
    """So much happens that so many changes were not told."""

    count: int


class SessionEvent(msgspec.Struct, frozen=True, tag="session", tag_field="type"):
    """A session began or changed."""

    session: SessionRow


class InteractionEvent(msgspec.Struct, frozen=True, tag="interaction", tag_field="type"):
    """An interaction began or changed."""

    session_sid: str
    service_sid: str
    entry: InteractionEntry


class MessageEvent(msgspec.Struct, frozen=True, tag="message", tag_field="type"):
    """A leg of a message began or changed; in no session, `session_sid` is null."""

    session_sid: str | None
    entry: MessageEntry


class CallEvent(msgspec.Struct, frozen=True, tag="call", tag_field="type"):
    """A leg of a call began or changed."""

    session_sid: str | None
    entry: CallEntry


class WebhookEvent(msgspec.Struct, frozen=True, tag="webhook", tag_field="type"):
    """A program was called."""

    session_sid: str | None
    entry: WebhookEntry


class AlertEvent(msgspec.Struct, frozen=True, tag="alert", tag_field="type"):
    """The debugger was told something."""

    entry: AlertEntry


class HandsetMessageEvent(msgspec.Struct, frozen=True, tag="handset-message", tag_field="type"):
    """A handset sent or received a message."""

    number: str
    message: HandsetMessageView


class HandsetCallEvent(msgspec.Struct, frozen=True, tag="handset-call", tag_field="type"):
    """A call on a handset began or changed."""

    number: str
    call: HandsetCallView


class HandsetHeardEvent(msgspec.Struct, frozen=True, tag="handset-heard", tag_field="type"):
    """Something new sounded on a call."""

    number: str
    call_id: str
    heard: HeardItem


Event = (
    Hello
    | Beat
    | Skipped
    | SessionEvent
    | InteractionEvent
    | MessageEvent
    | CallEvent
    | WebhookEvent
    | AlertEvent
    | HandsetMessageEvent
    | HandsetCallEvent
    | HandsetHeardEvent
)
