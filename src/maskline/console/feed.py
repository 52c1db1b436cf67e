"""The feed: the last events of this process, each encoded once for all who listen."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from itertools import islice
from typing import Final, NamedTuple, Protocol

import msgspec

from maskline.console.shapes.events import Event, Skipped
from maskline.model.errors import Fault

#: How many events can be resumed from.
KEPT: Final = 5000
#: So many listeners at once, and seconds until the next: five hundred pieces a second are two per
#: cent of a processor, and ten at once are nothing that a message would have to wait for.
_AT_ONCE: Final = 10
_PAUSE: Final = 0.02


class Told(msgspec.Struct, frozen=True):
    """An event and whom it concerns. `hidden` is the same for who may not read messages; null
    account: everybody. `handset` is set on those of the simulated phones."""

    topic: str
    event: Event
    account_sid: str | None = None
    session_sid: str | None = None
    handset: str | None = None
    hidden: Event | None = None


class Frame(msgspec.Struct, frozen=True):
    """An event as it is sent."""

    number: int
    told: Told
    data: bytes
    hidden: bytes


class Piece(NamedTuple):
    """Some of the stream, and the number of the last event that it reaches to."""

    data: bytes
    last: int


class Wants(Hashable, Protocol):
    """What one listener wants to hear, and may."""

    def take(self, frame: Frame) -> bytes | None:
        """A frame as the listener gets it; null for one that is not for it."""


class Feed:
    """Keeps events; a listener is no more than a place among them."""

    def __init__(self, most: int, attended: Callable[[bool], None] = lambda _: None) -> None:
        self._most = most
        self._attended = attended
        self._boot = secrets.token_hex(4)
        self._frames: deque[Frame] = deque(maxlen=KEPT)
        self._last = 0
        #: Called when there is something new, or the end.
        self.stirred: set[Callable[[], None]] = set()
        self._due: dict[Callable[[], None], None] = {}
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._pieces: dict[tuple[Hashable, int], Piece] = {}
        self._encode = msgspec.json.Encoder().encode
        self.viewers = 0
        self.closed = False

    def enter(self) -> None:
        """One more listener. Raises 20429 when there is no room."""
        if self.viewers >= self._most:
            raise Fault(20429, f"{self._most} browsers listen already")
        self.viewers += 1
        if self.viewers == 1:
            self._attended(True)

    def leave(self) -> None:
        """One less."""
        self.viewers -= 1
        if self.viewers == 0:
            self._attended(False)

    def publish(self, events: Iterable[Told]) -> None:
        """Tells whoever listens."""
        for told in events:
            self._last += 1
            data = self.frame(told.event)
            hidden = data if told.hidden is None else self.frame(told.hidden)
            self._frames.append(Frame(self._last, told, data, hidden))
        self._pieces.clear()
        self._wake()

    def frame(self, event: Event) -> bytes:
        """An event as bytes of the stream, under the number of the last."""
        body = self._encode(event)
        return b"id: %s-%d\ndata: %s\n\n" % (self._boot.encode(), self._last, body)

    def place(self, last_event_id: str | None) -> tuple[int, bool]:
        """Where a listener goes on, and whether nothing is missing from there on."""
        boot, _, number = (last_event_id or "").partition("-")
        if boot != self._boot or not number.isascii() or not number.isdigit():
            return self._last, False
        after = int(number[:18])
        first = self._frames[0].number if self._frames else self._last + 1
        if first - 1 <= after <= self._last:
            return after, True
        return self._last, False

    def piece(self, wanted: Wants, place: int) -> Piece:
        """What followed `place` of what is wanted, made once for all who want the same from there
        on."""
        key = (wanted, place)
        piece = self._pieces.get(key)
        if piece is None:
            fresh: list[Frame] = []
            for frame in reversed(self._frames):
                if frame.number <= place:
                    break
                fresh.append(frame)
            missing = self._last - place - len(fresh)
            chunks = [self.frame(Skipped(missing))] if missing else []
            chunks += [data for one in reversed(fresh) if (data := wanted.take(one)) is not None]
            piece = self._pieces[key] = Piece(b"".join(chunks), self._last)
        return piece

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._last

    def close(self) -> None:
        """Ends what listeners hear."""
        self.closed = True
        for stir in list(self.stirred):
            stir()

    def _wake(self) -> None:
        """Stirs the listeners, a few at a time: however many they are and however much happens, all
        of them together get so many pieces a second and no more, and never many at once."""
        self._due.update(dict.fromkeys(self.stirred))
        if self._timer is None and self._due:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._next_at), self._stir)

    def _stir(self) -> None:
        loop = asyncio.get_running_loop()
        for stir in list(islice(self._due, _AT_ONCE)):
            del self._due[stir]
            stir()
        self._next_at = loop.time() + _PAUSE
        self._timer = loop.call_at(self._next_at, self._stir) if self._due else None
