"""Messages that no session carries: the program is asked, and its answer carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.delivery.attempts import asked_for
from maskline.delivery.programs import MAX_DOCUMENTS, Programs, gather
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.env import Env
from maskline.messaging import answers, out_of_session
from maskline.messaging.answers import Answered
from maskline.model.errors import Fault
from maskline.model.host import host
from maskline.model.job import Job, OutOfSession
from maskline.model.problem import Problem
from maskline.proxy.doors import door_of
from maskline.proxy.invitation import Invitation, read_invitation
from maskline.proxy.routing import Reason
from maskline.store.contract import Store
from maskline.voice.answers import Data, Failure, Instructions, Silence
from maskline.voice.instructions import Redirect

_DECODER = msgspec.json.Decoder(OutOfSession)
_TOO_MANY: Final = Problem(80913, f"it led to more than {MAX_DOCUMENTS} documents")


class OutOfSessionHandler:
    """Runs out-of-session jobs. Nothing is done before the whole answer is there; then all of it is
    done in one transaction."""

    def __init__(self, env: Env, store: Store, programs: Programs) -> None:
        self._env = env
        self._store = store
        self._programs = programs

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.out_of_session_delays

    def decode(self, payload: bytes) -> OutOfSession:
        """What to ask about."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: OutOfSession) -> str:
        """One per account and host, so that a slow program delays only its own."""
        return f"oos:{job.account_sid}:{host(payload.url)}"

    async def run(self, job: Job, payload: OutOfSession) -> Result:
        """One attempt: the documents of one answer, to their end."""
        texts: list[Answered] = []
        found: list[Problem] = []
        url: str | None = None
        method = "POST"
        params = None
        for place in range(MAX_DOCUMENTS):
            if url is None:
                # The message is with Proxy: at first, and when a program hands it back.
                params = await self._store.transact(
                    lambda tx: out_of_session.begin(self._env, tx, job.sid, payload, texts)
                )
                if params is None:
                    return Finished(settled=True)
            asked_first = url is None
            at = url or payload.url
            token = f"{job.sid}-{place}" if place else job.sid
            answer = await self._programs.ask(
                at, method, params or (), payload.account_sid, token, "message"
            )
            following: Redirect | Problem | None = None
            match answer:
                case Failure():
                    return await self._failed(job, payload, answer)
                case Data() if asked_first:
                    return await self._accept(job, payload, answer)
                case Data():
                    problem = Problem(80913, "a Redirect led to JSON", answer.exchange)
                    return await self._failed(job, payload, Failure(problem))
                case Silence() if place == 0:
                    nothing = Problem(
                        80903, "the out-of-session callback asked for nothing", answer.exchange
                    )
                    return await self._leave(job, payload, Reason.NO_SESSION, nothing)
                case Silence():
                    return await self._carry_out(job, payload, texts, found)
                case Instructions():
                    found += answer.problems
                    following = gather(answer, at, texts)
            if following is None:
                return await self._carry_out(job, payload, texts, found)
            if isinstance(following, Problem):
                return await self._failed(job, payload, Failure(following))
            url, method = following.url, following.method
            handed_back = door_of(url, self._env.settings, payload.account_sid)
            if handed_back == (payload.service_sid, "Message"):
                url, method = None, "POST"
        return await self._failed(job, payload, Failure(_TOO_MANY))

    async def exhausted(self, job: Job, payload: OutOfSession, error: str) -> Result:
        """Kept as a dead letter."""
        return GiveUp(error)

    async def _carry_out(
        self,
        job: Job,
        payload: OutOfSession,
        texts: Sequence[Answered],
        found: Sequence[Problem],
    ) -> Result:
        await self._store.transact(
            lambda tx: answers.carry_out(self._env, tx, job.sid, payload, texts, found)
        )
        return Finished(settled=True)

    async def _accept(self, job: Job, payload: OutOfSession, answer: Data) -> Result:
        """The session is made. What two requests at once got in each other's way may succeed when
        it is tried once more; the message then finds the other's session."""
        try:
            invitation = read_invitation(answer.exchange.response_body, answer.charset)
            try:
                await self._create(job, payload, invitation)
            except Fault:
                await self._create(job, payload, invitation)
        except Fault as fault:
            problem = Problem(80905, f"no session was made: {fault}", answer.exchange)
            return await self._leave(job, payload, Reason.FAILED, problem)
        return Finished(settled=True)

    async def _create(self, job: Job, payload: OutOfSession, invitation: Invitation) -> None:
        await self._store.transact(
            lambda tx: out_of_session.accept(self._env, tx, job.sid, payload, invitation)
        )

    async def _failed(self, job: Job, payload: OutOfSession, failure: Failure) -> Result:
        last = job.attempts >= len(self.delays)
        how = "given up: " if failure.retry and last else ""
        text = f"{how}{host(payload.url)}: {failure.problem.text}"
        problem = msgspec.structs.replace(failure.problem, text=text)
        if failure.retry and not last:
            if job.attempts == 0:
                await self._store.transact(
                    lambda tx: answers.report(self._env, tx, payload, [problem])
                )
            delay, now = self.delays[job.attempts], self._env.clock()
            return Retry(failure.problem.text, asked_for(failure.problem.exchange, delay, now))
        await self._leave(job, payload, Reason.FAILED, problem, done=not failure.retry)
        return GiveUp(failure.problem.text) if failure.retry else Finished(settled=True)

    async def _leave(
        self,
        job: Job,
        payload: OutOfSession,
        reason: Reason,
        problem: Problem,
        *,
        done: bool = True,
    ) -> Result:
        await self._store.transact(
            lambda tx: out_of_session.leave(
                self._env, tx, job.sid, payload, reason, problem, done=done
            )
        )
        return Finished(settled=True)
