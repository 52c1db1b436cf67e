"""How messages, calls and events look from a handset: its own number and the peer as shown to it.

These are the shapes of the simulator's JSON. None of them names the other side's number, leg or id.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from maskline.model.clock import iso_ms
from maskline.model.handset import HandsetMessage

#: Directions as the handset sees them: what leaves it is outbound.
OUTBOUND: Final = "outbound"
INBOUND: Final = "inbound"


class MessageView(msgspec.Struct, frozen=True):
    """A message. `status` is `sent` or `received`, `at` ISO 8601 with milliseconds."""

    id: str
    from_: str = msgspec.field(name="from")
    to: str
    body: str
    media: list[str]
    direction: str
    status: str
    at: str


class Heard(msgspec.Struct, frozen=True):
    """What sounded on a call: `what` is `say`, `play`, `pause`, `record` or `digits`; `text` is the
    text, the URL, the seconds, nothing, or the keys of the other side."""

    what: str
    text: str


class CallView(msgspec.Struct, frozen=True):
    """A handset's side of a call. `digits` are those typed on it; times are ISO 8601 with
    milliseconds; `duration` is in whole seconds from answer to end, null until it ended."""

    id: str
    from_: str = msgspec.field(name="from")
    to: str
    direction: str
    peer: str
    status: str
    heard: tuple[Heard, ...]
    digits: str
    started: str
    answered: str | None
    ended: str | None
    duration: int | None


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt that the server was given. `message` is null where the handset got nothing."""

    message: str | None
    peer: str
    status: str
    error_code: int | None


class HeardView(msgspec.Struct, frozen=True):
    """Something new in a call's transcript."""

    call: str
    heard: Heard


class DigitsView(msgspec.Struct, frozen=True):
    """Keys typed on the handset."""

    call: str
    digits: str


Data: TypeAlias = HandsetMessage | CallView | ReceiptView | HeardView | DigitsView | None


class Event(msgspec.Struct, frozen=True):
    """What happened on the handset `number`, at a time in ms."""

    id: int
    type: str
    at: int
    number: str | None
    data: Data


class _EventView(msgspec.Struct, frozen=True):
    id: int
    type: str
    at: str
    number: str | None
    data: MessageView | CallView | ReceiptView | HeardView | DigitsView | None


def message_view(message: HandsetMessage) -> MessageView:
    """A message as its handset shows it."""
    sent = message.direction == OUTBOUND
    return MessageView(
        id=message.sid,
        from_=message.handset if sent else message.peer,
        to=message.peer if sent else message.handset,
        body=message.body,
        media=msgspec.json.decode(message.media, type=list[str]),
        direction=message.direction,
        status="sent" if sent else "received",
        at=iso_ms(message.date_created),
    )


def event_json(event: Event) -> str:
    """An event in one line."""
    data = event.data
    view = _EventView(
        id=event.id,
        type=event.type,
        at=iso_ms(event.at),
        number=event.number,
        data=message_view(data) if isinstance(data, HandsetMessage) else data,
    )
    return msgspec.json.encode(view).decode()
