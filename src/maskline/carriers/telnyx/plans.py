"""What calls that are steered by commands are to do, carried out step by step.

A step is over when Telnyx says so. What is to come after it is given to Telnyx with the command as
`client_state`, and comes back with the event: so nothing is kept here, and any process, at any
time, can go on. What is left of a course that a program has ended by having the call go on
elsewhere is known by the course's number: the database has who ended it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import msgspec

from maskline.carriers.contract import CallAnswer, HostUnavailable, Scripts, Tools
from maskline.carriers.rendering import numbers_of, prepared
from maskline.carriers.telnyx import prompts
from maskline.carriers.telnyx.commands import Commands
from maskline.carriers.telnyx.dials import Dials
from maskline.carriers.telnyx.events import Leg, Plan, packed
from maskline.model.call import CallStatus
from maskline.model.traffic import CallTurn
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Pause,
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
        "Pause",
        "Play",
        "Record",
        "Record.finishOnKey",
        "Record.playBeep",
        "Redirect",
        "Reject",
        "Say",
    }
)

_CAUSES: Final = {"rejected": "CALL_REJECTED", "busy": "USER_BUSY"}
#: Who begins a call's first course, and who ends its others, is known under these places.
_OPENING: Final = -1


class Plans:
    """Those of one account's calls."""

    def __init__(self, name: str, do: Commands, tools: Tools) -> None:
        self._name = name
        self._do = do
        self._tools = tools
        self.dials = Dials(name, do, tools, self.after_leg)

    async def take_up(
        self, call: str, connection: str, answer: CallAnswer, *, is_answered: bool, course: int = 0
    ) -> None:
        """Carries out an answer, unless its call has gone on elsewhere while a program was asked.
        Raises ApiRefused."""
        if is_answered and not await self.is_current(answer.call_sid, course):
            return
        status = CallStatus.IN_PROGRESS if is_answered else CallStatus.RINGING
        found = await prepared(
            answer, self._tools, VERBS, self._name, status.value, goes_on_after_dials=True
        )
        plan = Plan(
            found.call_sid,
            found.dialled_sid,
            "",
            found.response,
            found.script,
            found.at,
            course,
        )
        await self._carry_out(call, connection, plan, is_answered)

    async def go_on(self, call: str, connection: str, plan: Plan) -> None:
        """Goes on with a plan whose step is over. Raises ApiRefused."""
        if await self.is_current(plan.call_sid, plan.course):
            plan = msgspec.structs.replace(plan, pauses=False)
            await self._carry_out(call, connection, plan, True)

    async def ask(self, call: str, connection: str, plan: Plan, told: Mapping[str, str]) -> None:
        """Asks what comes next at a plan's place, where the call has come to what is `told`.
        Raises ApiRefused."""
        if not await self.is_current(plan.call_sid, plan.course):
            return
        turn = CallTurn(self._name, plan.script, plan.at, tuple(told.items()))
        await self._take_turn(call, connection, turn, is_answered=True, course=plan.course)

    async def after_leg(
        self, connection: str, leg: Leg, theirs: str, status: str, *, one_by_one: bool = False
    ) -> None:
        """Asks what comes after a Dial whose leg, or whose last one, is over; `theirs` is "" for
        one that could not be begun. Raises ApiRefused."""
        if not await self.is_current(leg.parent, leg.course):
            return
        told = (("DialCallStatus", status),)
        turn = CallTurn(self._name, leg.script, leg.at, told, theirs, one_by_one=one_by_one)
        is_answered = leg.is_answered or status == CallStatus.COMPLETED
        await self._take_turn(leg.of, connection, turn, is_answered=is_answered, course=leg.course)

    async def _take_turn(
        self, call: str, connection: str, turn: CallTurn, *, is_answered: bool, course: int
    ) -> None:
        answer = await self._scripts.turn(turn)
        if answer is not None:
            await self.take_up(call, connection, answer, is_answered=is_answered, course=course)

    # Courses

    async def is_opened(self, call_sid: str) -> bool:
        """Begins a placed call's first course; false when it was begun. An event comes twice."""
        mark = uuid4().hex
        return await self._scripts.claim(call_sid, _OPENING, mark) == mark

    async def next_course(self, call_sid: str, course: int) -> int:
        """Ends a call's course, which is `course` or a later one: the number of the next."""
        mark = uuid4().hex
        while await self._scripts.claim(call_sid, course, mark) != mark:
            course += 1
        return course + 1

    async def is_current(self, call_sid: str, course: int) -> bool:
        """Whether a call is on a course still. While the database is away, it is taken to be."""
        if self._tools.scripts is None or not call_sid:
            return True
        try:
            return not await self._tools.scripts.claim(call_sid, course, "")
        except HostUnavailable:
            return True

    @property
    def _scripts(self) -> Scripts:
        """Those that a plan with a script is kept in."""
        assert self._tools.scripts is not None
        return self._tools.scripts

    # Steps

    async def _carry_out(self, call: str, connection: str, plan: Plan, is_answered: bool) -> None:
        verbs = plan.response.verbs
        verb = verbs[0] if verbs else Hangup()
        rest = msgspec.structs.replace(plan, response=Response(verbs[1:]), at=plan.at + 1)
        match verb:
            case Say() | Play() | Pause() | Gather() | Record() if not is_answered:
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
            case Pause(length=length):
                state = msgspec.structs.replace(rest, then="call.gather.ended", pauses=True)
                if length > prompts.LONGEST_PAUSE:
                    others = (Pause(length - prompts.LONGEST_PAUSE), *verbs[1:])
                    state = msgspec.structs.replace(state, response=Response(others), at=plan.at)
                fields = prompts.pausing(length)
                await self._do.command(call, "gather", client_state=packed(state), **fields)
            case Gather() if plan.script:
                state = msgspec.structs.replace(plan, then="call.gather.ended")
                action, fields = prompts.gathering(verb)
                await self._do.command(call, action, client_state=packed(state), **fields)
            case Record() if plan.script:
                state = msgspec.structs.replace(plan, then="call.recording.saved")
                fields = prompts.recording(verb)
                await self._do.command(call, "record_start", client_state=packed(state), **fields)
            case Dial() if numbers_of(verb):
                await self.dials.dial(call, connection, plan, verb, is_answered)
            case Reject():
                await self._do.command(call, "reject", cause=_CAUSES[verb.reason])
            case Hangup():
                await self._do.command(call, "hangup")
            case _:
                log.warning("%s can't carry out a %s", self._name, type(verb).__name__)
                await self._carry_out(call, connection, rest, is_answered)
