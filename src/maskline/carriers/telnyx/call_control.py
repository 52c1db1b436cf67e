"""Call control: calls steered by a command for each step, as events tell of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from maskline.carriers import placed
from maskline.carriers.contract import ApiMissing, ApiRefused, CallAnswer, Inbound, Tools
from maskline.carriers.json_api import JsonApi
from maskline.carriers.legs import reported
from maskline.carriers.request import Malformed, Params, text
from maskline.carriers.telnyx import machines, placing, prompts
from maskline.carriers.telnyx.commands import Commands
from maskline.carriers.telnyx.events import (
    Event,
    Leg,
    Payload,
    Placed,
    Plan,
    Rings,
    State,
    how_it_ended,
    packed,
    unpacked,
)
from maskline.carriers.telnyx.plans import Plans
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, InboundCall, OutboundCall, SendResult
from maskline.voice.instructions import Response

log = logging.getLogger(__name__)

_TALKS: Final = CallStatus.IN_PROGRESS.value
#: What may run on a call that is to go on elsewhere.
_STOPS: Final = ("gather_stop", "playback_stop", "record_stop")
#: Telnyx tells of the end of what was stopped a moment later, with the state that the call has
#: then (s).
_SETTLING: Final = 0.5


class CallControl:
    """Steers the calls of one account, and places some by the application `connection`."""

    options = placing.CONTROL_OPTIONS

    def __init__(self, name: str, api: JsonApi, root: str, connection: str, tools: Tools) -> None:
        self._name = name
        self._do = Commands(name, api, f"{root}/v2/calls")
        self._recordings = f"{root}/v2/recordings"
        self._connection = connection
        self._tools = tools
        self._plans = Plans(name, self._do, tools)
        self._tasks: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Returns when no command is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # What events say

    def read(self, event: Event, query: Params) -> list[Inbound]:
        """What is to be stored of an event; the query names a call that a program placed. Raises
        Malformed."""
        kind, call = event.data.event_type, event.data.payload
        if not call.call_control_id:
            raise Malformed("call_control_id is required")
        if "\0" in f"{call.call_control_id}{call.sender}{call.to}":
            raise Malformed("no id and no number has a zero character")
        state = unpacked(call.client_state)
        if isinstance(state, Leg):
            return self._of_leg(kind, call, state)
        if text(query, "Call"):
            return self._of_placed(kind, call, query)
        if kind == "call.initiated" and call.direction == "incoming":
            if not call.to:
                raise Malformed("to is required")
            return [
                InboundCall(
                    carrier=self._name,
                    provider_id=call.call_control_id,
                    caller=call.sender[:255],
                    number=call.to,
                    doors=f"{self._tools.door}/Call",
                )
            ]
        theirs, name = call.call_control_id, self._name
        if kind == "call.hangup":
            return [CallEvent("", how_it_ended(call), theirs, carrier=name)]
        if kind == "call.answered" and isinstance(state, Plan):
            # The caller of a masked call talks when the partner does.
            is_led = bool(state.call_sid) and state.leg is None
            return [CallEvent(state.call_sid, _TALKS, theirs, carrier=name)] if is_led else []
        return []

    def _of_placed(self, kind: str, call: Payload, query: Params) -> list[Inbound]:
        theirs, name = call.call_control_id, self._name
        if kind == "call.answered":
            return placed.telling(query, name, theirs, _TALKS)
        if kind == "call.hangup":
            return placed.telling(query, name, theirs, how_it_ended(call))
        who = machines.by_event(kind, call.result, to_end=machines.waits_for_end(query))
        if who is None:
            return []
        told = machines.told_of(query, name, who)
        return [*placed.telling(query, name, theirs, _TALKS, answered_by=who), *told]

    def _of_leg(self, kind: str, call: Payload, leg: Leg) -> list[Inbound]:
        if kind in ("call.answered", "call.bridged"):
            status = _TALKS
            shared = kind == "call.bridged" or not (leg.whispers or leg.competes)
        elif kind == "call.hangup":
            status = how_it_ended(call)
            # What a program's document says may go on.
            shared = not leg.script
        else:
            return []
        theirs, name = call.call_control_id, self._name
        event = CallEvent(leg.sid, status, theirs, with_parent=shared, carrier=name)
        query = {"CallLeg": leg.sid, "Parent": leg.parent}
        return reported(event, query, call.sender, call.to)

    # What is done

    def begin(self, call: str, connection: str, answer: CallAnswer) -> None:
        """Begins to carry out the answer to a call that came in. Telnyx waits two seconds for the
        answer to an event, and the steps may take longer."""
        self._start(self._plans.take_up(call, connection, answer, is_answered=False), call)

    async def call(self, sender: str, recipient: str, response: Response) -> str:
        """Calls somebody, who hears `response`: Telnyx's id of the call. Raises ApiRefused."""
        state = packed(Plan("", None, "call.answered", response))
        asked = placing.control_begun(self._connection, sender, recipient, state)
        return await self._do.begin(asked)

    def follow(self, event: Event, query: Params) -> None:
        """Begins what comes after an event that is stored."""
        kind, call = event.data.event_type, event.data.payload
        match unpacked(call.client_state):
            case Plan() as plan:
                self._follow_plan(kind, call, plan)
            case Placed() as one:
                to_end = machines.waits_for_end(query)
                who = machines.by_event(kind, call.result, to_end=to_end) if one.waits else None
                if who is not None or (kind == "call.answered" and not one.waits):
                    told = {} if who is None else {"AnsweredBy": who}
                    work = self._open(call, one.call_sid, told)
                    self._start(work, call.call_control_id, one.call_sid)
            case Leg() as leg:
                self._follow_leg(kind, call, leg)
            case Rings() as rings if kind == "call.hangup":
                for one_leg in rings.legs:
                    self._start(self._do.attempt(one_leg, "hangup"), one_leg)

    def _follow_plan(self, kind: str, call: Payload, plan: Plan) -> None:
        theirs, connection = call.call_control_id, call.connection_id
        work: Coroutine[Any, Any, None] | None = None
        match plan.then:
            case "call.gather.ended" if kind == plan.then and call.status != "call_hangup":
                told = {"Digits": call.digits or ""}
                work = (
                    self._plans.go_on(theirs, connection, plan)
                    if plan.pauses
                    else self._plans.ask(theirs, connection, plan, told)
                )
            case "call.recording.saved" if kind == plan.then:
                told = prompts.recorded(call, self._recordings)
                work = self._plans.ask(theirs, connection, plan, told)
            case "call.recording.saved" if kind == "call.dtmf.received":
                if prompts.ends_recording(plan.response, call.digit or ""):
                    work = self._do.attempt(theirs, "record_stop")
            case then if kind == then and then != "call.gather.ended":
                work = self._plans.go_on(theirs, connection, plan)
        if work is not None:
            self._start(work, theirs, plan.call_sid, plan.course)

    def _follow_leg(self, kind: str, call: Payload, leg: Leg) -> None:
        theirs, dials = call.call_control_id, self._plans.dials
        work: Coroutine[Any, Any, None] | None = None
        match kind:
            case "call.initiated" if leg.script and not leg.competes:
                work = self._if_current(theirs, leg, dials.note(theirs, leg))
            case "call.answered" if leg.competes:
                work = self._if_current(theirs, leg, dials.compete(theirs, leg))
            case "call.answered" | "call.speak.ended":
                work = self._if_current(theirs, leg, dials.join(kind, theirs, leg))
            case "call.hangup" if leg.script:
                work = dials.after(call, leg)
            case "call.hangup":
                # The caller's call stays up when the one that it was put through to ends.
                work = self._do.attempt(leg.of, "hangup")
        if work is not None:
            self._start(work, leg.of, leg.parent, leg.course)

    async def _if_current(self, theirs: str, leg: Leg, work: Coroutine[Any, Any, None]) -> None:
        """A leg that rings or is answered when its call has gone on elsewhere is let go."""
        if await self._plans.is_current(leg.parent, leg.course):
            await work
            return
        work.close()
        await self._do.attempt(theirs, "hangup")

    def _start(
        self, work: Coroutine[Any, Any, None], call: str, call_sid: str = "", course: int = 0
    ) -> None:
        task = asyncio.create_task(self._surely(work, call, call_sid, course))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _surely(
        self, work: Coroutine[Any, Any, None], call: str, call_sid: str, course: int
    ) -> None:
        """A call that can't go on ends: nobody is left in silence."""
        try:
            await work
            return
        except ApiRefused as refused:
            log.warning("%s did not carry out a call's step: %s", self._name, refused)
        except Exception as error:
            log.error("a call's step at %s failed: %s", self._name, type(error).__name__)
        if await self._plans.is_current(call_sid, course):
            await self._do.attempt(call, "hangup")

    # Calls of programs

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. Never raises for what Telnyx answers."""
        return await self._do.place(
            placing.control_fields(call, self._connection, self._tools.door)
        )

    async def _open(self, call: Payload, call_sid: str, told: dict[str, str]) -> None:
        """A placed call does what its program says."""
        if not await self._plans.is_opened(call_sid):
            return
        answer = await self._asked(call_sid, told)
        await self._plans.take_up(
            call.call_control_id, call.connection_id, answer, is_answered=True
        )

    async def _asked(self, call_sid: str, told: dict[str, str]) -> CallAnswer:
        """What a program says that a call of its does. Raises LookupError."""
        assert self._tools.fetch is not None
        return await self._tools.fetch("", "POST", {"CallSid": call_sid, **told})

    async def end(self, call_sid: str, provider_id: str, *, answered: bool) -> bool:
        """Ends a leg; false when it is not on the line. Raises ApiRefused."""
        if not answered and _was_answered(await self._state(provider_id)):
            # It was a moment ago.
            return True
        return await self._do.end(provider_id)

    async def steer(self, call_sid: str, provider_id: str) -> bool:
        """Has a call do what its program says now; false for one that is not on the line, or that
        is masked. Raises ApiRefused."""
        state = await self._state(provider_id)
        if not _is_a_program_s(state):
            return False
        before = state.course if isinstance(state, Plan | Rings) else 0
        course = await self._plans.next_course(call_sid, before)
        nothing = Plan(call_sid, None, "", Response(), course=course)
        await self._do.command(provider_id, "client_state_update", client_state=packed(nothing))
        for leg in state.legs if isinstance(state, Rings) else ():
            await self._do.attempt(leg, "hangup")
        for action in _STOPS:
            await self._do.attempt(provider_id, action, client_state=packed(nothing))
        await asyncio.sleep(_SETTLING)
        answer = await self._asked(call_sid, {})
        work = self._plans.take_up(
            provider_id, self._connection, answer, is_answered=True, course=course
        )
        await self._surely(work, provider_id, call_sid, course)
        return True

    async def look(self, call_sid: str, provider_id: str) -> CallEvent | None:
        """What has become of a leg. Telnyx says whether it is there still, and by the state that it
        keeps whether it does what follows an answer; not how one ended that nobody answered. Raises
        ApiRefused, and ApiMissing when Telnyx has no such leg."""
        found = await self._do.record(provider_id)
        status, seconds = CallStatus.INITIATED, None
        if _is_over(found):
            seconds = int(found.get("call_duration") or 0)
            status = CallStatus.COMPLETED if seconds else CallStatus.FAILED
        elif _was_answered(unpacked(found.get("client_state"))):
            status = CallStatus.IN_PROGRESS
        return CallEvent(call_sid, status.value, provider_id, seconds, carrier=self._name)

    async def _state(self, provider_id: str) -> State | None:
        """What Telnyx keeps for us of a call; null for one that is over, too. Raises ApiRefused."""
        try:
            found = await self._do.record(provider_id)
        except ApiMissing:
            return None
        return None if _is_over(found) else unpacked(found.get("client_state"))


def _is_over(found: dict[str, Any]) -> bool:
    """Whether a call is not on the line any more, as its record says."""
    return not found.get("is_alive") and bool(found.get("end_time"))


def _was_answered(state: State | None) -> bool:
    """Whether a call does what follows an answer, so far as its state tells."""
    return isinstance(state, Plan) and state.then != "call.answered"


def _is_a_program_s(state: State | None) -> bool:
    """Whether a call is led by a program's documents: a masked call, which is joined to another,
    ends with that and goes nowhere."""
    match state:
        case Placed():
            return True
        case Plan(leg=leg):
            return leg is None
        case Rings(call_sid=call_sid):
            return bool(call_sid)
    return False
