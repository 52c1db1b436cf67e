"""Call control: calls steered by a command for each step.

A step is over when Telnyx says so. What is to come after it is given to Telnyx with the command as
`client_state`, and comes back with the event: so nothing is kept here, and any process, at any
time, can go on. A command that comes twice is known by its `command_id`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

import msgspec

from maskline.carriers.contract import ApiRefused, CallAnswer, Inbound, Scripts, Tools
from maskline.carriers.json_api import JsonApi
from maskline.carriers.legs import reported
from maskline.carriers.rendering import numbers_of, prepared
from maskline.carriers.request import Malformed
from maskline.carriers.telnyx import prompts
from maskline.carriers.telnyx.commands import Commands
from maskline.carriers.telnyx.events import Event, Leg, Payload, Plan, Rings, packed, unpacked
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, CallTurn, InboundCall
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Play,
    Record,
    Reject,
    Response,
    Say,
)

log = logging.getLogger(__name__)

#: What both ways to steer calls can do.
VERBS: Final = frozenset(
    {
        "Dial",
        "Dial.action",
        "Dial.sequential",
        "Dial.targets",
        "Gather",
        "Gather.actionOnEmptyResult",
        "Hangup",
        "Number.url",
        "Play",
        "Record",
        "Record.finishOnKey",
        "Record.playBeep",
        "Redirect",
        "Reject",
        "Say",
    }
)

_RING: Final = (5, 600)
_TALK: Final = (30, 14_400)

_ENDS: Final = {
    "normal_clearing": CallStatus.COMPLETED.value,
    "time_limit": CallStatus.COMPLETED.value,
    "originator_cancel": CallStatus.CANCELED.value,
    "user_busy": CallStatus.BUSY.value,
    "call_rejected": CallStatus.BUSY.value,
    "timeout": CallStatus.NO_ANSWER.value,
    "no_answer": CallStatus.NO_ANSWER.value,
}
_CAUSES: Final = {"rejected": "CALL_REJECTED", "busy": "USER_BUSY"}


class CallControl:
    """Steers the calls of one account."""

    def __init__(self, name: str, api: JsonApi, root: str, tools: Tools) -> None:
        self._name = name
        self._do = Commands(name, api, f"{root}/v2/calls")
        self._recordings = f"{root}/v2/recordings"
        self._tools = tools
        self._tasks: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Returns when no command is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # What events say

    def read(self, event: Event) -> list[Inbound]:
        """What is to be stored of an event. Raises Malformed."""
        kind, call = event.data.event_type, event.data.payload
        if not call.call_control_id:
            raise Malformed("call_control_id is required")
        state = unpacked(call.client_state)
        if isinstance(state, Leg):
            return self._of_leg(kind, call, state)
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
        if kind == "call.hangup":
            return [CallEvent("", _end(call), call.call_control_id, carrier=self._name)]
        return []

    def _of_leg(self, kind: str, call: Payload, leg: Leg) -> list[Inbound]:
        if kind in ("call.answered", "call.bridged"):
            status = CallStatus.IN_PROGRESS.value
            shared = kind == "call.bridged" or not (leg.whispers or leg.competes)
        elif kind == "call.hangup":
            status = _end(call)
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
        self._start(self._take_up(call, connection, answer, is_answered=False), call)

    async def call(self, connection: str, sender: str, recipient: str, response: Response) -> str:
        """Calls somebody, who hears `response`: Telnyx's id of the call. Raises ApiRefused."""
        plan = Plan("", None, "call.answered", response)
        asked: dict[str, object] = {
            "connection_id": connection,
            "from": sender,
            "to": recipient,
            "client_state": packed(plan),
        }
        return await self._do.begin(asked)

    def follow(self, event: Event) -> None:
        """Begins what comes after an event that is stored."""
        kind, call = event.data.event_type, event.data.payload
        theirs, connection = call.call_control_id, call.connection_id
        match unpacked(call.client_state):
            case Plan(then="call.gather.ended") as plan if kind == plan.then:
                if call.status != "call_hangup":
                    told = {"Digits": call.digits or ""}
                    self._start(self._turn(theirs, connection, plan.script, plan.at, told), theirs)
            case Plan(then="call.recording.saved") as plan if kind == plan.then:
                told = prompts.recorded(call, self._recordings)
                self._start(self._turn(theirs, connection, plan.script, plan.at, told), theirs)
            case Plan(then="call.recording.saved") as plan if kind == "call.dtmf.received":
                if prompts.ends_recording(plan.response, call.digit or ""):
                    self._start(self._do.attempt(theirs, "record_stop"), theirs)
            case Plan() as plan if kind == plan.then:
                self._start(self._carry_out(theirs, connection, plan, True), theirs)
            case Leg(competes=True) as leg if kind == "call.answered":
                self._start(self._compete(theirs, leg), leg.of)
            case Leg() as leg if kind in ("call.answered", "call.speak.ended"):
                self._start(self._join(kind, theirs, leg), leg.of)
            case Leg(script=script) as leg if kind == "call.hangup" and script:
                self._start(self._after_leg(call, leg), leg.of)
            case Leg() as leg if kind == "call.hangup":
                # The caller's call stays up when the one that it was put through to ends.
                self._start(self._do.attempt(leg.of, "hangup"), leg.of)
            case Rings() as rings if kind == "call.hangup":
                for one in rings.legs:
                    self._start(self._do.attempt(one, "hangup"), one)

    def _start(self, work: Coroutine[Any, Any, None], call: str) -> None:
        task = asyncio.create_task(self._surely(work, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _surely(self, work: Coroutine[Any, Any, None], call: str) -> None:
        """A call that can't go on ends: nobody is left in silence."""
        try:
            await work
        except ApiRefused as refused:
            log.warning("%s did not carry out a call's step: %s", self._name, refused)
            await self._do.attempt(call, "hangup")
        except Exception as error:
            log.error("a call's step at %s failed: %s", self._name, type(error).__name__)
            await self._do.attempt(call, "hangup")

    async def _take_up(
        self, call: str, connection: str, answer: CallAnswer, *, is_answered: bool
    ) -> None:
        status = CallStatus.IN_PROGRESS if is_answered else CallStatus.RINGING
        found = await prepared(
            answer, self._tools, VERBS, self._name, status.value, goes_on_after_dials=True
        )
        plan = Plan(found.call_sid, found.dialled_sid, "", found.response, found.script, found.at)
        await self._carry_out(call, connection, plan, is_answered)

    @property
    def _scripts(self) -> Scripts:
        """Those that a plan with a script is kept in."""
        assert self._tools.scripts is not None
        return self._tools.scripts

    async def _turn(
        self,
        call: str,
        connection: str,
        script: str,
        at: int,
        told: dict[str, str],
        *,
        leg: str = "",
        one_by_one: bool = False,
        is_answered: bool = True,
    ) -> None:
        """A call has come to a place of its script."""
        pairs = tuple(told.items())
        turn = CallTurn(self._name, script, at, pairs, leg, one_by_one=one_by_one)
        answer = await self._scripts.turn(turn)
        if answer is not None:
            await self._take_up(call, connection, answer, is_answered=is_answered)

    async def _carry_out(self, call: str, connection: str, plan: Plan, is_answered: bool) -> None:
        verbs = plan.response.verbs
        verb = verbs[0] if verbs else Hangup()
        rest = msgspec.structs.replace(plan, response=Response(verbs[1:]), at=plan.at + 1)
        match verb:
            case Say() | Play() | Gather() | Record() if not is_answered:
                state = msgspec.structs.replace(plan, then="call.answered")
                await self._do.command(call, "answer", client_state=packed(state))
            case Say():
                state = msgspec.structs.replace(rest, then="call.speak.ended")
                await self._do.command(
                    call, "speak", **prompts.spoken(verb), client_state=packed(state)
                )
            case Play():
                state = msgspec.structs.replace(rest, then="call.playback.ended")
                url = {"audio_url": verb.url, "loop": verb.loop or "infinity"}
                await self._do.command(call, "playback_start", client_state=packed(state), **url)
            case Gather() if plan.script:
                state = msgspec.structs.replace(plan, then="call.gather.ended")
                action, fields = prompts.gathering(verb)
                await self._do.command(call, action, client_state=packed(state), **fields)
            case Record() if plan.script:
                state = msgspec.structs.replace(plan, then="call.recording.saved")
                fields = prompts.recording(verb)
                await self._do.command(call, "record_start", client_state=packed(state), **fields)
            case Dial() if numbers_of(verb):
                await self._dial(call, connection, plan, verb, is_answered)
            case Reject():
                await self._do.command(call, "reject", cause=_CAUSES[verb.reason])
            case Hangup():
                await self._do.command(call, "hangup")
            case _:
                log.warning("%s can't carry out a %s", self._name, type(verb).__name__)
                await self._carry_out(call, connection, rest, is_answered)

    async def _dial(
        self, call: str, connection: str, plan: Plan, dial: Dial, is_answered: bool
    ) -> None:
        numbers = numbers_of(dial)
        leg = Leg(plan.leg or "", call, parent=plan.call_sid)
        if plan.leg is None:
            leg = msgspec.structs.replace(
                leg, script=plan.script, at=plan.at, alone=dial.sequential, is_answered=is_answered
            )
        asked: dict[str, object] = {
            "from": dial.caller_id,
            "timeout_secs": min(max(dial.timeout, _RING[0]), _RING[1]),
            "time_limit_secs": min(max(dial.time_limit, _TALK[0]), _TALK[1]),
        }
        if len(numbers) > 1 and leg.script and not dial.sequential:
            await self._ring(call, connection, leg, numbers, asked)
            return
        number = numbers[0]
        asked["to"] = number.number
        if number.url is None or self._tools.whisper is None or plan.leg is None:
            asked["target_leg_client_state"] = packed(leg)
            if leg.script:
                # Else the caller's call ends with the other.
                asked["park_after_unbridge"] = "self"
            await self._do.command(call, "transfer", **asked)
            return
        # A transfer joins the two at once: who is to hear something first is called apart.
        leg = msgspec.structs.replace(leg, whispers=True)
        theirs = await self._do.dial(call, connection, leg, asked)
        # The caller may hang up while it rings.
        await self._do.attempt(call, "client_state_update", client_state=packed(Rings(theirs)))

    async def _ring(
        self,
        call: str,
        connection: str,
        leg: Leg,
        numbers: list[Number],
        asked: dict[str, object],
    ) -> None:
        """Rings several at once."""
        leg = msgspec.structs.replace(leg, competes=True)
        rung: list[str] = []
        for number in numbers:
            try:
                rung.append(
                    await self._do.dial(call, connection, leg, asked | {"to": number.number})
                )
            except ApiRefused as refused:
                log.warning("%s did not ring one of several: %s", self._name, refused)
        if not rung:
            await self._turn(
                call,
                connection,
                leg.script,
                leg.at,
                {"DialCallStatus": CallStatus.FAILED.value},
                is_answered=leg.is_answered,
            )
            return
        rings = Rings(rung[0], tuple(rung[1:]))
        await self._do.attempt(call, "client_state_update", client_state=packed(rings))

    async def _compete(self, theirs: str, leg: Leg) -> None:
        """One of several has answered: the first is joined to the caller, and ends the others."""
        if await self._scripts.claim(leg.script, leg.at, theirs) != theirs:
            await self._do.attempt(theirs, "hangup")
            return
        await self._do.attempt(leg.of, "answer")
        await self._do.command(
            leg.of,
            "bridge",
            call_control_id=theirs,
            park_after_unbridge="self",
            prevent_double_bridge=True,
        )
        for other in await self._others(theirs, leg):
            await self._do.attempt(other, "hangup")

    async def _after_leg(self, call: Payload, leg: Leg) -> None:
        """A leg of a program's document is over. Of several the last is the end of the Dial, or the
        one that was answered."""
        theirs, status = call.call_control_id, _end(call)
        if leg.competes:
            first = await self._scripts.claim(leg.script, leg.at, "")
            if first not in ("", theirs):
                return
            if not first:
                for other in await self._others(theirs, leg):
                    if (await self._do.look(other)).get("is_alive"):
                        return
        await self._turn(
            leg.of,
            call.connection_id,
            leg.script,
            leg.at,
            {"DialCallStatus": status},
            leg=theirs,
            one_by_one=leg.alone,
            is_answered=leg.is_answered or status == CallStatus.COMPLETED,
        )

    async def _others(self, theirs: str, leg: Leg) -> list[str]:
        """The legs that ring, or rang, with one."""
        state = unpacked((await self._do.look(leg.of)).get("client_state"))
        return [one for one in state.legs if one != theirs] if isinstance(state, Rings) else []

    async def _join(self, kind: str, theirs: str, leg: Leg) -> None:
        """Somebody who was called has answered, or has heard what they were to hear."""
        if kind == "call.answered":
            said = self._tools.whisper.verbs if self._tools.whisper is not None else ()
            say = next((one for one in said if isinstance(one, Say)), None)
            if leg.whispers and say is not None:
                fields = prompts.spoken(say)
                await self._do.command(theirs, "speak", **fields, client_state=packed(leg))
                return
        elif not leg.whispers:
            return
        # The caller's own call may be unanswered still.
        await self._do.attempt(leg.of, "answer")
        if leg.whispers:
            await self._do.command(theirs, "bridge", call_control_id=leg.of)


def _end(call: Payload) -> str:
    """How a leg ended."""
    return _ENDS.get(call.hangup_cause or "", CallStatus.FAILED.value)
