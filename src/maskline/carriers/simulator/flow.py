"""A call that came in at one of our numbers: its events, its waiting, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from maskline.carriers.contract import CallAnswer
from maskline.carriers.simulator.leg import Ended, Leg, Signal, seconds
from maskline.carriers.simulator.network import Network
from maskline.carriers.simulator.timers import wait_for, wake
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, InboundCall

log = logging.getLogger(__name__)

#: Signals that nobody waits for any more are of no use.
_MAX_SIGNALS: Final = 1000

#: Queues events for the server; done when it has stored them.
Report = Callable[[Sequence[CallEvent]], "asyncio.Future[None]"]


class CallerGone(Exception):
    """The caller hung up."""


class Steered(Exception):
    """The call is to do something else from now on."""


class CallOver(Exception):
    """The call has lasted as long as it may, or the network closes."""


class Flow:
    """One call, from the caller's leg to whatever its instructions do.

    `hops` counts how often a dialled number was one of ours on the way here, and `outer` is the
    call that dialled this one then. `unanswered` is what the call comes to when nothing answers it.
    """

    def __init__(
        self,
        network: Network,
        report: Report,
        inbound: InboundCall,
        answer: CallAnswer,
        caller: Leg,
        hops: int = 0,
        outer: Flow | None = None,
    ) -> None:
        self.network = network
        self.inbound = inbound
        self.caller = caller
        self.call_sid = answer.call_sid
        self.hops = hops
        self.outer = outer
        self.answered_at: int | None = None
        self.unanswered: CallStatus | None = None
        self.answered_by: str | None = None
        #: Legs that a Dial rings or joins, by the server's names for them.
        self.legs: dict[str, Leg] = {}
        self._dialled_sid = answer.dialled_sid
        self._report = report
        self._events: list[CallEvent] = []
        self._told: asyncio.Future[None] | None = None
        self._inbox: deque[tuple[Leg, Signal]] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._settling: list[asyncio.Future[None]] = []
        self._longest = self._ends_at = network.timers.time() + network.pace.call
        self._limit: int | None = None
        self._shut = False
        self._cut = CallStatus.FAILED
        self._steered = False
        self._done = False

    async def run(self, play: Callable[[Flow], Awaitable[None]]) -> None:
        """Carries the instructions out and brings the call to its end."""
        try:
            if self._shut:
                raise CallOver
            await play(self)
            if self.answered_at is None and self.unanswered is None:
                # Only a rejection keeps a call from being answered.
                self.answer()
            unanswered = self.unanswered or CallStatus.NO_ANSWER
        except CallerGone:
            unanswered = CallStatus.CANCELED
        except CallOver:
            unanswered = self._cut
        except Exception as error:
            log.error("a simulated call failed: %s", type(error).__name__)
            unanswered = CallStatus.FAILED
        self._end(unanswered)
        self.flush()
        self._done = True
        self._settle()

    def post(self, leg: Leg, signal: Signal) -> None:
        """A side did something."""
        if not self._done and len(self._inbox) < _MAX_SIGNALS:
            self._inbox.append((leg, signal))
            self._wake()

    def shut(self) -> None:
        """The call is to end now."""
        self._shut = True
        self._wake()

    def end(self, status: CallStatus) -> None:
        """A program ends the call; `status` is what it comes to where nobody answered it."""
        self._cut = status
        self.shut()

    def steer(self) -> None:
        """A program has the call do something else, as soon as it waits for something."""
        self._steered = True
        self._wake()

    def limit(self, seconds: int) -> None:
        """The call is to last so long from its answer on at most."""
        self._limit = seconds
        self._bound()
        self._wake()

    async def next(self, until: float | None) -> tuple[Leg, Signal] | None:
        """What a side does next; null when the timers' time `until` comes first.

        Raises CallerGone, CallOver and Steered.
        """
        self.flush()
        timers = self.network.timers
        while True:
            ends_at = self._ends_at if until is None else min(until, self._ends_at)
            if self._shut:
                raise CallOver
            if self._steered:
                self._steered = False
                raise Steered
            if self._inbox:
                leg, signal = self._inbox.popleft()
                if leg is self.caller and isinstance(signal, Ended):
                    raise CallerGone
                return leg, signal
            left = ends_at - timers.time()
            if left <= 0:
                if ends_at == self._ends_at:
                    raise CallOver
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            self._settle()
            await wait_for(timers, self._waiting, left)
            self._waiting = None

    async def rest(self, length: float | None) -> None:
        """Lets `length` seconds of the call pass, or all of it; keys typed meanwhile are lost."""
        until = None if length is None else self.network.timers.time() + length
        while await self.next(until) is not None:
            pass

    def answer(self) -> None:
        """The caller's leg is answered, unless it was."""
        if self.answered_at is None:
            self.answered_at = self.network.clock()
            self.caller.connect()
            self._bound()
            talking = CallStatus.IN_PROGRESS.value
            self._events.append(CallEvent(self.call_sid, talking, answered_by=self.answered_by))

    def hang_up(self) -> None:
        """A document ends the call, which it comes to anyway."""

    def take_dialled(self) -> str | None:
        """The server's name for the leg of the first Dial; later ones have none."""
        sid, self._dialled_sid = self._dialled_sid, None
        return sid

    def put_dialled(self, sid: str | None) -> None:
        """The server names the leg of the next Dial."""
        self.report(self.take_dialled(), CallStatus.CANCELED)
        self._dialled_sid = sid

    def report(
        self,
        call_sid: str | None,
        status: CallStatus,
        provider_id: str | None = None,
        duration: int | None = None,
    ) -> None:
        """Notes what became of a leg; the server is told when the call next waits."""
        if call_sid is not None:
            self._events.append(CallEvent(call_sid, status.value, provider_id, duration))

    async def settled(self) -> None:
        """Returns when the call, and the one that dialled it, wait for something again and the
        server knows, or after a bound."""
        idle = self._waiting is not None and not self._waiting.done()
        if not self._done and not idle:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._settling.append(future)
            await wait_for(self.network.timers, future, self.network.pace.settle)
        if self._told is not None and not self._told.done():
            stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._told.add_done_callback(lambda _: wake(stored))
            await wait_for(self.network.timers, stored, self.network.pace.settle)
        if self.outer is not None:
            await self.outer.settled()

    def abandon(self) -> None:
        """The call is cut off; the server finds out when it starts again."""
        self._done = True
        self.caller.end(CallStatus.FAILED)
        self._settle()

    def _end(self, unanswered: CallStatus) -> None:
        self.report(self.take_dialled(), CallStatus.CANCELED)
        if self.answered_at is None:
            self.caller.end(unanswered)
            self.report(self.call_sid, unanswered, duration=0)
        else:
            self.caller.end(CallStatus.COMPLETED)
            duration = seconds(self.answered_at, self.network.clock())
            self.report(self.call_sid, CallStatus.COMPLETED, duration=duration)

    def flush(self) -> None:
        """What was reported is on its way to the server; the call does not wait for it."""
        if self._events:
            events, self._events = self._events, []
            self._told = self._report(events)

    def _bound(self) -> None:
        if self._limit is not None and self.answered_at is not None:
            lasted = (self.network.clock() - self.answered_at) / 1000
            ends_at = self.network.timers.time() + self._limit - lasted
            self._ends_at = min(ends_at, self._longest)

    def _wake(self) -> None:
        if self._waiting is not None:
            wake(self._waiting)

    def _settle(self) -> None:
        settling, self._settling = self._settling, []
        for future in settling:
            wake(future)
