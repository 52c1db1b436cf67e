"""Documents that a call's instructions name, for a carrier inside this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from maskline.batcher import Batcher
from maskline.carriers.contract import CallAnswer, Host
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import Call
from maskline.model.problem import Problem
from maskline.model.traffic import InboundCall
from maskline.proxy.doors import door_of, is_our_door
from maskline.proxy.out_of_session import call_parameters
from maskline.proxy.routing import Reason
from maskline.store.contract import Store, Transaction
from maskline.voice.answers import Ask, Data, Instructions, Silence
from maskline.voice.caller_ids import Parties, has_others, permitted
from maskline.voice.ends import status_job
from maskline.voice.instructions import Response
from maskline.voice.out_of_session import fit, report
from maskline.voice.sentences import sentence

#: What the server knows of a call by itself.
_KNOWN: Final = frozenset({"CallSid", "From", "To", "Direction"})


#: URL, method and form.
Told = tuple[str, str, Mapping[str, str]]


class Documents:
    """Fetches them as Twilio does: a signed form with what has become of the call so far. A caller
    who gets no instructions hears a sentence."""

    def __init__(self, env: Env, store: Store, ask: Ask, host: Host) -> None:
        self._env = env
        self._store = store
        self._ask = ask
        self._host = host
        self._told: Batcher[Told, None] = Batcher(self._tell_all)

    async def __call__(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        """The instructions at `url`. Raises LookupError for a call that is not there."""
        call_sid = params["CallSid"]
        call = await self._store.read(lambda tx: tx.calls.by_sid(call_sid))
        if call is None:
            raise LookupError("no such call")
        details = {name: value for name, value in params.items() if name not in _KNOWN}
        if "RecordingDuration" in details and "RecordingUrl" not in details:
            details |= self._recording(call)
        handed_back = door_of(url, self._env.settings, call.account_sid)
        if handed_back is not None:
            return await self._hand_back(call, *handed_back, details)
        return CallAnswer(call.sid, await self._fetch(call, url, method, details), None)

    async def give_up(self, call_sid: str) -> Response:
        """What a caller hears who was led from document to document for too long."""
        call = await self._store.read(lambda tx: tx.calls.by_sid(call_sid))
        if call is not None:
            await self._report(call, Problem(11200, "the documents lead on without an end"))
        return sentence(self._env, Reason.FAILED)

    def tell(self, url: str, method: str, params: Mapping[str, str]) -> None:
        """Has a program told what became of a leg that its document dialled. The server's own doors
        are not asked: it has heard."""
        future = self._told.submit((url, method, params))
        # What can't be stored is not told; nobody waits for it.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def drain(self) -> None:
        """Returns when nothing is to be told any more."""
        await self._told.drain()

    async def _tell_all(self, told: Sequence[Told]) -> Sequence[None]:
        async def work(tx: Transaction) -> None:
            jobs = []
            for url, method, params in told:
                call = await tx.calls.by_sid(params["CallSid"])
                if call is not None and not is_our_door(url, self._env.settings):
                    sid = call.account_sid
                    jobs.append(status_job(self._env, url, method, sid, call.sid, params))
            await tx.outbox.add_many(jobs)

        await self._store.transact(work)
        return [None] * len(told)

    async def _hand_back(
        self, call: Call, service_sid: str, what: str, details: Mapping[str, str]
    ) -> CallAnswer:
        """The call is Proxy's again; no other door than the one for calls has a say in it."""
        answer = None
        if what == "Call":
            answer = await self._host.call(
                InboundCall(
                    carrier=call.carrier,
                    provider_id=call.provider_id or "",
                    caller=call.caller,
                    number=call.called,
                    account_sid=call.account_sid,
                    service_sid=service_sid,
                    details=tuple(details.items()),
                )
            )
        if answer is None:
            return CallAnswer(call.sid, sentence(self._env, Reason.FAILED), None)
        return answer

    async def _fetch(
        self, call: Call, url: str, method: str, details: Mapping[str, str]
    ) -> Response:
        env = self._env
        answer = await self._ask(
            url,
            method,
            call_parameters(call, details),
            call.account_sid,
            env.sids.new(sids.JOB),
            "voice",
            within=env.settings.webhooks.out_of_session_timeout,
            unanswered=11200,
        )
        if isinstance(answer, Instructions):
            await self._report(call, *answer.problems)
            response = fit(env, answer.response, url, call.account_sid, call.called)
            return await self._permitted(call, response)
        if isinstance(answer, Silence):
            return Response()
        if isinstance(answer, Data):
            problem = Problem(11200, "it answered with JSON", answer.exchange)
        else:
            problem = answer.problem
        await self._report(call, problem)
        return sentence(env, Reason.FAILED)

    async def _permitted(self, call: Call, response: Response) -> Response:
        if not has_others(response, call.caller, call.called):
            return response

        async def work(tx: Transaction) -> Response:
            number = await tx.numbers.by_number(call.called)
            service_sid = None if number is None else number.service_sid
            sids = call.sid, call.account_sid, service_sid
            parties = Parties(*sids, call.caller, call.called)
            return await permitted(self._env, tx, parties, response)

        return await self._store.transact(work)

    async def _report(self, call: Call, *found: Problem) -> None:
        if found:
            await self._store.transact(lambda tx: report(self._env, tx, call, *found))

    def _recording(self, call: Call) -> dict[str, str]:
        """A recording's name, though nobody speaks on a simulated line: programs keep it."""
        sid = self._env.sids.new("RE")
        base = f"{self._env.settings.base_url}/api/2010-04-01/Accounts/{call.account_sid}"
        return {"RecordingSid": sid, "RecordingUrl": f"{base}/Recordings/{sid}"}
