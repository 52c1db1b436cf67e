"""A session's timeline: all that happened in it, in one order.

Each entry has the tag `type`. `interaction_sid` ties those together that belong to one interaction.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from maskline.console.shapes.common import Number


class SessionEntry(msgspec.Struct, frozen=True, tag="session", tag_field="type"):
    """The session itself: created, started, reopened, closed, participant-added,
    participant-removed. `detail` is why it was closed, or who it is."""

    at: int
    what: str
    sid: str
    detail: str | None = None


class InteractionEntry(msgspec.Struct, frozen=True, tag="interaction", tag_field="type"):
    """A message or call that passed, or tried to. Without a sender it came from the application.
    `body` is null for who may not read it, and for calls; `duration` is in seconds."""

    at: int
    interaction_sid: str
    kind: str
    sender_sid: str | None
    sender_name: str | None
    recipient_sid: str | None
    recipient_name: str | None
    inbound_status: str | None
    outbound_status: str | None
    body: str | None
    num_media: int
    duration: int | None


class MediaView(msgspec.Struct, frozen=True):
    """A medium. `src` is a path on this server that shows it, null where it lies elsewhere."""

    url: str
    content_type: str
    src: str | None


class MessageEntry(msgspec.Struct, frozen=True, tag="message", tag_field="type"):
    """A leg of text or media between a carrier and us, and what became of it."""

    at: int
    updated_at: int
    sid: str
    interaction_sid: str | None
    direction: str
    sender: Number
    recipient: Number
    status: str
    error_code: int | None
    error_text: str | None
    carrier: str
    provider_id: str | None
    segments: int
    media: list[MediaView]


class CallEntry(msgspec.Struct, frozen=True, tag="call", tag_field="type"):
    """A leg of a call. `duration` in seconds, null until it ended."""

    at: int
    updated_at: int
    sid: str
    interaction_sid: str | None
    parent_call_sid: str | None
    direction: str
    caller: Number
    called: Number
    status: str
    carrier: str
    provider_id: str | None
    duration: int | None


class WebhookEntry(msgspec.Struct, frozen=True, tag="webhook", tag_field="type"):
    """A request that a program was sent: `kind` callback, intercept, status, debugger, message or
    call. `attempt` counts from 1. `status` is null when no answer came; then `error` says why.
    `state`: delivered, failed (another attempt follows, or was made), dead (given up: it can be
    replayed)."""

    at: int
    sid: str
    job_sid: str
    interaction_sid: str | None
    kind: str
    method: str
    url: str
    attempt: int
    status: int | None
    error: str | None
    latency_ms: int
    state: Literal["delivered", "failed", "dead"]


class AlertEntry(msgspec.Struct, frozen=True, tag="alert", tag_field="type"):
    """Something that the debugger was told."""

    at: int
    sid: str
    interaction_sid: str | None
    resource_sid: str | None
    service_sid: str | None
    code: int
    level: str
    text: str
    more_info: str


Entry = SessionEntry | InteractionEntry | MessageEntry | CallEntry | WebhookEntry | AlertEntry


class TimelinePage(msgspec.Struct, frozen=True):
    """Newest first, whole interactions at a time. `next` is the `after` of the older ones."""

    entries: list[Entry]
    next: str | None


class Pair(msgspec.Struct, frozen=True):
    """A parameter or header; what is private in `value` is hidden."""

    name: str
    value: str


class WebhookDetail(msgspec.Struct, frozen=True):
    """A request that a program was sent, and its answer. `replayable` says whether `replay` can do
    anything, `replay_hint` why not."""

    attempt: WebhookEntry
    params: list[Pair]
    request_headers: list[Pair]
    response_headers: list[Pair]
    response_body: str | None
    session_sid: str | None
    replayable: bool
    replay_hint: str | None


class Replayed(msgspec.Struct, frozen=True):
    """The job that sends it again."""

    job_sid: str
