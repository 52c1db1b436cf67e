"""Scripts: what calls were told to do, found again when a carrier asks what comes next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeVar

import msgspec

from maskline.carriers.contract import MOMENT, CallAnswer, HostUnavailable, Webhooks
from maskline.env import Env
from maskline.gateway.media import MediaDesk
from maskline.model import sid as sids
from maskline.model.call import FINAL, Call, CallStatus
from maskline.model.script import CallScript
from maskline.model.traffic import CallTurn
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.voice import recordings
from maskline.voice.instructions import Dial, Gather, Record, Response
from maskline.voice.turns import Inquiry, dial_outcome, following

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[T]]

_IN_PROGRESS: Final = CallStatus.IN_PROGRESS.value
_RECORDING: Final = "RecordingUrl"


class Programs(Protocol):
    """Asks programs what to do, and tells them what became of something."""

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        """The instructions at `url`."""

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        """Has a program told; returns at once."""


class _Place(msgspec.Struct, frozen=True):
    """Where a call is: the verb `at` of a script, the leg that a Dial there rang, and the answer
    that there is already."""

    call: Call
    script: CallScript
    response: Response
    at: int
    leg: Call | None
    answer: CallScript | None

    @property
    def name(self) -> str:
        return f"{self.script.sid}:{self.at}"


async def first_at(env: Env, tx: Transaction, place: str, who: str) -> str:
    """Who was first at a place: `who`, if nobody was before. "" only looks, and is the answer where
    nobody was yet. The database decides."""
    made = CallScript(env.sids.new(sids.CALL_SCRIPT), "", who, None, place, env.clock())
    if who and await tx.scripts.add(made):
        return who
    first = await tx.scripts.following(place)
    return "" if first is None else first.response


class Scripts:
    """Keeps scripts in the database, so that any process can go on with a call. `carriers` is
    looked up each time, since accounts come and go."""

    def __init__(
        self,
        env: Env,
        store: Store,
        programs: Programs,
        media: MediaDesk,
        carriers: Mapping[str, Webhooks],
    ) -> None:
        self._env = env
        self._store = store
        self._programs = programs
        self._media = media
        self._carriers = carriers

    async def keep(self, answer: CallAnswer) -> CallAnswer:
        """Keeps what a call is told. Of two answers to one place the first counts: a carrier that
        asks again is told the same."""
        made = self._made(
            answer.call_sid,
            msgspec.json.encode(answer.response).decode(),
            answer.dialled_sid,
            answer.follows,
        )

        async def work(tx: Transaction) -> CallScript | None:
            if await tx.scripts.add(made):
                return made
            return await tx.scripts.following(answer.follows)

        kept = await self._with(self._store.transact, work) or made
        return _answer(kept, answer.call_id, answer.moment)

    async def claim(self, script: str, at: int, leg: str) -> str:
        """The leg that was answered first. The database decides."""
        env, place = self._env, f"{script}:{at}:answered"
        return await self._with(self._store.transact, lambda tx: first_at(env, tx, place, leg))

    async def turn(self, turn: CallTurn) -> CallAnswer | None:
        """What a call does next. A program is asked once about a place, unless its answer was not
        kept; it is asked about a recording, or a Dial, whose call is over, and its answer is then
        of no use."""
        place = await self._with(self._store.read, lambda tx: self._find(tx, turn))
        if place is None:
            return None
        is_over = place.call.status in FINAL
        call_id = place.call.provider_id or ""
        if turn.is_late and not is_over and place.answer is None:
            # Whoever asks what comes next may be about to: the answer is not there yet.
            raise HostUnavailable("the call goes on")
        if place.answer is not None:
            is_enough = is_over or turn.is_late or turn.is_told_once
            return None if is_enough else _answer(place.answer, call_id, place.name)
        told = await self._told(place, turn, is_over)
        step = following(place.response, place.at, told, one_by_one=turn.one_by_one)
        self._tell_of_recording(place, told)
        if not isinstance(step, Inquiry):
            if is_over:
                return None
            rest = CallAnswer(
                place.call.sid, Response(step), None, call_id=call_id, moment=place.name
            )
            if step == place.response.verbs[place.at + 1 :] and turn.script:
                return msgspec.structs.replace(rest, script=place.script.sid, at=place.at + 1)
            return msgspec.structs.replace(rest, follows=place.name)
        status = place.call.status if is_over else _IN_PROGRESS
        about = {"CallSid": place.call.sid, "CallStatus": status, MOMENT: place.name, **step.params}
        answer = await self._programs(step.url, step.method, about)
        answer = msgspec.structs.replace(answer, follows=place.name, call_id=call_id)
        if not is_over:
            return answer
        await self.keep(answer)
        return None

    async def _find(self, tx: Transaction, turn: CallTurn) -> _Place | None:
        """The place of a turn; null for a call that comes to none. Raises LookupError."""
        call: Call | None = None
        if turn.script:
            script = await tx.scripts.get(turn.script)
            call = None if script is None else await tx.calls.by_sid(script.call_sid)
        else:
            call = await tx.calls.inbound(turn.carrier, turn.provider_id)
            script = None if call is None else await tx.scripts.newest(call.sid)
            if script is None or (turn.is_dial and script.dialled_sid is not None):
                # The server hears of its own Dials through their legs.
                return None
        if call is None or script is None or call.carrier != turn.carrier:
            raise LookupError("no such script")
        response = msgspec.json.decode(script.response, type=Response)
        at = turn.at
        if not turn.script:
            kind = Dial if turn.is_dial else Gather
            places = (i for i, verb in enumerate(response.verbs) if isinstance(verb, kind))
            at = next(places, len(response.verbs))
        leg: Call | None = None
        if 0 <= at < len(response.verbs) and isinstance(response.verbs[at], Dial):
            known = await tx.calls.dialled(call.sid, turn.leg) if turn.leg else None
            leg = known or await tx.calls.child(call.sid)
        answer = await tx.scripts.following(f"{script.sid}:{at}")
        return _Place(call, script, response, at, leg, answer)

    async def _told(self, place: _Place, turn: CallTurn, is_over: bool) -> dict[str, str]:
        told = {name: value for name, value in turn.told if value}
        verbs, at = place.response.verbs, place.at
        if 0 <= at < len(verbs) and isinstance(verbs[at], Dial):
            told |= dial_outcome(place.leg, told, self._env.clock())
        url = told.get(_RECORDING)
        if url:
            env, call, known = self._env, place.call, dict(told)
            one = await self._with(
                self._store.transact, lambda tx: recordings.note(env, tx, call, known)
            )
            told["RecordingSid"] = one.sid
            told[_RECORDING] = self._media.address(self._carriers.get(turn.carrier), url)
            if is_over:
                told.setdefault("Digits", "hangup")
        return told

    def _tell_of_recording(self, place: _Place, told: Mapping[str, str]) -> None:
        verbs, at = place.response.verbs, place.at
        record = verbs[at] if 0 <= at < len(verbs) else None
        if not isinstance(record, Record) or not record.recording_status_callback:
            return
        if _RECORDING in told and "completed" in record.recording_status_callback_events:
            params = {
                "CallSid": place.call.sid,
                "RecordingSid": told["RecordingSid"],
                "RecordingUrl": told[_RECORDING],
                "RecordingStatus": "completed",
                "RecordingDuration": told.get("RecordingDuration", "0"),
                "RecordingChannels": "1",
                "RecordingSource": "RecordVerb",
            }
            url, method = record.recording_status_callback, record.recording_status_callback_method
            self._programs.tell(url, method, params)

    def _made(self, call_sid: str, text: str, dialled: str | None, follows: str) -> CallScript:
        env = self._env
        sid = env.sids.new(sids.CALL_SCRIPT)
        return CallScript(sid, call_sid, text, dialled, follows or None, env.clock())

    async def _with(self, run: Callable[[Work[T]], Awaitable[T]], work: Work[T]) -> T:
        try:
            return await run(work)
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error


def _answer(script: CallScript, call_id: str, moment: str) -> CallAnswer:
    response = msgspec.json.decode(script.response, type=Response)
    named = script.call_sid, response, script.dialled_sid, script.sid
    return CallAnswer(*named, call_id=call_id, moment=moment)
