"""Messages that a Messaging Service takes: its program is told, and its answer carried out."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message as Headers
from typing import Final

import msgspec

from maskline.delivery.attempts import GONE, asked_for
from maskline.delivery.programs import MAX_DOCUMENTS, Programs, gather
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.delivery.webhooks import Form
from maskline.env import Env
from maskline.messaging import answers, diverted
from maskline.messaging.answers import Answered
from maskline.model.exchange import Exchange
from maskline.model.host import host
from maskline.model.job import Inbound, Job
from maskline.model.problem import Problem
from maskline.proxy.doors import door_of
from maskline.store.contract import Store
from maskline.voice.answers import Failure, Instructions, Silence

_DECODER = msgspec.json.Decoder(Inbound)
_FAILED: Final = 11200
_TOO_MANY: Final = Problem(_FAILED, f"it led to more than {MAX_DOCUMENTS} documents")


class _Answer(msgspec.Struct):
    """All that a program wants. `to_proxy`: that Proxy takes the message after all."""

    texts: list[Answered] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    to_proxy: bool = False


class InboundHandler:
    """Runs inbound jobs. Nothing is done before the whole answer is there; then all of it is done
    in one transaction."""

    def __init__(self, env: Env, store: Store, programs: Programs) -> None:
        self._env = env
        self._store = store
        self._programs = programs

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.delays

    def decode(self, payload: bytes) -> Inbound:
        """What to tell."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: Inbound) -> str:
        """One per account and host."""
        return f"inbound:{job.account_sid}:{host(payload.url)}"

    async def run(self, job: Job, payload: Inbound) -> Result:
        """One attempt: the program, then its fallback."""
        params = diverted.parameters(payload)
        answer = await self._ask(job.sid, payload, payload.url, payload.method, params)
        failures: list[Problem] = []
        if isinstance(answer, Problem) and payload.fallback_url is not None:
            failures.append(answer)
            params = diverted.parameters(payload, answer)
            url, method = payload.fallback_url, payload.fallback_method
            answer = await self._ask(f"{job.sid}-fallback", payload, url, method, params)
        if isinstance(answer, Problem):
            return await self._failed(job, payload, [*failures, answer])
        step = diverted.hand_over if answer.to_proxy else answers.carry_out
        texts, found = answer.texts, [*failures, *answer.problems]
        await self._store.transact(lambda tx: step(self._env, tx, job.sid, payload, texts, found))
        return Finished(settled=True)

    async def exhausted(self, job: Job, payload: Inbound, error: str) -> Result:
        """Kept as a dead letter."""
        return GiveUp(error)

    async def _ask(
        self, token: str, payload: Inbound, url: str, method: str, params: Form
    ) -> _Answer | Problem:
        """The documents of one answer, to their end; or why there is none."""
        answer = _Answer()
        for place in range(MAX_DOCUMENTS):
            door = door_of(url, self._env.settings, payload.account_sid)
            if door is not None and door[1] == "Message":
                # Sent there it would come in once more, and be diverted again, without end.
                answer.to_proxy = True
                return answer
            step = await self._programs.ask(
                url,
                method,
                params,
                payload.account_sid,
                f"{token}-{place}" if place else token,
                "message",
                unanswered=_FAILED,
            )
            if isinstance(step, Failure):
                return _headed(f"{host(url)}: ", step.problem)
            if not isinstance(step, Instructions):
                if isinstance(step, Silence) and (reply := _plain(step.exchange)):
                    answer.texts.append(Answered(reply))
                return answer
            answer.problems += step.problems
            following = gather(step, url, answer.texts)
            if following is None:
                return answer
            if isinstance(following, Problem):
                return _headed(f"{host(url)}: ", following)
            url, method = following.url, following.method
        return _headed(f"{host(url)}: ", _TOO_MANY)

    async def _failed(self, job: Job, payload: Inbound, failures: Sequence[Problem]) -> Result:
        """What was answered with success was told: another attempt would only tell it twice."""
        told = any(one.exchange is None or one.exchange.succeeded for one in failures)
        exchange = failures[-1].exchange
        gone = exchange is not None and exchange.status == GONE
        last = gone or job.attempts >= len(self.delays)
        if told:
            await self._store.transact(
                lambda tx: answers.carry_out(self._env, tx, job.sid, payload, (), failures)
            )
            return Finished(settled=True)
        if last or job.attempts == 0:
            found = [_headed("given up: ", one) for one in failures] if last else failures
            await self._store.transact(lambda tx: answers.report(self._env, tx, payload, found))
        error = failures[-1].text
        if last:
            return GiveUp(error)
        delay = self.delays[job.attempts]
        return Retry(error, asked_for(exchange, delay, self._env.clock()))


def _headed(head: str, problem: Problem) -> Problem:
    return msgspec.structs.replace(problem, text=f"{head}{problem.text}")


def _plain(exchange: Exchange) -> str:
    """The text of an answer in plain text, which is a reply."""
    content = Headers()
    content["content-type"] = exchange.response_headers.get("content-type", "")
    if content.get_content_type() != "text/plain":
        return ""
    charset = str(content.get_param("charset", "utf-8"))
    try:
        text = exchange.response_body.decode(charset, "replace")
    except LookupError:
        text = exchange.response_body.decode("utf-8", "replace")
    return text.replace("\0", "").strip()
