"""An aside: what somebody hears who was dialled, before they are joined to the caller."""

from __future__ import annotations

from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import Ended, Leg, Signal
from maskline.model.call import CallStatus


class CalleeGone(Exception):
    """Who was dialled hung up, or a document hung up on them."""


class Aside:
    """A part of a call in which its instructions are for the callee alone, as a script sees it:
    `caller` is who listens. The caller rings on; what they key in meanwhile is lost."""

    def __init__(self, flow: Flow, callee: Leg) -> None:
        self._flow = flow
        self.caller = callee
        self.network = flow.network
        self.inbound = flow.inbound
        # By its own name, where it has one: what a document does is about who listens.
        names = (sid for sid, leg in flow.legs.items() if leg is callee)
        self.call_sid = next(names, flow.call_sid)
        self.answered_at: int | None = flow.network.clock()
        self.unanswered: CallStatus | None = None
        self.is_over = False

    async def next(self, until: float | None) -> tuple[Leg, Signal] | None:
        """What the callee does next; null when the timers' time `until` comes first. Raises
        CalleeGone, and what the call itself raises."""
        while (got := await self._flow.next(until)) is not None:
            leg, signal = got
            if leg is self.caller and isinstance(signal, Ended):
                raise CalleeGone
            if leg is self.caller:
                return got
        return None

    async def rest(self, length: float | None) -> None:
        """Lets `length` seconds pass, or all of the call."""
        until = None if length is None else self.network.timers.time() + length
        while await self.next(until) is not None:
            pass

    def answer(self) -> None:
        """The callee has answered before."""

    def hang_up(self) -> None:
        """A document does not have the callee joined."""
        self.is_over = True

    def flush(self) -> None:
        """What was reported is on its way."""
        self._flow.flush()

    def put_dialled(self, sid: str | None) -> None:
        """A masked call is not for those who are dialled."""
