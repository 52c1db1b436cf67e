"""Documents that a call's instructions name, for carriers that do not ask programs themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.batcher import Batcher
from maskline.carriers.contract import MOMENT, CallAnswer, Host
from maskline.env import Env
from maskline.gateway import texts
from maskline.gateway.scripts import first_at
from maskline.model import sid as sids
from maskline.model.call import FINAL, Call, CallDirection
from maskline.model.placed_call import PlacedCall
from maskline.model.problem import Problem
from maskline.model.traffic import DocumentWanted, InboundCall, Told
from maskline.proxy.doors import door, door_of, is_our_door
from maskline.proxy.out_of_session import call_parameters
from maskline.proxy.routing import Reason
from maskline.store.contract import Store, Transaction
from maskline.voice import recordings
from maskline.voice.answers import Answer, Ask, Data, Failure, Instructions, Silence
from maskline.voice.caller_ids import Parties, has_others, permitted
from maskline.voice.ends import status_job
from maskline.voice.instructions import Hangup, Response
from maskline.voice.out_of_session import fit, report
from maskline.voice.sentences import sentence, whispered
from maskline.voice.twiml import parse

#: What the server knows of a call by itself, and what no program is told.
_KNOWN: Final = frozenset({"CallSid", "From", "To", "Direction", MOMENT})
#: What a carrier says of a recording that it has made.
_SAYS_WHERE: Final = frozenset({"RecordingSid", "RecordingUrl"})
_INBOUND: Final = CallDirection.INBOUND.value
_OVER: Final = Response((Hangup(),))


class Documents:
    """Fetches them as Twilio does: a signed form with what has become of the call so far. Who gets
    no instructions hears a sentence."""

    def __init__(self, env: Env, store: Store, ask: Ask, host: Host) -> None:
        self._env = env
        self._store = store
        self._ask = ask
        self._host = host
        self._told: Batcher[Told, None] = Batcher(self._tell_all)

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        """The instructions at `url`, or for "" those of `opening`. Raises LookupError for a call
        that is not there."""
        if not url:
            return await self.opening(params["CallSid"], params)
        call = await self._call(params["CallSid"])
        if call.parent_call_sid is not None:
            params = {**params, "ParentCallSid": call.parent_call_sid}
        return await self._follow(call, url, method, params, params.get(MOMENT, ""))

    async def opening(self, call_sid: str, params: Mapping[str, str]) -> CallAnswer:
        """What a call does that a program placed and somebody answered, or that a program has go on
        elsewhere. Raises LookupError for a call that is not there, or that no program steers."""
        found = await self._store.read(lambda tx: tx.placed_calls.with_call(call_sid))
        if found is None:
            raise LookupError("no such call")
        call, placed = found
        if placed is None:
            raise LookupError("nobody says what the call is to do")
        if call.status in FINAL:
            return CallAnswer(call.sid, _OVER, None)
        moment = f"{call.sid}:{placed.revision}"
        if placed.twiml:
            response = await self._enclosed(call, placed, moment)
            return CallAnswer(call.sid, response, None, moment=moment)
        return await self._follow(call, placed.url, placed.method, params, moment, placed)

    async def is_to_be_told(self, one: DocumentWanted) -> bool:
        """Whether nothing else asked before it how the call begins."""
        if not one.once:
            return True
        env, place = self._env, f"{one.carrier}:{one.call_sid}:begun"
        first = await self._store.transact(lambda tx: first_at(env, tx, place, one.once))
        return first == one.once

    async def check(self, call_sid: str, provider_id: str) -> None:
        """Raises LookupError for a call that its carrier knows by another id."""
        call = await self._store.read(lambda tx: tx.calls.by_sid(call_sid))
        if call is not None and call.provider_id not in (None, provider_id):
            raise LookupError("it is told of another call")

    async def wanted(self, one: DocumentWanted) -> CallAnswer:
        """What a carrier asks for at its door. Raises LookupError for a call that is not its."""
        call = await self._call(one.call_sid)
        owner = call.carrier if one.account_sid is None else call.account_sid
        if owner != (one.account_sid or one.carrier):
            raise LookupError("not its call")
        details = dict(one.details)
        leg_id = one.leg or details.get("DialCallSid")
        leg = None
        if leg_id is not None:
            leg = await self._store.read(lambda tx: tx.calls.dialled(call.sid, leg_id))
        if "DialCallSid" in details:
            # Legs go by our names, as everywhere; one of a masked Dial is nobody's business.
            details["DialCallSid"] = "" if leg is None else leg.sid
        if not one.url:
            return await self.opening(call.sid, details)
        about = leg if one.leg is not None and leg is not None else call
        if one.leg is not None:
            details["ParentCallSid"] = call.sid
        answer = await self._follow(about, one.url, one.method, details, one.moment)
        return msgspec.structs.replace(answer, call_sid=call.sid, is_aside=one.leg is not None)

    async def give_up(self, call_sid: str) -> Response:
        """What a caller hears who was led from document to document for too long."""
        call = await self._store.read(lambda tx: tx.calls.by_sid(call_sid))
        if call is not None:
            await self._report(call, Problem(11200, "the documents lead on without an end"))
        return sentence(self._env, Reason.FAILED)

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        """Has a program told what became of a leg that its document dialled. The server's own doors
        are not asked: it has heard."""
        self.told(Told("", params["CallSid"], url, method, tuple(params.items())))

    def told(self, one: Told) -> None:
        """Has a program told what a carrier says of a call, or of a leg of it."""
        future = self._told.submit(one)
        # What can't be stored is not told; nobody waits for it.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def door(self, account_sid: str, service_sid: str) -> str:
        """Where a carrier without an account here asks about a Service's calls."""
        return door(self._env.settings, account_sid, service_sid, "Call")

    async def drain(self) -> None:
        """Returns when nothing is to be told any more."""
        await self._told.drain()

    async def _call(self, call_sid: str) -> Call:
        call = await self._store.read(lambda tx: tx.calls.by_sid(call_sid))
        if call is None:
            raise LookupError("no such call")
        return call

    async def _tell_all(self, told: Sequence[Told]) -> Sequence[None]:
        async def work(tx: Transaction) -> None:
            jobs = []
            for one in told:
                call = await tx.calls.by_sid(one.call_sid)
                if call is None or (one.carrier and not _is_whose(one, call)):
                    continue
                params = dict(one.params)
                if not one.carrier and _is_recording(params):
                    params |= await self._recording(tx, call, params)
                url, method = await _address(tx, one)
                if not url or is_our_door(url, self._env.settings):
                    continue
                leg = call
                if one.leg is not None:
                    leg = await tx.calls.dialled(call.sid, one.leg) or call
                if one.carrier:
                    params |= {"CallSid": leg.sid, "From": leg.caller, "To": leg.called}
                if leg is not call:
                    params["ParentCallSid"] = call.sid
                sid = leg.sid
                jobs.append(status_job(self._env, url, method, call.account_sid, sid, params))
            await tx.outbox.add_many(jobs)

        await self._store.transact(work)
        return [None] * len(told)

    async def _follow(
        self,
        call: Call,
        url: str,
        method: str,
        params: Mapping[str, str],
        moment: str,
        placed: PlacedCall | None = None,
    ) -> CallAnswer:
        """What a URL answers, be it a door of ours, or the rest of a document. A moment without a
        name is one that does not come again."""
        env = self._env
        moment = moment or env.sids.new(sids.CALL_SCRIPT)
        if texts.is_rest(url):
            rest = await self._store.transact(lambda tx: texts.rest(env, tx, call, url))
            return CallAnswer(call.sid, rest or sentence(env, Reason.FAILED), None, moment=moment)
        details = {name: value for name, value in params.items() if name not in _KNOWN}
        if _is_recording(details):
            told = dict(details)
            details |= await self._store.transact(lambda tx: self._recording(tx, call, told))
        handed_back = door_of(url, env.settings, call.account_sid)
        if handed_back is not None:
            return await self._hand_back(call, *handed_back, details, moment)
        answer = await self._asked(call, url, method, details)
        if isinstance(answer, Failure) and placed is not None and placed.fallback_url:
            await self._report(call, answer.problem)
            details |= {"ErrorCode": str(answer.problem.code), "ErrorUrl": url}
            url, method = placed.fallback_url, placed.fallback_method
            answer = await self._asked(call, url, method, details)
        response = await self._read(call, url, answer, moment)
        return CallAnswer(call.sid, response, None, moment=moment)

    async def _hand_back(
        self, call: Call, service_sid: str, what: str, details: Mapping[str, str], moment: str
    ) -> CallAnswer:
        """The call is Proxy's again; of its doors, only those for calls and whispers have something
        to say. A call that a program placed came from nobody, and can't go back."""
        if what == "Call/Whisper":
            whisper = whispered(self._env.settings.voice) or Response()
            return CallAnswer(call.sid, whisper, None)
        answer = None
        if what == "Call" and call.direction == _INBOUND:
            answer = await self._host.call(
                InboundCall(
                    carrier=call.carrier,
                    provider_id=call.provider_id or "",
                    caller=call.caller,
                    number=call.called,
                    account_sid=call.account_sid,
                    service_sid=service_sid,
                    details=tuple(details.items()),
                    moment=moment,
                )
            )
        if answer is None:
            return CallAnswer(call.sid, sentence(self._env, Reason.FAILED), None)
        return answer

    async def _asked(self, call: Call, url: str, method: str, details: Mapping[str, str]) -> Answer:
        env = self._env
        return await self._ask(
            url,
            method,
            call_parameters(call, details),
            call.account_sid,
            env.sids.new(sids.JOB),
            "voice",
            within=env.settings.webhooks.out_of_session_timeout,
            unanswered=11200,
        )

    async def _read(self, call: Call, url: str, answer: Answer, moment: str) -> Response:
        env = self._env
        if isinstance(answer, Instructions):
            await self._report(call, *answer.problems)
            response = fit(env, answer.response, url, call.account_sid, _shown(call))
            return await self._fit(call, response, moment)
        if isinstance(answer, Silence):
            return Response()
        if isinstance(answer, Data):
            problem = Problem(11200, "it answered with JSON", answer.exchange)
        else:
            problem = answer.problem
        await self._report(call, problem)
        return sentence(env, Reason.FAILED)

    async def _fit(self, call: Call, response: Response, moment: str) -> Response:
        """What the carrier is given of a document: numbers that may be shown, and no Messages."""
        env = self._env
        shows_others = has_others(response, call.caller, call.called)
        if not shows_others and not texts.are_in(response):
            return response

        async def work(tx: Transaction) -> Response:
            found = response
            if shows_others:
                number = await tx.numbers.by_number(_shown(call))
                service_sid = None if number is None else number.service_sid
                sids = call.sid, call.account_sid, service_sid
                parties = Parties(*sids, call.caller, call.called)
                found = await permitted(env, tx, parties, response)
            return await texts.parted(env, tx, call, found, moment)

        return await self._store.transact(work)

    async def _enclosed(self, call: Call, placed: PlacedCall, moment: str) -> Response:
        """The document that came with the request, which could be read then."""
        env = self._env
        parsed = parse(placed.twiml, "voice")
        found = [
            Problem(one.code, f"line {one.line}: {one.message}") for one in parsed.warnings[:5]
        ]
        await self._report(call, *found)
        base = f"{env.settings.base_url}/"
        response = fit(env, parsed.response, base, call.account_sid, _shown(call))
        return await self._fit(call, response, moment)

    async def _report(self, call: Call, *found: Problem) -> None:
        if found:
            await self._store.transact(lambda tx: report(self._env, tx, call, *found))

    async def _recording(
        self, tx: Transaction, call: Call, told: Mapping[str, str]
    ) -> dict[str, str]:
        """A recording, though nobody speaks on a simulated line: programs keep it."""
        env = self._env
        named = {name: value for name, value in told.items() if name.startswith("Recording")}
        named["RecordingSid"] = env.sids.new(sids.RECORDING)
        one = await recordings.note(env, tx, call, named)
        base = f"{env.settings.base_url}/api/2010-04-01/Accounts/{call.account_sid}"
        return {"RecordingSid": one.sid, "RecordingUrl": f"{base}/Recordings/{one.sid}"}


def _is_recording(told: Mapping[str, str]) -> bool:
    """Whether a recording is told of that nobody has named."""
    return "RecordingDuration" in told and not _SAYS_WHERE & told.keys()


async def _address(tx: Transaction, one: Told) -> tuple[str, str]:
    """Where a program is told something, and by which method."""
    if not one.wish:
        return one.url, one.method
    placed = await tx.placed_calls.get(one.call_sid)
    wishes = {} if placed is None else dict(placed.options)
    return wishes.get(one.wish, ""), wishes.get(f"{one.wish}Method", "POST")


def _shown(call: Call) -> str:
    """Our number on the call, which a Dial shows that names no caller ID."""
    return call.called if call.direction == _INBOUND else call.caller


def _is_whose(one: Told, call: Call) -> bool:
    """Whether the carrier that tells of the call may."""
    if one.account_sid is not None:
        return one.account_sid == call.account_sid
    return one.carrier == call.carrier
