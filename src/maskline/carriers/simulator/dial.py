"""Dial: rings somebody, and joins the two sides when they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator.aside import CalleeGone
from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import Answered, Ended, Leg, Pressed, seconds
from maskline.carriers.simulator.network import CARRIED_CALL
from maskline.carriers.simulator.views import Heard
from maskline.model.call import CallStatus
from maskline.voice.instructions import Dial, DialTarget, Number

#: Has a program told, by URL and method, what became of a leg.
Tell = Callable[[str, str, Mapping[str, str]], None]
#: Lets somebody hear what they are to hear before they are joined to the caller.
Whisper = Callable[[Flow, Leg, Number], Awaitable[None]]
Place = Callable[[Flow, DialTarget, str], Awaitable[Leg | None]]

#: Of several that did not answer, the one that says most about a person is what the Dial came to.
_TELLING: Final = (CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.BUSY)


#: What is told of which state; every other is the leg's end.
_EVENTS: Final = MappingProxyType(
    {
        CallStatus.INITIATED: "initiated",
        CallStatus.RINGING: "ringing",
        CallStatus.IN_PROGRESS: "answered",
    }
)


class _Branch:
    """One target that rings. `sid` is the server's name for its leg, null when it has none of its
    own."""

    __slots__ = ("leg", "provider_id", "sid", "target")

    def __init__(self, target: DialTarget, leg: Leg, sid: str | None, provider_id: str) -> None:
        self.target = target
        self.leg = leg
        self.sid = sid
        self.provider_id = provider_id


class Dialling:
    """One Dial of a call. `shared` is the server's name for the leg, whoever answers it; without
    one, each target that is a number gets a name of its own from the server, which may refuse.

    `sid` is the name of the leg that said most, null when it has none; `duration` is how long they
    talked, null when they did not.
    """

    def __init__(
        self,
        flow: Flow,
        verb: Dial,
        shared: str | None,
        place: Place,
        tell: Tell | None = None,
        whisper: Whisper | None = None,
    ) -> None:
        self._tell = tell
        self._whisper = whisper
        self._flow = flow
        self._verb = verb
        self._shared = shared
        self._place = place
        self._provider_id = flow.network.sids.new(CARRIED_CALL)
        self._rang = False
        self.sid = shared
        self.duration: int | None = None

    async def run(self) -> CallStatus:
        """What the Dial came to. Raises CallerGone and CallOver after it has ended the legs."""
        verb = self._verb
        if not verb.answer_on_bridge:
            self._flow.answer()
        groups: Sequence[Sequence[DialTarget]] = [verb.targets]
        if verb.sequential:
            groups = [[target] for target in verb.targets]
        status = CallStatus.FAILED
        for group in groups:
            winner, status = await self._ring(group)
            if winner is not None:
                joined = await self._talk(winner)
                return CallStatus.COMPLETED if joined else CallStatus.NO_ANSWER
        self._report(status, duration=0)
        return status

    async def _ring(self, targets: Sequence[DialTarget]) -> tuple[_Branch | None, CallStatus]:
        ringing: list[_Branch] = []
        try:
            for target in targets:
                branch = await self._branch(target)
                if branch is not None:
                    ringing.append(branch)
                    self._rings(branch, branch.leg.ring())
            return await self._wait(ringing)
        except BaseException:
            for branch in ringing:
                self._end(branch, CallStatus.CANCELED)
            self._report(CallStatus.CANCELED, duration=0)
            raise

    async def _branch(self, target: DialTarget) -> _Branch | None:
        """The way to a target; null when there is none, or the server refuses it."""
        flow = self._flow
        provider_id = flow.network.sids.new(CARRIED_CALL)
        sid = None
        if self._shared is None and isinstance(target, Number):
            try:
                sid = await flow.network.host.dial(flow.call_sid, self._shown(), target.number)
            except HostUnavailable:
                return None
            if sid is None:
                return None
            self.sid = sid
        leg = await self._place(flow, target, self._shown())
        if leg is None:
            flow.report(sid, CallStatus.FAILED, provider_id, 0)
            return None
        branch = _Branch(target, leg, sid, provider_id)
        if (name := self._shared or sid) is not None:
            flow.legs[name] = leg
        self._program(branch, CallStatus.INITIATED)
        return branch

    async def _wait(self, ringing: list[_Branch]) -> tuple[_Branch | None, CallStatus]:
        until = self._flow.network.timers.time() + self._verb.timeout
        outcome = CallStatus.FAILED
        while ringing:
            got = await self._flow.next(until)
            if got is None:
                for branch in ringing:
                    self._end(branch, CallStatus.NO_ANSWER)
                return None, CallStatus.NO_ANSWER
            side, signal = got
            found = next((one for one in ringing if one.leg is side), None)
            if found is None:
                continue
            if isinstance(signal, Answered):
                for branch in ringing:
                    if branch is not found:
                        self._end(branch, CallStatus.CANCELED)
                return found, CallStatus.IN_PROGRESS
            if isinstance(signal, Ended):
                ringing.remove(found)
                self._end(found, signal.status)
                outcome = max(outcome, signal.status, key=_weight)
        return None, outcome

    def _end(self, branch: _Branch, status: CallStatus) -> None:
        """A target did not answer."""
        branch.leg.end(status)
        self._tells(branch, status, 0)

    async def _talk(self, branch: _Branch) -> bool:
        """Whether the two were joined."""
        flow = self._flow
        callee = branch.leg
        self.sid = self._shared or branch.sid
        answered_at = flow.network.clock()
        callee.connect()
        if isinstance(branch.target, Number) and branch.target.send_digits:
            callee.hear(Heard("digits", branch.target.send_digits))
        whisper = self._whisper_to(callee, branch.target)
        if whisper is None:
            flow.answer()
        self._report(CallStatus.IN_PROGRESS)
        self._tells(branch, CallStatus.IN_PROGRESS)
        try:
            if whisper is not None:
                await whisper
                flow.answer()
            await self._bridge(callee)
        except CalleeGone:
            return False
        finally:
            callee.end(CallStatus.COMPLETED)
            self.duration = seconds(answered_at, flow.network.clock())
            self._report(CallStatus.COMPLETED, duration=self.duration)
            self._tells(branch, CallStatus.COMPLETED, self.duration)
        return True

    def _whisper_to(self, callee: Leg, target: DialTarget) -> Awaitable[None] | None:
        if self._whisper is None or not isinstance(target, Number) or target.url is None:
            return None
        return self._whisper(self._flow, callee, target)

    async def _bridge(self, callee: Leg) -> None:
        """Returns when the callee hangs up, the caller types a star to that end, or time is up."""
        flow = self._flow
        until = flow.network.timers.time() + self._verb.time_limit
        while (got := await flow.next(until)) is not None:
            side, signal = got
            if side is callee and isinstance(signal, Ended):
                return
            if not isinstance(signal, Pressed):
                continue
            if side is callee:
                flow.caller.press(signal.digits)
            elif side is flow.caller:
                if self._verb.hangup_on_star and "*" in signal.digits:
                    return
                callee.press(signal.digits)

    def _shown(self) -> str:
        """Without a caller ID the number that was dialled shows, never the caller's own."""
        return self._verb.caller_id or self._flow.inbound.number

    def _rings(self, branch: _Branch, rings: bool) -> None:
        if not rings:
            return
        self._tells(branch, CallStatus.RINGING)
        if not self._rang:
            self._rang = True
            self._report(CallStatus.RINGING)

    def _tells(self, branch: _Branch, status: CallStatus, duration: int | None = None) -> None:
        """The server and the program hear of a target's leg."""
        self._flow.report(branch.sid, status, branch.provider_id, duration)
        self._program(branch, status, duration)

    def _program(self, branch: _Branch, status: CallStatus, duration: int | None = None) -> None:
        target, sid = branch.target, branch.sid
        if self._tell is None or sid is None or not isinstance(target, Number):
            return
        event = _EVENTS.get(status, "completed")
        if not target.status_callback or event not in target.status_callback_events:
            return
        params = {
            "CallSid": sid,
            "ParentCallSid": self._flow.call_sid,
            "CallStatus": status.value,
            "From": self._shown(),
            "To": target.number,
        }
        if duration is not None:
            params["CallDuration"] = str(duration)
        self._tell(target.status_callback, target.status_callback_method, params)

    def _report(self, status: CallStatus, duration: int | None = None) -> None:
        self._flow.report(self._shared, status, self._provider_id, duration)


def _weight(status: CallStatus) -> int:
    return _TELLING.index(status) if status in _TELLING else 0
