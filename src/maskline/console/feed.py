"""The feed: the last events of this process, each encoded once for all who listen."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from maskline.console.shapes.events import Event
from maskline.model.errors import Fault

#: How many events can be resumed from.
KEPT: Final = 5000


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


class Feed:
    """Keeps events; a listener is no more than a place among them."""

    def __init__(self, most: int, attended: Callable[[bool], None] = lambda _: None) -> None:
        self._most = most
        self._attended = attended
        self._boot = secrets.token_hex(4)
        self._frames: deque[Frame] = deque(maxlen=KEPT)
        self._last = 0
        self._waiting: set[asyncio.Future[None]] = set()
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

    def since(self, number: int) -> tuple[list[Frame], bool]:
        """What followed, and whether that is all of it."""
        fresh: list[Frame] = []
        for frame in reversed(self._frames):
            if frame.number <= number:
                break
            fresh.append(frame)
        fresh.reverse()
        return fresh, len(fresh) == self._last - number

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._last

    async def news(self, seconds: float) -> bool:
        """Waits for something new, and no longer than that; false when there was nothing."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait([future], timeout=seconds)
            return future.done()
        finally:
            self._waiting.discard(future)

    def close(self) -> None:
        """Ends what listeners hear."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
