"""The pool: submissions in their order, over all links that have room, as fast as is wanted."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence

import msgspec

from maskline.carriers.smpp.connection import LinkLost
from maskline.carriers.smpp.links import Link
from maskline.carriers.smpp.pdu import Pdu
from maskline.carriers.smpp.settings import Account
from maskline.carriers.smpp.statuses import OK, SLOW_DOWN


class NoLink(Exception):
    """There is no connection to the SMSC: nothing was submitted."""


class Submission(msgspec.Struct):
    """A PDU that is to be submitted, or was and waits for its answer."""

    number: int
    body: bytes
    future: asyncio.Future[Pdu]
    throttled_since: float | None = None

    def __lt__(self, other: Submission) -> bool:
        return self.number < other.number


class Pool:
    """Submits. What the SMSC refuses because it came too fast is submitted again, before all that
    came after it. `answered` is told the status of each answer; null where none comes any more."""

    def __init__(self, settings: Account, answered: Callable[[int | None], None]) -> None:
        self._settings = settings
        self._answered = answered
        self._links: Sequence[Link] = ()
        self._waiting: list[Submission] = []
        self._under_way: set[asyncio.Future[Pdu]] = set()
        self._numbers = 0
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._outage: asyncio.TimerHandle | None = None
        self._is_out = False
        self._closed = False

    @property
    def window(self) -> int:
        """How many submissions may wait for their answer at once."""
        return self._settings.window * sum(one.connection is not None for one in self._links)

    @property
    def in_flight(self) -> int:
        """How many do."""
        return sum(map(_load, self._links))

    @property
    def waiting(self) -> int:
        """How many have not gone out yet."""
        return len(self._waiting)

    def use(self, links: Sequence[Link]) -> None:
        """Names the links; until one is bound, submissions wait as in an outage."""
        self._links = [link for link in links if link.sends]
        self.changed()

    def submit(self, body: bytes) -> asyncio.Future[Pdu]:
        """The future has the SMSC's answer; NoLink when nothing was submitted, LinkLost when that
        is unknown."""
        future: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        if self._closed or self._is_out:
            future.set_exception(NoLink())
            return future
        self._numbers += 1
        heapq.heappush(self._waiting, Submission(self._numbers, body, future))
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        self.pump()
        return future

    async def settled(self) -> None:
        """Returns when all that is under way now has its answer."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))

    async def close(self, within: float) -> None:
        """Submits no more, and waits for answers."""
        self._closed = True
        self._refuse_waiting()
        for timer in (self._timer, self._outage):
            if timer is not None:
                timer.cancel()
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=within)

    def changed(self) -> None:
        """A link was bound or lost, or has room."""
        if any(link.connection is not None for link in self._links):
            self._is_out = False
            if self._outage is not None:
                self._outage.cancel()
                self._outage = None
            self.pump()
        elif self._outage is None and not self._is_out and not self._closed:
            loop = asyncio.get_running_loop()
            self._outage = loop.call_later(self._settings.outage, self._give_up)

    def pump(self) -> None:
        """Submits what may go out now, and sees to it that the rest is looked at in time."""
        loop = asyncio.get_running_loop()
        rate = self._settings.messages_per_second
        while self._waiting:
            if self._waiting[0].future.done():
                heapq.heappop(self._waiting)
                continue
            now = loop.time()
            if rate and now < self._next_at:
                self._look_again(self._next_at)
                return
            free = [link for link in self._links if link.has_room(now)]
            if not free:
                until = [link.paused_until for link in self._links if link.paused_until > now]
                if until:
                    self._look_again(min(until))
                return
            if rate:
                self._next_at = max(now, self._next_at) + 1 / rate
            link = min(free, key=_load)
            one = heapq.heappop(self._waiting)
            answer = link.submit(one.body)
            answer.add_done_callback(
                lambda done, one=one, link=link, now=now: self._done(one, link, now, done)  # type: ignore[misc]
            )

    def _done(
        self, one: Submission, link: Link, submitted: float, answer: asyncio.Future[Pdu]
    ) -> None:
        is_lost = answer.exception() is not None
        self._answered(None if is_lost else answer.result().status)
        if not one.future.done():
            if is_lost:
                one.future.set_exception(LinkLost())
            else:
                self._answer(one, link, submitted, answer.result())
        # Only now, when what is to be submitted again has its place before the others.
        self.pump()

    def _answer(self, one: Submission, link: Link, submitted: float, pdu: Pdu) -> None:
        now = asyncio.get_running_loop().time()
        if pdu.status in SLOW_DOWN:
            link.slow_down(submitted, now)
            if one.throttled_since is None:
                one.throttled_since = now
            if not self._closed and now - one.throttled_since < self._settings.throttled:
                heapq.heappush(self._waiting, one)
                return
        elif pdu.status == OK:
            link.speed_up(submitted)
        one.future.set_result(pdu)

    def _look_again(self, at: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        self.pump()

    def _give_up(self) -> None:
        self._outage = None
        self._is_out = True
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.future.done():
                one.future.set_exception(NoLink())


def _load(link: Link) -> int:
    return 0 if link.connection is None else link.connection.in_flight
