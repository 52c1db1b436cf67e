"""Instructions, carried out on a call."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from maskline.carriers.contract import CallAnswer
from maskline.carriers.simulator.aside import Aside, CalleeGone
from maskline.carriers.simulator.dial import Dialling
from maskline.carriers.simulator.flow import CallOver, Flow, Steered
from maskline.carriers.simulator.leg import Leg, Pressed, seconds
from maskline.carriers.simulator.views import Heard
from maskline.model.call import CallStatus
from maskline.voice.instructions import (
    Dial,
    DialTarget,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)

log = logging.getLogger(__name__)

_THE_END: Final = Response()

Place = Callable[[Flow, DialTarget, str], Awaitable[Leg | None]]


class Fetch(Protocol):
    """Gets the instructions that a URL answers with, as a carrier does."""

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        """What the URL answers, its own URLs absolute; whatever it raises ends the call."""

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        """Has a program told what became of a leg, or that its call was recorded, in order; returns
        at once. What "" is told of a recording is for the record alone."""

    async def opening(self, call_sid: str, params: Mapping[str, str]) -> CallAnswer:
        """What a call does that a program placed, or has do something else."""

    async def give_up(self, call_sid: str) -> Response:
        """What a caller hears who was led from document to document for too long."""


class Script:
    """The instructions of one call, or of an aside to somebody that it dialled."""

    def __init__(self, flow: Flow | Aside, place: Place, fetch: Fetch | None) -> None:
        self._flow = flow
        self._place = place
        self._fetch = fetch
        self._documents = 0

    async def play(self, response: Response) -> None:
        """Runs the verbs one after another, and those that they fetch."""
        going: Response | None = response
        while going is not None:
            try:
                going = await self._run(going)
            except Steered:
                going = await self.opening({})

    async def opening(self, params: Mapping[str, str]) -> Response | None:
        """What the program that placed the call, or steers it, wants of it."""
        fetch, sid = self._fetch, self._flow.call_sid
        if fetch is None:
            return None
        return await self._fetched(lambda about: fetch.opening(sid, about), params)

    def tell_answerer(self, options: Mapping[str, str], answered_by: str) -> None:
        """Who answered was found out beside the call."""
        url = options.get("AsyncAmdStatusCallback", "")
        if self._fetch is not None and url:
            told = {"AnsweredBy": answered_by, "MachineDetectionDuration": "0"}
            method = options.get("AsyncAmdStatusCallbackMethod", "POST")
            self._fetch.tell(url, method, {"CallSid": self._flow.call_sid, **told})

    def tell_recording(self, options: Sequence[tuple[str, str]]) -> None:
        """The call was recorded from its answer to now."""
        flow, wishes = self._flow, dict(options)
        if self._fetch is None or flow.answered_at is None:
            return
        events = [value for name, value in options if name == "RecordingStatusCallbackEvent"]
        heard = "completed" in (events or ["completed"])
        url = wishes.get("RecordingStatusCallback", "") if heard else ""
        method = wishes.get("RecordingStatusCallbackMethod", "POST")
        told = {
            "CallSid": flow.call_sid,
            "RecordingStatus": "completed",
            "RecordingSource": "OutboundAPI",
            "RecordingTrack": wishes.get("RecordingTrack", "both"),
            "RecordingChannels": "2" if wishes.get("RecordingChannels") == "dual" else "1",
            "RecordingDuration": str(seconds(flow.answered_at, flow.network.clock())),
        }
        self._fetch.tell(url, method, told)

    async def _run(self, response: Response) -> Response | None:
        for verb in response.verbs:
            following = await self._verb(verb)
            if following is not None:
                return following
        return None

    async def _verb(self, verb: Verb) -> Response | None:
        """What is to run instead of the verbs that follow; null to go on with them."""
        match verb:
            case Say() | Play() | Pause():
                await self._prompt(verb)
            case Gather():
                return await self._gather(verb)
            case Dial():
                return await self._dial(verb)
            case Record():
                return await self._record(verb)
            case Redirect():
                return await self.follow(verb.url, verb.method, {}) or _THE_END
            case Reject():
                busy = verb.reason == "busy"
                self._flow.unanswered = CallStatus.BUSY if busy else CallStatus.NO_ANSWER
                return _THE_END
            case Hangup():
                self._flow.hang_up()
                return _THE_END
        return None

    async def _prompt(self, prompt: Prompt) -> None:
        self._sound(prompt)
        endless = not isinstance(prompt, Pause) and prompt.loop == 0
        length = None if endless else self._flow.network.pace.prompt
        if length != 0:
            await self._flow.rest(length)

    def _sound(self, prompt: Prompt) -> None:
        flow = self._flow
        match prompt:
            case Say():
                flow.answer()
                flow.caller.hear(Heard("say", prompt.text))
            case Play():
                flow.answer()
                keys = prompt.digits
                heard = Heard("play", prompt.url) if keys is None else Heard("digits", keys)
                flow.caller.hear(heard)
            case Pause():
                # A pause in front of everything else puts off the answer.
                flow.caller.hear(Heard("pause", str(prompt.length)))

    async def _gather(self, verb: Gather) -> Response | None:
        keys = _Keys(verb)
        self._flow.answer()
        timers = self._flow.network.timers
        for prompt in verb.prompts:
            self._sound(prompt)
            await self._collect(keys, timers.time() + self._flow.network.pace.prompt)
            if keys.digits or keys.complete:
                break
        while not keys.complete and await self._collect(keys, timers.time() + verb.timeout):
            pass
        if verb.action is None or not (keys.digits or verb.action_on_empty_result):
            return None
        return await self.follow(verb.action, verb.method, {"Digits": keys.digits})

    async def _collect(self, keys: _Keys, until: float) -> bool:
        """Whether the caller typed something before `until`."""
        while (got := await self._flow.next(until)) is not None:
            leg, signal = got
            if leg is self._flow.caller and isinstance(signal, Pressed):
                keys.add(signal.digits)
                return True
        return False

    async def _record(self, verb: Record) -> Response | None:
        flow = self._flow
        flow.answer()
        flow.caller.hear(Heard("record", ""))
        # Nobody speaks on a simulated line: the silence ends it, unless a key does.
        keys = _Keys(Gather(finish_on_key=verb.finish_on_key))
        start = flow.network.clock()
        until = flow.network.timers.time() + min(verb.timeout, verb.max_length)
        while not keys.complete and await self._collect(keys, until):
            pass
        if verb.action is None:
            return None
        length = (flow.network.clock() - start) // 1000
        params = {"RecordingDuration": str(length), "Digits": keys.ended_by}
        return await self.follow(verb.action, verb.method, params)

    async def _dial(self, verb: Dial) -> Response | None:
        flow = self._flow
        if isinstance(flow, Aside):
            # Who is whispered to is on a call already.
            return None
        shared = flow.take_dialled()
        tell = None if self._fetch is None or shared is not None else self._fetch.tell
        dialling = Dialling(flow, verb, shared, self._place, tell, self._whisper)
        status = await dialling.run()
        if flow.answered_at is None:
            flow.unanswered = status
        if verb.action is None:
            return None
        if shared is not None:
            # The server hears of its own Dial's end through the leg, and has no more to say.
            return _THE_END
        params = {"DialCallStatus": status.value}
        if dialling.sid is not None:
            params["DialCallSid"] = dialling.sid
        if dialling.duration is not None:
            params["DialCallDuration"] = str(dialling.duration)
        return await self.follow(verb.action, verb.method, params) or _THE_END

    async def _whisper(self, flow: Flow, callee: Leg, target: Number) -> None:
        """What somebody hears before they are joined to the caller. Raises CalleeGone."""
        assert target.url is not None
        aside = Aside(flow, callee)
        script = Script(aside, self._place, self._fetch)
        response = await script.follow(target.url, target.method, {})
        if response is not None:
            await script.play(response)
        if aside.is_over:
            raise CalleeGone

    async def follow(self, url: str, method: str, params: Mapping[str, str]) -> Response | None:
        """What a URL answers; null where nobody asks."""
        fetch = self._fetch
        if fetch is None:
            return None
        return await self._fetched(lambda about: fetch(url, method, about), params)

    async def _fetched(
        self,
        fetch: Callable[[Mapping[str, str]], Awaitable[CallAnswer]],
        params: Mapping[str, str],
    ) -> Response | None:
        flow = self._flow
        assert self._fetch is not None
        self._documents += 1
        beyond = self._documents - flow.network.limits.documents
        if beyond > 1:
            raise CallOver
        flow.flush()
        if beyond == 1:
            return await self._fetch.give_up(flow.call_sid)
        answered = flow.answered_at is not None
        status = CallStatus.IN_PROGRESS if answered else CallStatus.RINGING
        try:
            answer = await fetch(
                {
                    "CallSid": flow.call_sid,
                    "From": flow.inbound.caller,
                    "To": flow.inbound.number,
                    "Direction": "inbound",
                    "CallStatus": status.value,
                    **params,
                }
            )
        except Exception as error:
            log.warning("a simulated call got no instructions: %s", type(error).__name__)
            raise CallOver from None
        flow.put_dialled(answer.dialled_sid)
        return answer.response


class _Keys:
    """What a Gather has collected."""

    def __init__(self, verb: Gather) -> None:
        self._verb = verb
        self.digits = ""
        self.ended_by = ""
        self.complete = False

    def add(self, typed: str) -> None:
        """Takes keys until there are enough."""
        if "dtmf" not in self._verb.input:
            return
        for key in typed:
            if self.complete:
                return
            if key in self._verb.finish_on_key:
                self.ended_by = key
                self.complete = True
            else:
                self.digits += key
                self.complete = len(self.digits) == self._verb.num_digits
