"""Dial: rings somebody, and joins the two sides when they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import Answered, Ended, Leg, Pressed, seconds
from maskline.carriers.simulator.network import CARRIED_CALL
from maskline.carriers.simulator.views import Heard
from maskline.model.call import CallStatus
from maskline.voice.instructions import Dial, DialTarget, Number

Place = Callable[[Flow, DialTarget, str], Awaitable[Leg | None]]

#: Of several that did not answer, the one that says most about a person is what the Dial came to.
_TELLING: Final = (CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.BUSY)


class Dialling:
    """One Dial of a call. `sid` is the server's name for the leg, null when it has none;
    `duration` is how long they talked, null when they did not."""

    def __init__(self, flow: Flow, verb: Dial, sid: str | None, place: Place) -> None:
        self._flow = flow
        self._verb = verb
        self._sid = sid
        self._place = place
        self._provider_id = flow.network.sids.new(CARRIED_CALL)
        self._rang = False
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
                await self._talk(*winner)
                return CallStatus.COMPLETED
        self._report(status, duration=0)
        return status

    async def _ring(
        self, targets: Sequence[DialTarget]
    ) -> tuple[tuple[DialTarget, Leg] | None, CallStatus]:
        ringing: list[tuple[DialTarget, Leg]] = []
        try:
            for target in targets:
                leg = await self._place(self._flow, target, self._shown())
                if leg is not None:
                    ringing.append((target, leg))
                    self._rings(leg.ring())
            return await self._wait(ringing)
        except BaseException:
            for _, leg in ringing:
                leg.end(CallStatus.CANCELED)
            self._report(CallStatus.CANCELED, duration=0)
            raise

    async def _wait(
        self, ringing: list[tuple[DialTarget, Leg]]
    ) -> tuple[tuple[DialTarget, Leg] | None, CallStatus]:
        until = self._flow.network.timers.time() + self._verb.timeout
        outcome = CallStatus.FAILED
        while ringing:
            got = await self._flow.next(until)
            if got is None:
                for _, leg in ringing:
                    leg.end(CallStatus.NO_ANSWER)
                return None, CallStatus.NO_ANSWER
            side, signal = got
            found = next((one for one in ringing if one[1] is side), None)
            if found is None:
                continue
            if isinstance(signal, Answered):
                for _, leg in ringing:
                    if leg is not side:
                        leg.end(CallStatus.CANCELED)
                return found, CallStatus.IN_PROGRESS
            if isinstance(signal, Ended):
                ringing.remove(found)
                side.end(signal.status)
                outcome = max(outcome, signal.status, key=_weight)
        return None, outcome

    async def _talk(self, target: DialTarget, callee: Leg) -> None:
        flow = self._flow
        answered_at = flow.network.clock()
        callee.connect()
        if isinstance(target, Number) and target.send_digits:
            callee.hear(Heard("digits", target.send_digits))
        flow.answer()
        self._report(CallStatus.IN_PROGRESS)
        try:
            await self._bridge(callee)
        finally:
            callee.end(CallStatus.COMPLETED)
            self.duration = seconds(answered_at, flow.network.clock())
            self._report(CallStatus.COMPLETED, duration=self.duration)

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

    def _rings(self, rings: bool) -> None:
        if rings and not self._rang:
            self._rang = True
            self._report(CallStatus.RINGING)

    def _report(self, status: CallStatus, duration: int | None = None) -> None:
        self._flow.report(self._sid, status, self._provider_id, duration)


def _weight(status: CallStatus) -> int:
    return _TELLING.index(status) if status in _TELLING else 0
