"""Call control: calls steered by a command for each step.

A step is over when Telnyx says so. What is to come after it is given to Telnyx with the command as
`client_state`, and comes back with the event: so nothing is kept here, and any process, at any
time, can go on. A command that comes twice is known by its `command_id`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import quote

import msgspec

from maskline.carriers.contract import ApiRefused, CallAnswer, Inbound, Tools
from maskline.carriers.json_api import JsonApi
from maskline.carriers.legs import reported
from maskline.carriers.rendering import led_on, numbers_of
from maskline.carriers.request import Malformed
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, InboundCall
from maskline.voice.instructions import Dial, Hangup, Play, Reject, Response, Say

log = logging.getLogger(__name__)

_RING: Final = (5, 600)
_TALK: Final = (30, 14_400)
_LONGEST_SPEECH: Final = 3000
_LANGUAGE: Final = "en-US"

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


class Payload(msgspec.Struct):
    """A call's leg, as events tell of it."""

    call_control_id: str = ""
    connection_id: str = ""
    client_state: str | None = None
    sender: str = msgspec.field(default="", name="from")
    to: str = ""
    direction: str | None = None
    hangup_cause: str | None = None


class _Data(msgspec.Struct):
    event_type: str
    payload: Payload


class Event(msgspec.Struct):
    """Something that happened to a leg."""

    data: _Data


class Plan(msgspec.Struct, frozen=True, tag="plan"):
    """Of a call that came in: what is to be done after `then` has happened."""

    call_sid: str
    leg: str | None
    then: str
    response: Response


class Leg(msgspec.Struct, frozen=True, tag="leg"):
    """A leg that was dialled: our name for it, or of one that has none the name of the call that it
    was dialled for (`parent`); and the call `of` which it is at Telnyx. While it is to hear
    something first, it `whispers`."""

    sid: str
    of: str
    whispers: bool = False
    parent: str = ""


class Rings(msgspec.Struct, frozen=True, tag="rings"):
    """Of a call that came in: the leg that is dialled for it apart."""

    leg: str


State = Plan | Leg | Rings


def packed(state: State) -> str:
    """A state as Telnyx keeps it."""
    return base64.b64encode(msgspec.json.encode(state)).decode()


def unpacked(text: str | None) -> State | None:
    """A state of ours that came back; null for none."""
    try:
        data = base64.b64decode(text or "", validate=True)
        state: State = msgspec.json.decode(data, type=State)
    except ValueError:
        return None
    return state


class CallControl:
    """Steers the calls of one account."""

    def __init__(self, name: str, api: JsonApi, root: str, tools: Tools) -> None:
        self._name = name
        self._api = api
        self._calls = f"{root}/v2/calls"
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
            status = _ENDS.get(call.hangup_cause or "", CallStatus.FAILED.value)
            return [CallEvent("", status, call.call_control_id, carrier=self._name)]
        return []

    def _of_leg(self, kind: str, call: Payload, leg: Leg) -> list[Inbound]:
        if kind in ("call.answered", "call.bridged"):
            status = CallStatus.IN_PROGRESS.value
            shared = kind == "call.bridged" or not leg.whispers
        elif kind == "call.hangup":
            status = _ENDS.get(call.hangup_cause or "", CallStatus.FAILED.value)
            shared = True
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
        plan = Plan(answer.call_sid, answer.dialled_sid, "", answer.response)
        self._start(self._carry_out(call, connection, plan, is_answered=False), call)

    async def call(self, connection: str, sender: str, recipient: str, response: Response) -> str:
        """Calls somebody, who hears `response`: Telnyx's id of the call. Raises ApiRefused."""
        plan = Plan("", None, "call.answered", response)
        asked: dict[str, object] = {
            "connection_id": connection,
            "from": sender,
            "to": recipient,
            "client_state": packed(plan),
        }
        made = await self._api.ask("POST", self._calls, asked)
        return str((made.get("data") or {}).get("call_control_id", ""))

    def follow(self, event: Event) -> None:
        """Begins what comes after an event that is stored."""
        kind, call = event.data.event_type, event.data.payload
        match unpacked(call.client_state):
            case Plan() as plan if kind == plan.then:
                work = self._carry_out(call.call_control_id, call.connection_id, plan, True)
                self._start(work, call.call_control_id)
            case Leg() as leg if kind in ("call.answered", "call.speak.ended"):
                self._start(self._join(kind, call.call_control_id, leg), leg.of)
            case Leg() as leg if kind == "call.hangup":
                # The caller's call stays up when the one that it was put through to ends.
                self._start(self._try(leg.of, "hangup"), leg.of)
            case Rings() as rings if kind == "call.hangup":
                self._start(self._try(rings.leg, "hangup"), rings.leg)

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
            await self._try(call, "hangup")
        except Exception as error:
            log.error("a call's step at %s failed: %s", self._name, type(error).__name__)
            await self._try(call, "hangup")

    async def _carry_out(self, call: str, connection: str, plan: Plan, is_answered: bool) -> None:
        status = CallStatus.IN_PROGRESS if is_answered else CallStatus.RINGING
        answer = CallAnswer(plan.call_sid, plan.response, plan.leg)
        answer = await led_on(answer, self._tools.fetch, status.value)
        plan = msgspec.structs.replace(plan, response=answer.response, leg=answer.dialled_sid)
        verbs = plan.response.verbs
        verb = verbs[0] if verbs else Hangup()
        rest = msgspec.structs.replace(plan, response=Response(verbs[1:]))
        match verb:
            case Say() | Play() if not is_answered:
                state = msgspec.structs.replace(plan, then="call.answered")
                await self._command(call, "answer", client_state=packed(state))
            case Say():
                state = msgspec.structs.replace(rest, then="call.speak.ended")
                await self._speak(call, verb, state)
            case Play():
                state = msgspec.structs.replace(rest, then="call.playback.ended")
                url = {"audio_url": verb.url, "loop": verb.loop or "infinity"}
                await self._command(call, "playback_start", client_state=packed(state), **url)
            case Dial() if numbers_of(verb):
                await self._dial(call, connection, plan, verb)
            case Reject():
                await self._command(call, "reject", cause=_CAUSES[verb.reason])
            case Hangup():
                await self._command(call, "hangup")
            case _:
                log.warning("%s can't carry out a %s", self._name, type(verb).__name__)
                await self._carry_out(call, connection, rest, is_answered)

    async def _speak(self, call: str, say: Say, state: State) -> None:
        await self._command(
            call,
            "speak",
            payload=say.text[:_LONGEST_SPEECH],
            payload_type="text",
            voice=_voice(say.voice or ""),
            language=say.language or _LANGUAGE,
            client_state=packed(state),
        )

    async def _dial(self, call: str, connection: str, plan: Plan, dial: Dial) -> None:
        (number, *_) = numbers_of(dial)
        leg = Leg(plan.leg or "", call, parent=plan.call_sid)
        asked: dict[str, object] = {
            "to": number.number,
            "from": dial.caller_id,
            "timeout_secs": min(max(dial.timeout, _RING[0]), _RING[1]),
            "time_limit_secs": min(max(dial.time_limit, _TALK[0]), _TALK[1]),
        }
        if number.url is None or self._tools.whisper is None or plan.leg is None:
            asked["target_leg_client_state"] = packed(leg)
            await self._command(call, "transfer", **asked)
            return
        # A transfer joins the two at once: who is to hear something first is called apart.
        leg = msgspec.structs.replace(leg, whispers=True)
        asked |= {"connection_id": connection, "client_state": packed(leg), "link_to": call}
        asked["command_id"] = _id(call, "dial", asked)
        made = await self._api.ask("POST", self._calls, asked)
        theirs = str((made.get("data") or {}).get("call_control_id", ""))
        # The caller may hang up while it rings.
        await self._try(call, "client_state_update", client_state=packed(Rings(theirs)))

    async def _join(self, kind: str, theirs: str, leg: Leg) -> None:
        """Somebody who was called has answered, or has heard what they were to hear."""
        if kind == "call.answered":
            said = self._tools.whisper.verbs if self._tools.whisper is not None else ()
            say = next((one for one in said if isinstance(one, Say)), None)
            if leg.whispers and say is not None:
                await self._speak(theirs, say, leg)
                return
        elif not leg.whispers:
            return
        # The caller's own call may be unanswered still.
        await self._try(leg.of, "answer")
        if leg.whispers:
            await self._command(theirs, "bridge", call_control_id=leg.of)

    async def _command(self, call: str, action: str, **fields: object) -> None:
        fields["command_id"] = _id(call, action, fields)
        method = "PUT" if action == "client_state_update" else "POST"
        url = f"{self._calls}/{quote(call, safe='')}/actions/{action}"
        await self._api.ask(method, url, fields)

    async def _try(self, call: str, action: str, **fields: object) -> None:
        """A command that may come too late."""
        try:
            await self._command(call, action, **fields)
        except ApiRefused as refused:
            log.info("%s did not carry out %s: %s", self._name, action, refused)


def _voice(name: str) -> str:
    """A voice as Telnyx names it: those of its engines have a dot, as at Twilio."""
    if "." in name:
        return name
    return "male" if name.lower() in ("man", "male") else "female"


def _id(call: str, action: str, fields: dict[str, object]) -> str:
    """The same for the same step of the same call."""
    about = msgspec.json.encode([call, action, fields])
    return hashlib.sha256(about).hexdigest()[:32]
