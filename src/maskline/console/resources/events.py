"""The event stream: server-sent events for one browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from random import SystemRandom
from typing import Any, Final

import msgspec

from maskline.console.context import Context
from maskline.console.feed import Feed, Frame
from maskline.console.gate import Ask, Gate, Handler
from maskline.console.shapes.events import Beat, Hello, Topic
from maskline.model.clock import Clock
from maskline.model.console import Role
from maskline.model.errors import Fault
from maskline.numbers.national import canonical

#: The most seconds between beats; with each it is looked whether the browser is still signed in.
BEAT: Final = 15.0
#: Milliseconds after which a browser comes back.
_RETRY: Final = 1000
_TOPICS: Final = frozenset(Topic.__args__)  # type: ignore[attr-defined]


class Wanted(msgspec.Struct, frozen=True):
    """What one browser wants to hear, and may."""

    topics: frozenset[str]
    account_sid: str
    session_sid: str
    handsets: frozenset[str]
    role: Role

    def take(self, frame: Frame) -> bytes | None:
        """A frame as the browser gets it; null for one that is not for it."""
        if not frame.topic:
            return frame.data
        if frame.topic not in self.topics:
            return None
        if frame.account_sid not in (None, self.account_sid):
            return None
        if frame.handset is not None:
            # Handsets have no account: their numbers are nobody's.
            return frame.data if not self.handsets or frame.handset in self.handsets else None
        if self.session_sid and frame.session_sid != self.session_sid:
            return None
        return frame.data if self.role.may(Role.SUPPORT) else frame.hidden


class Events:
    """`/events`."""

    def __init__(self, context: Context, feed: Feed) -> None:
        self._context = context
        self._feed = feed

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoint."""
        return {"GET /events": self.follow}

    async def follow(self, ask: Ask) -> None:
        """The stream."""
        account = await self._context.store.read(ask.account)
        handsets = ask.req.get_param_as_list("handset") or []
        wanted = Wanted(
            topics=_topics(ask.query("topics")),
            account_sid=account,
            session_sid=ask.query("session"),
            # A plus sign that was not escaped arrives as a space.
            handsets=frozenset(canonical(one.replace(" ", "+")) for one in handsets),
            role=ask.role,
        )
        self._feed.enter()
        stream = Stream(
            self._feed,
            self._context.gate,
            self._context.env.clock,
            wanted,
            ask.token,
            ask.req.scope["maskline.receive"],
        )
        ask.resp.content_type = "text/event-stream"
        ask.resp.set_header("X-Accel-Buffering", "no")
        ask.resp.stream = stream.run(ask.req.get_header("Last-Event-ID"))


class Stream:
    """One browser's stream, from its request to its end."""

    def __init__(
        self,
        feed: Feed,
        gate: Gate,
        clock: Clock,
        wanted: Wanted,
        token: str,
        receive: Callable[[], Awaitable[Any]],
    ) -> None:
        self._feed = feed
        self._gate = gate
        self._clock = clock
        self._wanted = wanted
        self._token = token
        self._receive = receive

    async def run(self, last_event_id: str | None) -> AsyncGenerator[bytes, None]:
        """Chunks, until the browser leaves, is signed out, or the server ends."""
        loop, feed = asyncio.get_running_loop(), self._feed
        stirred = asyncio.Event()
        gone = asyncio.create_task(self._until_gone())
        gone.add_done_callback(lambda _: stirred.set())
        feed.stirred.add(stirred.set)
        # Those who came all at once, as after a restart, are not to be looked after all at once.
        beat = loop.time() + BEAT * SystemRandom().uniform(0.5, 1.0)
        timer = loop.call_at(beat, stirred.set)
        try:
            place, resumed = feed.place(last_event_id)
            hello = Hello(resumed, self._clock())
            yield b"retry: %d\n\n" % _RETRY + feed.frame(hello, place)
            while not gone.done() and not feed.closed:
                stirred.clear()
                if place < feed.last:
                    data, place = feed.piece(self._wanted, place)
                    if data:
                        yield data
                    if place < feed.last:
                        feed.again(stirred.set)
                if loop.time() >= beat:
                    if not await self._may_stay():
                        return
                    yield feed.frame(Beat(self._clock()), place)
                    beat = loop.time() + BEAT
                    timer = loop.call_at(beat, stirred.set)
                await stirred.wait()
        finally:
            timer.cancel()
            feed.stirred.discard(stirred.set)
            gone.cancel()
            feed.leave()

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _may_stay(self) -> bool:
        seat = await self._gate.seat(self._token, alive=False)
        return (
            seat is not None
            and Role(seat.user.role) is self._wanted.role
            and seat.user.account_sid in (None, self._wanted.account_sid)
        )


def _topics(text: str) -> frozenset[str]:
    """A list with commas; all of them when it is empty. Raises 20001."""
    wanted = frozenset(filter(None, text.split(",")))
    if not wanted <= _TOPICS:
        raise Fault(20001, f"`topics` must be some of {', '.join(sorted(_TOPICS))}")
    return wanted or _TOPICS
