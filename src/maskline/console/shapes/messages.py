"""Messages that programs and people sent, outside any session or within one."""

from __future__ import annotations

import msgspec

from maskline.console.shapes.common import Number


class MessageRow(msgspec.Struct, frozen=True):
    """A message in a list. `sender` is null until a Messaging Service has chosen one. `body` is
    null for those who may not read it. `send_at` is the hour of one that is scheduled; `feedback`
    what its program said became of it."""

    sid: str
    direction: str
    sender: Number | None
    recipient: Number
    body: str | None
    status: str
    error_code: int | None
    error_text: str | None
    num_media: int
    segments: int
    messaging_service_sid: str | None
    messaging_service_name: str | None
    send_at: int | None
    feedback: str | None
    date_created: int


class MessagePage(msgspec.Struct, frozen=True):
    """Newest first; scheduled ones by their hour. With a filter, a page may be short while older
    ones follow."""

    messages: list[MessageRow]
    next: str | None
    previous: str | None


class SendText(msgspec.Struct, frozen=True):
    """A message to one person: from a number of ours, or by a Messaging Service, which may be for
    a later hour (`send_at`, ms)."""

    to: str
    body: str = ""
    sender: str = ""
    messaging_service_sid: str = ""
    media: list[str] = []
    send_at: int | None = None
