"""Legs that are dialled for calls that are steered by commands."""

from __future__ import annotations

import logging
from typing import Final, Protocol

import msgspec

from maskline.carriers.contract import ApiRefused, Scripts, Tools
from maskline.carriers.rendering import numbers_of, within
from maskline.carriers.telnyx import prompts
from maskline.carriers.telnyx.commands import Commands
from maskline.carriers.telnyx.events import (
    Leg,
    Payload,
    Plan,
    Rings,
    how_it_ended,
    packed,
    unpacked,
)
from maskline.carriers.telnyx.placing import RING, TALK
from maskline.model.call import CallStatus
from maskline.voice.instructions import Dial, Number, Say

log = logging.getLogger(__name__)

_FAILED: Final = CallStatus.FAILED.value


class AfterLeg(Protocol):
    """Has a call go on after its Dial."""

    async def __call__(
        self, connection: str, leg: Leg, theirs: str, status: str, *, one_by_one: bool = False
    ) -> None: ...


class Dials:
    """Those of one account's calls."""

    def __init__(self, name: str, do: Commands, tools: Tools, after_leg: AfterLeg) -> None:
        self._name = name
        self._do = do
        self._tools = tools
        self._after_leg = after_leg

    async def dial(
        self, call: str, connection: str, plan: Plan, dial: Dial, is_answered: bool
    ) -> None:
        """Dials whom a Dial names. Raises ApiRefused."""
        numbers = numbers_of(dial)
        leg = Leg(plan.leg or "", call, parent=plan.call_sid, course=plan.course)
        if plan.leg is None:
            leg = msgspec.structs.replace(
                leg, script=plan.script, at=plan.at, alone=dial.sequential, is_answered=is_answered
            )
        asked: dict[str, object] = {
            "from": dial.caller_id,
            "timeout_secs": within(dial.timeout, RING),
            "time_limit_secs": within(dial.time_limit, TALK),
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

    async def note(self, theirs: str, leg: Leg) -> None:
        """A leg of a program's document rings that Telnyx dialled by itself: who has the call go on
        elsewhere meanwhile has to end it."""
        rings = Rings(theirs, call_sid=leg.parent, course=leg.course)
        await self._do.attempt(leg.of, "client_state_update", client_state=packed(rings))

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
            await self._after_leg(connection, leg, "", _FAILED)
            return
        rings = Rings(rung[0], tuple(rung[1:]), leg.parent, leg.course)
        await self._do.attempt(call, "client_state_update", client_state=packed(rings))

    async def compete(self, theirs: str, leg: Leg) -> None:
        """One of several has answered: the first is joined to the caller, and ends the others.
        Raises ApiRefused."""
        if await self._scripts.claim(leg.script, leg.at, theirs) != theirs:
            await self._do.attempt(theirs, "hangup")
            return
        await self._answer(leg)
        await self._do.command(
            leg.of,
            "bridge",
            call_control_id=theirs,
            park_after_unbridge="self",
            prevent_double_bridge=True,
        )
        for other in await self._others(theirs, leg):
            await self._do.attempt(other, "hangup")

    async def after(self, call: Payload, leg: Leg) -> None:
        """A leg of a program's document is over. Of several the last is the end of the Dial, or the
        one that was answered. Raises ApiRefused."""
        theirs, status = call.call_control_id, how_it_ended(call)
        if leg.competes:
            first = await self._scripts.claim(leg.script, leg.at, "")
            if first not in ("", theirs):
                return
            if not first:
                for other in await self._others(theirs, leg):
                    if (await self._do.look(other)).get("is_alive"):
                        return
        await self._after_leg(call.connection_id, leg, theirs, status, one_by_one=leg.alone)

    async def _others(self, theirs: str, leg: Leg) -> list[str]:
        """The legs that ring, or rang, with one."""
        state = unpacked((await self._do.look(leg.of)).get("client_state"))
        return [one for one in state.legs if one != theirs] if isinstance(state, Rings) else []

    async def join(self, kind: str, theirs: str, leg: Leg) -> None:
        """Somebody who was called has answered, or has heard what they were to hear. Raises
        ApiRefused."""
        if kind == "call.answered":
            said = self._tools.whisper.verbs if self._tools.whisper is not None else ()
            say = next((one for one in said if isinstance(one, Say)), None)
            if leg.whispers and say is not None:
                fields = prompts.spoken(say)
                await self._do.command(theirs, "speak", **fields, client_state=packed(leg))
                return
        elif not leg.whispers:
            return
        await self._answer(leg)
        if leg.whispers:
            await self._do.command(theirs, "bridge", call_control_id=leg.of)

    async def _answer(self, leg: Leg) -> None:
        """The caller's own call may be unanswered still."""
        if not leg.is_answered:
            await self._do.attempt(leg.of, "answer")

    @property
    def _scripts(self) -> Scripts:
        """Those that a leg with a script is kept in."""
        assert self._tools.scripts is not None
        return self._tools.scripts
