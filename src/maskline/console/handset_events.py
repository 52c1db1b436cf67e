"""The simulated handsets as the console shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from maskline.carriers.simulator.views import (
    CallView,
    Event,
    Heard,
    HeardView,
    MessageView,
    message_view,
)
from maskline.console.feed import Told
from maskline.console.shapes.events import (
    HandsetCallEvent,
    HandsetHeardEvent,
    HandsetMessageEvent,
)
from maskline.console.shapes.handsets import (
    HandsetCallView,
    HandsetMedium,
    HandsetMessageView,
    HeardItem,
)
from maskline.console.show import source
from maskline.model.handset import HandsetMessage

_TOPIC = "handsets"


def told(event: Event, base_url: str) -> Told | None:
    """What happened on a handset; null for what a page has no use for."""
    number, data = event.number, event.data
    if number is None:
        return None
    if isinstance(data, HandsetMessage):
        view = message(message_view(data), base_url)
        return Told(_TOPIC, HandsetMessageEvent(number, view), handset=number)
    if isinstance(data, CallView):
        return Told(_TOPIC, HandsetCallEvent(number, call(data)), handset=number)
    if isinstance(data, HeardView):
        return Told(_TOPIC, HandsetHeardEvent(number, data.call, heard(data.heard)), handset=number)
    return None


def message(view: MessageView, base_url: str) -> HandsetMessageView:
    """A message as its handset shows it."""
    direction = _direction(view.direction)
    return HandsetMessageView(
        id=view.id,
        at=_ms(view.at),
        direction=direction,
        peer=view.to if direction == "outbound" else view.from_,
        body=view.body,
        media=[HandsetMedium(url, source(url, base_url)) for url in view.media],
    )


def call(view: CallView) -> HandsetCallView:
    """A handset's side of a call."""
    return HandsetCallView(
        id=view.id,
        direction=_direction(view.direction),
        peer=view.peer,
        status=view.status,
        heard=[heard(one) for one in view.heard],
        digits=view.digits,
        started=_ms(view.started),
        answered=None if view.answered is None else _ms(view.answered),
        ended=None if view.ended is None else _ms(view.ended),
        duration=view.duration,
    )


def heard(one: Heard) -> HeardItem:
    """What sounded on a call."""
    return HeardItem(one.what, one.text)


def _direction(word: str) -> Literal["inbound", "outbound"]:
    return "outbound" if word == "outbound" else "inbound"


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
