"""Legs: the sides of a call, and what they tell the call that they belong to."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Final, Protocol, TypeAlias

import msgspec

from maskline.carriers.simulator.network import HANDSET_CALL, Network
from maskline.carriers.simulator.timers import Handle
from maskline.carriers.simulator.views import (
    INBOUND,
    OUTBOUND,
    CallView,
    DigitsView,
    Heard,
    HeardView,
)
from maskline.model.call import CallStatus
from maskline.model.clock import iso_ms


class Answered(msgspec.Struct, frozen=True):
    """The side took the call."""


class Ended(msgspec.Struct, frozen=True):
    """The side is out: `completed` for a hang-up, else why there was no answer."""

    status: CallStatus


class Pressed(msgspec.Struct, frozen=True):
    """The side typed keys."""

    digits: str


Signal: TypeAlias = Answered | Ended | Pressed

ANSWERED: Final = Answered()
HUNG_UP: Final = Ended(CallStatus.COMPLETED)


class Leg(Protocol):
    """A side, as the call that controls it sees it. A side that ended ignores everything."""

    def ring(self) -> bool:
        """Calls the side; whether it rings."""

    def connect(self) -> None:
        """The side talks now."""

    def hear(self, heard: Heard) -> None:
        """The side hears something."""

    def press(self, digits: str) -> None:
        """The other side's keys sound on this one."""

    def end(self, status: CallStatus) -> None:
        """The side is out."""


class Control(Protocol):
    """The call that a side belongs to."""

    def post(self, leg: Leg, signal: Signal) -> None:
        """A side did something."""

    async def settled(self) -> None:
        """Returns when the call has done all that follows from it, or after a bound."""


class Log(Protocol):
    """Where handsets' calls are listed."""

    def add(self, leg: HandsetLeg) -> bool:
        """A call appears on a handset; false when the handset has too many."""

    def end(self, leg: HandsetLeg) -> None:
        """A call is over."""


def seconds(start: int, end: int) -> int:
    """Whole seconds between two times in ms, rounded as the server rounds them."""
    return max(0, end - start + 500) // 1000


class HandsetLeg:
    """A handset's side of a call. `peer` is what its display shows."""

    def __init__(
        self,
        network: Network,
        log: Log,
        handset: str,
        peer: str,
        direction: str,
        control: Control | None = None,
    ) -> None:
        self._network = network
        self._log = log
        self._timer: Handle | None = None
        self._shown = False
        self.id = network.sids.new(HANDSET_CALL)
        self.handset = handset
        self.peer = peer
        self.direction = direction
        self.control = control
        self.status = CallStatus.RINGING
        self.heard: deque[Heard] = deque(maxlen=network.limits.heard)
        self.digits = ""
        self.started_at = network.clock()
        self.answered_at: int | None = None
        self.ended_at: int | None = None

    def show(self) -> bool:
        """Lists the call on the handset; false when the handset has too many."""
        if not self._log.add(self):
            return False
        self._shown = True
        self._network.phones.saw(self.handset)
        self._tell("call.ringing")
        return True

    def ring(self) -> bool:
        """Calls the handset, which does what its behaviour says."""
        behaviour = self._network.behaviours.of(self.handset)
        on_call = behaviour.on_call
        after = behaviour.on_call_ms / 1000
        if on_call == "busy" or on_call == "unreachable":
            status = CallStatus.BUSY if on_call == "busy" else CallStatus.FAILED
            self._later(after, Ended(status))
            return False
        if not self.show():
            self._later(0, Ended(CallStatus.BUSY))
            return False
        if on_call == "answer":
            self._later(after, ANSWERED)
        elif on_call == "reject":
            self._later(after, Ended(CallStatus.BUSY))
        elif on_call == "no-answer" and after:
            self._later(after, Ended(CallStatus.NO_ANSWER))
        return True

    def connect(self) -> None:
        """The handset's owner talks now."""
        if self.status is CallStatus.RINGING:
            self._cancel_timer()
            self.status = CallStatus.IN_PROGRESS
            self.answered_at = self._network.clock()
            self._tell("call.answered")

    def hear(self, heard: Heard) -> None:
        """The handset's owner hears something."""
        if self.ended_at is None:
            self.heard.append(heard)
            self._network.feed.publish("call.heard", self.handset, HeardView(self.id, heard))

    def press(self, digits: str) -> None:
        """The other side's keys sound on this one."""
        self.hear(Heard("digits", digits))

    def end(self, status: CallStatus) -> None:
        """The call is over on this handset."""
        if self.ended_at is not None:
            return
        self._cancel_timer()
        self.status = status
        self.ended_at = self._network.clock()
        if self._shown:
            self._log.end(self)
            self._tell("call.ended")

    def key_in(self, digits: str) -> None:
        """The handset's owner types keys."""
        self.digits = (self.digits + digits)[-self._network.limits.digits :]
        self._network.feed.publish("call.digits", self.handset, DigitsView(self.id, digits))
        self.post(Pressed(digits))

    def post(self, signal: Signal) -> None:
        """The handset's owner, or its behaviour, does something."""
        if self.control is not None:
            self.control.post(self, signal)

    def view(self) -> CallView:
        """The call as it is now."""
        outgoing = self.direction == OUTBOUND
        over = self.ended_at
        duration = None
        if over is not None:
            duration = seconds(self.answered_at, over) if self.answered_at is not None else 0
        return CallView(
            id=self.id,
            from_=self.handset if outgoing else self.peer,
            to=self.peer if outgoing else self.handset,
            direction=self.direction,
            peer=self.peer,
            status=self.status.value,
            heard=tuple(self.heard),
            digits=self.digits,
            started=iso_ms(self.started_at),
            answered=None if self.answered_at is None else iso_ms(self.answered_at),
            ended=None if over is None else iso_ms(over),
            duration=duration,
        )

    @property
    def rings_here(self) -> bool:
        """Whether the handset rings and can be answered."""
        return self.direction == INBOUND and self.status is CallStatus.RINGING

    def _later(self, delay: float, signal: Signal) -> None:
        if delay:
            self._timer = self._network.timers.call_later(delay, partial(self.post, signal))
        else:
            self.post(signal)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, event: str) -> None:
        self._network.feed.publish(event, self.handset, self.view())
