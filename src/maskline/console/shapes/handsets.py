"""The simulated handsets. They exist only while the simulator is on, and nobody owns their numbers:
they are shown in full."""

from __future__ import annotations

from typing import Literal

import msgspec


class Handset(msgspec.Struct, frozen=True):
    """A handset that something happened on lately in this process."""

    number: str
    last_seen: int


class Person(msgspec.Struct, frozen=True):
    """A participant whose phone is simulated: `proxy` is the number that they dial."""

    participant_sid: str
    name: str | None
    number: str
    proxy: str


class Scene(msgspec.Struct, frozen=True):
    """An active session between two simulated phones."""

    session_sid: str
    unique_name: str | None
    service_sid: str
    service_name: str
    people: list[Person]


class Handsets(msgspec.Struct, frozen=True):
    """The handsets, the sessions between them (newest first), and a number that is in none, for a
    stranger."""

    handsets: list[Handset]
    scenes: list[Scene]
    stranger: str


class HandsetMedium(msgspec.Struct, frozen=True):
    """A medium. `src` is a path on this server that shows it, null where it lies elsewhere."""

    url: str
    src: str | None


class HandsetMessageView(msgspec.Struct, frozen=True):
    """A message as its handset shows it: `peer` is the other number in both directions."""

    id: str
    at: int
    direction: Literal["inbound", "outbound"]
    peer: str
    body: str
    media: list[HandsetMedium]


class HandsetMessages(msgspec.Struct, frozen=True):
    """In order, oldest first, those that follow `after`."""

    messages: list[HandsetMessageView]


class HandsetText(msgspec.Struct, frozen=True):
    """A message that the handset sends; `media` are URLs, of pictures for example."""

    to: str
    body: str = ""
    media: list[str] = []


class Picture(msgspec.Struct, frozen=True):
    """A picture that was uploaded: `url` goes into a message's `media`."""

    url: str
    src: str


class HeardItem(msgspec.Struct, frozen=True):
    """What sounded on a call: say, play, pause, record or digits (of the other side)."""

    what: str
    text: str


class HandsetCallView(msgspec.Struct, frozen=True):
    """A handset's side of a call. `status`: dialling and ringing, in-progress, then how it ended.
    `direction` as the handset sees it."""

    id: str
    direction: Literal["inbound", "outbound"]
    peer: str
    status: str
    heard: list[HeardItem]
    digits: str
    started: int
    answered: int | None
    ended: int | None
    duration: int | None


class HandsetCalls(msgspec.Struct, frozen=True):
    """Those that go on and the last that ended, in order."""

    calls: list[HandsetCallView]


class HandsetDial(msgspec.Struct, frozen=True):
    """The number that is called."""

    to: str


class HandsetReject(msgspec.Struct, frozen=True):
    """How a call is turned away."""

    reason: Literal["rejected", "busy"] = "rejected"


class HandsetDigits(msgspec.Struct, frozen=True):
    """Keys: 1 to 100 of 0-9, A-D, * and #."""

    digits: str
