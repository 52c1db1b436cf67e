"""The events feed: what happens on handsets, for whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final

from maskline.carriers.simulator.errors import TooMany
from maskline.carriers.simulator.timers import Timers, wait_for, wake
from maskline.carriers.simulator.views import Data, Event
from maskline.model.clock import Clock

GAP: Final = "gap"


class Feed:
    """Keeps the last `size` events; a listener is no more than a place among them.

    A listener that falls behind, or comes back too late, is told of the gap with an event `gap`.
    Ids rise by one, also across restarts rise, and are below 2**53.
    """

    def __init__(self, clock: Clock, timers: Timers, size: int, max_subscribers: int) -> None:
        self._clock = clock
        self._timers = timers
        self._events: deque[Event] = deque(maxlen=size)
        self._last = clock() * 1000
        self._max = max_subscribers
        self._subscribers = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False

    def publish(self, type_: str, number: str, data: Data) -> None:
        """Tells what happened on a handset."""
        self._last += 1
        self._events.append(Event(self._last, type_, self._clock(), number, data))
        if self._waiting:
            self._wake_all()

    def subscribe(
        self, number: str | None = None, after: int | None = None, silence: float | None = None
    ) -> AsyncGenerator[Event | None, None]:
        """Events of a handset, or of all, from now on or those that follow the id `after`.

        After each `silence` seconds without one it yields null. It ends when the feed is closed.
        Raises TooMany.
        """
        if self._subscribers >= self._max:
            raise TooMany(f"{self._max} listeners are there already")
        return self._follow(number, self._last if after is None else after, silence)

    def close(self) -> None:
        """Ends what listeners hear."""
        self._closed = True
        self._wake_all()

    async def _follow(
        self, number: str | None, cursor: int, silence: float | None
    ) -> AsyncGenerator[Event | None, None]:
        self._subscribers += 1
        heard_at = self._timers.time()
        try:
            while True:
                fresh = self._since(cursor)
                first = fresh[0].id if fresh else self._last + 1
                if cursor != first - 1:
                    yield Event(first - 1, GAP, self._clock(), None, None)
                    heard_at = self._timers.time()
                cursor = first - 1 + len(fresh)
                for event in fresh:
                    if number is None or event.number == number:
                        yield event
                        heard_at = self._timers.time()
                if cursor != self._last:
                    continue
                if self._closed:
                    return
                if silence is None:
                    await self._published(None)
                elif (left := heard_at + silence - self._timers.time()) > 0:
                    await self._published(left)
                else:
                    yield None
                    heard_at = self._timers.time()
        finally:
            self._subscribers -= 1

    async def _published(self, seconds: float | None) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            if seconds is None:
                await future
            else:
                await wait_for(self._timers, future, seconds)
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    def _since(self, cursor: int) -> list[Event]:
        fresh = []
        for event in reversed(self._events):
            if event.id <= cursor:
                break
            fresh.append(event)
        fresh.reverse()
        return fresh

    def _wake_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            wake(future)
