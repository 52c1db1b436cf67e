"""The telephone exchange: begins calls, finds whom they ring, and ends them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from maskline.batcher import Batcher
from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.carriers.simulator import outgoing
from maskline.carriers.simulator.call_log import CallLog
from maskline.carriers.simulator.errors import NotPossible, TooMany, UnknownNumber
from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import ANSWERED, HUNG_UP, Ended, HandsetLeg, Leg, Signal
from maskline.carriers.simulator.network import CARRIED_CALL, NAME, Network
from maskline.carriers.simulator.outgoing import Nobody
from maskline.carriers.simulator.script import Fetch, Script
from maskline.carriers.simulator.trunk import Trunk, TrunkEnd
from maskline.carriers.simulator.views import INBOUND, OUTBOUND
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, InboundCall, OutboundCall
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import canonical
from maskline.voice.instructions import DialTarget, Number, Response

log = logging.getLogger(__name__)

#: How often a call may come back to one of our own numbers.
MAX_HOPS: Final = 3


class Exchange:
    """The call side of the network."""

    def __init__(self, network: Network, fetch: Fetch | None) -> None:
        self._network = network
        self._fetch = fetch
        self._reports: Batcher[Sequence[CallEvent], None] = Batcher(self._report_all)
        self._running: dict[asyncio.Task[None], Flow] = {}
        #: By the server's names; of a call that comes back, the last.
        self._calls: dict[str, Flow] = {}
        self.log = CallLog(network.limits)

    async def dial(self, handset: str, to: str) -> HandsetLeg:
        """A handset calls a number. Returns when the call waits for something.

        Raises UnknownNumber, TooMany and HostUnavailable, and then there was no call.
        """
        phone = canonical(handset)
        self.log.make_room(phone)
        inbound = self._inbound(handset, to)
        answer = await self._network.host.call(inbound)
        if answer is None:
            raise UnknownNumber
        leg = HandsetLeg(self._network, self.log, phone, to, OUTBOUND)
        leg.control = flow = self._begin(inbound, answer, leg)
        if not leg.show():
            # Others began while the server thought about this one.
            flow.shut()
            raise TooMany("too many calls go on at once")
        await flow.settled()
        return leg

    def place(self, call: OutboundCall) -> str:
        """Calls a phone for a program; the call's id. Raises HostUnavailable."""
        network = self._network
        _ = network.host
        provider_id = network.sids.new(CARRIED_CALL)
        inbound = InboundCall(NAME, provider_id, call.caller, call.called)
        answer = CallAnswer(call.reference, Response(), None)
        flow = Flow(network, self._report, inbound, answer, Nobody())
        script = Script(flow, self._place, self._fetch)
        self._start(flow, lambda it: outgoing.run(it, call, self._place, script))
        return provider_id

    def end(self, call_sid: str, *, answered: bool) -> bool:
        """A program ends a call, or a leg that one dialled: be it answered, or only while it is
        not. False when it is not on the line."""
        # What nobody answered is cancelled; what was answered comes to its end all the same.
        status = CallStatus.CANCELED
        flow = self._calls.get(call_sid)
        if flow is not None:
            if answered or flow.answered_at is None:
                flow.end(status)
            return True
        for one in self._running.values():
            leg = one.legs.get(call_sid)
            if leg is not None:
                one.post(leg, Ended(status))
                return True
        return False

    def steer(self, call_sid: str) -> bool:
        """A program has a call do something else; false when it is not on the line."""
        flow = self._calls.get(call_sid)
        if flow is not None:
            flow.steer()
        return flow is not None

    def limit(self, call_sid: str, seconds: int) -> bool:
        """A call is to last so long from its answer on at most; false when it is not on the
        line, or is a leg that one dialled."""
        flow = self._calls.get(call_sid)
        if flow is not None:
            flow.limit(seconds)
        return flow is not None

    async def answer(self, handset: str, call: str) -> HandsetLeg:
        """The handset's owner takes a call. Raises UnknownCall and NotPossible."""
        leg = self.log.find(handset, call)
        if not leg.rings_here:
            raise NotPossible(f"the call is {leg.status.value}: it does not ring here")
        return await self._do(leg, ANSWERED)

    async def reject(self, handset: str, call: str) -> HandsetLeg:
        """The handset's owner turns a call away. Raises UnknownCall and NotPossible."""
        leg = self.log.find(handset, call)
        if not leg.rings_here:
            raise NotPossible(f"the call is {leg.status.value}: it does not ring here")
        return await self._do(leg, Ended(CallStatus.BUSY))

    async def hang_up(self, handset: str, call: str) -> HandsetLeg:
        """The handset's owner ends a call. Raises UnknownCall and NotPossible."""
        leg = self.log.find(handset, call)
        if leg.rings_here:
            raise NotPossible("the call rings here: reject it")
        if leg.ended_at is not None:
            raise NotPossible(f"the call is {leg.status.value}")
        return await self._do(leg, HUNG_UP)

    async def key_in(self, handset: str, call: str, digits: str) -> HandsetLeg:
        """The handset's owner types keys. Raises UnknownCall and NotPossible."""
        leg = self.log.find(handset, call)
        if leg.status is not CallStatus.IN_PROGRESS:
            raise NotPossible(f"the call is {leg.status.value}: nobody hears the keys")
        leg.key_in(digits)
        return await self._settled(leg)

    async def close(self) -> None:
        """Ends all calls and tells the server, once."""
        for flow in self._running.values():
            flow.shut()
        if self._running:
            await asyncio.wait(self._running, timeout=self._network.pace.drain)
        stuck = dict(self._running)
        for task, flow in stuck.items():
            task.cancel()
            flow.abandon()
        await asyncio.gather(*stuck, return_exceptions=True)
        await self._reports.drain()

    def _inbound(self, caller: str, number: str) -> InboundCall:
        return InboundCall(NAME, self._network.sids.new(CARRIED_CALL), caller, number)

    def _begin(
        self,
        inbound: InboundCall,
        answer: CallAnswer,
        caller: Leg,
        outer: Flow | None = None,
    ) -> Flow:
        hops = 0 if outer is None else outer.hops + 1
        flow = Flow(self._network, self._report, inbound, answer, caller, hops, outer)
        self._start(flow, partial(self._play, answer.response))
        return flow

    def _start(self, flow: Flow, play: Callable[[Flow], Awaitable[None]]) -> None:
        if self._network.closed:
            flow.shut()
        task = asyncio.create_task(flow.run(play))
        self._running[task] = flow
        self._calls[flow.call_sid] = flow
        task.add_done_callback(self._ended)

    async def _play(self, response: Response, flow: Flow) -> None:
        await Script(flow, self._place, self._fetch).play(response)

    def _ended(self, task: asyncio.Task[None]) -> None:
        flow = self._running.pop(task, None)
        if flow is not None and self._calls.get(flow.call_sid) is flow:
            del self._calls[flow.call_sid]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a simulated call was cut off: %s", type(error).__name__)

    async def _place(self, flow: Flow, target: DialTarget, shown: str) -> Leg | None:
        """The leg that a target is reached by; null when there is no way to it."""
        if not isinstance(target, Number) or not is_e164(target.number):
            return None
        inbound = self._inbound(shown, target.number)
        try:
            answer = await self._network.host.call(inbound)
        except HostUnavailable:
            return None
        if answer is None:
            phone = canonical(target.number)
            return HandsetLeg(self._network, self.log, phone, shown, INBOUND, flow)
        if flow.hops >= MAX_HOPS:
            log.warning("a simulated call came back to our own numbers too often")
            flow.report(answer.call_sid, CallStatus.FAILED, duration=0)
            flow.report(answer.dialled_sid, CallStatus.FAILED, duration=0)
            return None
        again = answer

        def begin(end: TrunkEnd) -> Flow:
            return self._begin(inbound, again, end, flow)

        return Trunk(flow, begin)

    async def _do(self, leg: HandsetLeg, signal: Signal) -> HandsetLeg:
        leg.post(signal)
        return await self._settled(leg)

    async def _settled(self, leg: HandsetLeg) -> HandsetLeg:
        if leg.control is not None:
            await leg.control.settled()
        return leg

    def _report(self, events: Sequence[CallEvent]) -> asyncio.Future[None]:
        return self._reports.submit(events)

    async def _report_all(self, moments: Sequence[Sequence[CallEvent]]) -> Sequence[None]:
        events = [event for moment in moments for event in moment]
        await self._network.tell(lambda host: host.call_events(events))
        return [None] * len(moments)
