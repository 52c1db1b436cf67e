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
#: cent of a processor, and five at once are nothing that a message would have to wait for.
_AT_ONCE: Final = 5
_PAUSE: Final = 0.01
#: How many events one piece goes through. Whoever has more to catch up on gets another in its turn:
#: all that is kept would be ten milliseconds' work for each browser that comes back.
_IN_A_PIECE: Final = 250
#: How many pieces are remembered for others who want the same.
_PIECES: Final = 32


class Told(msgspec.Struct, frozen=True):
    """An event and whom it concerns. `hidden` is the same for who may not read messages; null
    account: everybody. `handset` is set on those of the simulated phones."""

    topic: str
    event: Event
    account_sid: str | None = None
    session_sid: str | None = None
    handset: str | None = None
    hidden: Event | None = None


class Frame(msgspec.Struct, frozen=True, gc=False):
    """An event as it is sent, and whom it concerns. It holds nothing but text, so that thousands
    that are kept cost the garbage collector nothing."""

    number: int
    topic: str
    account_sid: str | None
    session_sid: str | None
    handset: str | None
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
            data = self.frame(told.event, self._last)
            hidden = data if told.hidden is None else self.frame(told.hidden, self._last)
            whom = (told.topic, told.account_sid, told.session_sid, told.handset)
            self._frames.append(Frame(self._last, *whom, data, hidden))
        self._pieces.clear()
        self._wake()

    def frame(self, event: Event, number: int) -> bytes:
        """An event as bytes of the stream. Whoever heard it goes on after the event `number`."""
        return b"id: %s-%d\ndata: %s\n\n" % (self._boot.encode(), number, self._encode(event))

    def place(self, last_event_id: str | None) -> tuple[int, bool]:
        """Where a listener goes on, and whether nothing is missing from there on."""
        boot, _, number = (last_event_id or "").partition("-")
        if boot != self._boot or not number.isascii() or not number.isdigit():
            return self._last, False
        after = int(number[:18])
        if self._first - 1 <= after <= self._last:
            return after, True
        return self._last, False

    def piece(self, wanted: Wants, place: int) -> Piece:
        """The next of what followed `place` of what is wanted, made once for all who want the same
        from there on."""
        key = (wanted, place)
        piece = self._pieces.get(key)
        if piece is None:
            first = self._first
            missing = max(0, first - 1 - place)
            start = max(0, place + 1 - first)
            fresh = list(islice(self._frames, start, start + _IN_A_PIECE))
            chunks = [self.frame(Skipped(missing), first - 1)] if missing else []
            chunks += [data for one in fresh if (data := wanted.take(one)) is not None]
            reached = fresh[-1].number if fresh else self._last
            while len(self._pieces) >= _PIECES:
                del self._pieces[next(iter(self._pieces))]
            piece = self._pieces[key] = Piece(b"".join(chunks), reached)
        return piece

    def again(self, stir: Callable[[], None]) -> None:
        """Gives a listener that has more to hear another turn."""
        self._due[stir] = None
        self._set_timer()

    @property
    def _first(self) -> int:
        """The number of the first event that is kept."""
        return self._frames[0].number if self._frames else self._last + 1

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
        self._set_timer()

    def _set_timer(self) -> None:
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
