"""Calls that programs place: a phone rings, and once it is answered, instructions run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import Answered, Ended, Leg
from maskline.carriers.simulator.script import Script
from maskline.carriers.simulator.views import Heard
from maskline.model.call import CallStatus
from maskline.model.traffic import OutboundCall
from maskline.voice.instructions import DialTarget, Number

Place = Callable[[Flow, DialTarget, str], Awaitable[Leg | None]]


class Nobody:
    """Who is on the line of a call that was not answered yet."""

    def ring(self) -> bool:
        """Nothing rings."""
        return False

    def connect(self) -> None:
        """Nobody talks."""

    def hear(self, heard: Heard) -> None:
        """Nobody hears."""

    def press(self, digits: str) -> None:
        """Nobody hears keys."""

    def end(self, status: CallStatus) -> None:
        """Nobody is gone."""


async def run(flow: Flow, call: OutboundCall, place: Place, script: Script) -> None:
    """Rings the phone, and carries out what the call is to do once it is answered."""
    leg = await place(flow, Number(call.called), call.caller)
    if leg is None:
        flow.unanswered = CallStatus.FAILED
        return
    flow.legs[flow.call_sid] = leg
    if (status := await _ring(flow, call, leg)) is not None:
        flow.unanswered = status
        leg.end(status)
        return
    params: dict[str, str] = {}
    options = dict(call.options)
    if options.get("MachineDetection", "none") != "none":
        # Who has a simulated phone in hand is no machine.
        flow.answered_by = found = "human"
        if options.get("AsyncAmd") == "true":
            script.tell_answerer(options, found)
        else:
            params["AnsweredBy"] = found
    flow.caller = leg
    flow.limit(call.time_limit)
    flow.answer()
    if call.send_digits:
        leg.hear(Heard("digits", call.send_digits))
    try:
        response = await script.opening(params)
        if response is not None:
            await script.play(response)
    finally:
        if options.get("Record") == "true":
            script.tell_recording(call.options)


async def _ring(flow: Flow, call: OutboundCall, leg: Leg) -> CallStatus | None:
    """What the call comes to without an answer; null when it is answered."""
    until = flow.network.timers.time() + call.timeout
    try:
        if leg.ring():
            flow.report(flow.call_sid, CallStatus.RINGING, flow.inbound.provider_id)
        while (got := await flow.next(until)) is not None:
            side, signal = got
            if side is not leg:
                continue
            if isinstance(signal, Answered):
                return None
            if isinstance(signal, Ended):
                return signal.status
        return CallStatus.NO_ANSWER
    except BaseException:
        leg.end(CallStatus.CANCELED)
        raise
