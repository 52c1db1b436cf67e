"""The switchboard: the server as carriers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import time_ns
from typing import Final

import msgspec

from maskline.batcher import Batcher
from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.env import Env
from maskline.gateway import texts
from maskline.messaging import inbound, outbound
from maskline.messaging.inbound import UNPOOLED, Receipt
from maskline.model import sid as sids
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.job import Callback
from maskline.model.meter import error_class
from maskline.model.problem import Problem
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, Intake, LegReport
from maskline.proxy import problems
from maskline.proxy.callbacks import blocks
from maskline.proxy.invitation import Invitation, read_invitation
from maskline.proxy.routing import Reason
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.voice import calls, dials, events, out_of_session
from maskline.voice.answers import UNANSWERED, Answer, Ask, Data, Failure, Instructions, Silence
from maskline.voice.calls import CallPlan
from maskline.voice.instructions import Response
from maskline.voice.questions import Question

#: A document that could not be had.
_NO_DOCUMENT: Final = 11200

#: Asks a program whether it blocks something; the text is the same at every attempt.
Intercept = Callable[[Callback, str], Awaitable[Exchange]]


class Switchboard:
    """Takes traffic in. Messages, calls and reports that wait together are committed together."""

    def __init__(self, env: Env, store: Store, intercept: Intercept, ask: Ask) -> None:
        self._env = env
        self._store = store
        self._intercept = intercept
        self._ask = ask
        self._messages: Batcher[InboundMessage, Receipt] = Batcher(self._receive)
        self._calls: Batcher[InboundCall, CallPlan | None] = Batcher(self._ring)
        self.reports: Batcher[LegReport, None] = Batcher(self._report)

    async def message(self, message: InboundMessage) -> Intake:
        """Takes in a message, unless the queue is full. Calls are taken even then: a caller can't
        be told to come again, and a call adds little to the queue."""
        try:
            if self._env.is_full():
                raise StoreUnavailable("the queue is full")
            receipt = await self._messages.submit(message)
        except StoreUnavailable as error:
            self._env.meter.messages_in[message.carrier, "unavailable", ""] += 1
            raise HostUnavailable(str(error)) from error
        trace = self._env.trace
        if trace.is_on and receipt.intake is Intake.TAKEN:
            notes = {"maskline.carrier": message.carrier, **_traced(receipt)}
            trace.arrived(_subject_of(receipt), "message", notes)
        return receipt.intake

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        """Takes in what became of messages that were sent."""
        futures = [self.reports.submit(one) for one in reports]
        try:
            for future in futures:
                await future
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error

    async def call(self, call: InboundCall) -> CallAnswer | None:
        """Takes in a call and says what to do with it."""
        try:
            plan, asked_about = await self._plan(call)
        except StoreUnavailable as error:
            self._env.meter.calls_in[call.carrier, "unavailable", ""] += 1
            raise HostUnavailable(str(error)) from error
        self._env.meter.calls_in[call.carrier, *_outcome_of_call(plan)] += 1
        if plan is None:
            return None
        if self._env.trace.is_on:
            outcome, reason = _outcome_of_call(plan)
            notes = {"maskline.carrier": call.carrier, "maskline.call": plan.call_sid}
            notes |= {"maskline.outcome": outcome, "maskline.reason": reason}
            for subject in _subjects_of(plan, asked_about):
                self._env.trace.arrived(subject, "call", notes)
        dialled = plan.dialled.call_sid if plan.dialled is not None else None
        moment = call.moment or plan.call_sid
        return CallAnswer(plan.call_sid, plan.response, dialled, moment=moment)

    async def call_events(self, changes: Sequence[CallEvent]) -> None:
        """Takes in what became of legs."""
        try:
            await self._store.transact(lambda tx: events.progress(self._env, tx, changes))
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error
        counts = self._env.meter.call_reports
        for one in changes:
            counts[one.status,] += 1

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        """Records the leg that a call's instructions dial."""
        try:
            return await self._store.transact(
                lambda tx: dials.dial(self._env, tx, call_sid, caller_id, number)
            )
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error

    async def drain(self) -> None:
        """Returns when nothing is being taken in any more."""
        await self._messages.drain()
        await self._calls.drain()
        await self.reports.drain()

    async def _plan(self, call: InboundCall) -> tuple[CallPlan | None, str | None]:
        """What to do with a call, and the SID about which a program was asked first."""
        plan = await self._calls.submit(call)
        about: str | None = None
        if plan is not None and plan.question is not None:
            about = plan.call_sid
            plan = await self._consult(plan.question)
        if plan is None or plan.intercept is None:
            return plan, about
        asked = plan
        about = plan.intercept.interaction.sid
        with self._env.trace.step("intercept", {}, about):
            answer = await self._intercept(plan.intercept, plan.call_sid)
        go_on = calls.block if blocks(answer) else calls.admit
        plan = await self._store.transact(lambda tx: go_on(self._env, tx, asked, answer))
        return plan, about

    async def _consult(self, asked: Question) -> CallPlan:
        """Asks the program about a call that no session carries, and does what it answers. The
        caller waits, so it is asked once, and not for long."""
        answer = await self._question(asked, asked.url, asked.method, asked.params)
        if isinstance(answer, Failure) and asked.fallback_url:
            failed = {"ErrorCode": str(answer.problem.code), "ErrorUrl": asked.url}
            await self._tell(asked, answer.problem)
            params = (*asked.params, *failed.items())
            url, method = asked.fallback_url, asked.fallback_method
            answer = await self._question(asked, url, method, params)
            # Its own addresses are seen from where it was found.
            asked = msgspec.structs.replace(asked, url=url)
        if isinstance(answer, Data):
            if asked.service_sid:
                return await self._invite(asked, answer)
            problem = Problem(_NO_DOCUMENT, "it answered with JSON", answer.exchange)
            return await self._leave(asked, Reason.FAILED, problem)
        if isinstance(answer, Instructions):
            return await self._store.transact(lambda tx: self._carry_out(tx, asked, answer))
        if isinstance(answer, Silence):
            if not asked.service_sid:
                return CallPlan(asked.call_sid, asked.account_sid, Response())
            text = "the out-of-session callback asked for nothing"
            problem = Problem(80902, text, answer.exchange)
            return await self._leave(asked, asked.reason, problem)
        return await self._leave(asked, Reason.FAILED, answer.problem)

    async def _carry_out(self, tx: Transaction, asked: Question, answer: Instructions) -> CallPlan:
        plan = await out_of_session.carry_out(self._env, tx, asked, answer)
        if not texts.are_in(plan.response):
            return plan
        call = await tx.calls.by_sid(plan.call_sid)
        if call is None:
            return plan
        moment = asked.call.moment or call.sid
        response = await texts.parted(self._env, tx, call, plan.response, moment)
        return msgspec.structs.replace(plan, response=response)

    async def _question(
        self, asked: Question, url: str, method: str, params: Sequence[tuple[str, str]]
    ) -> Answer:
        with self._env.trace.step("out-of-session", {}, asked.call_sid):
            return await self._ask(
                url,
                method,
                params,
                asked.account_sid,
                self._env.sids.new(sids.JOB),
                "voice",
                within=self._env.settings.webhooks.out_of_session_timeout,
                unanswered=UNANSWERED if asked.service_sid else _NO_DOCUMENT,
            )

    async def _tell(self, asked: Question, problem: Problem) -> None:
        where = asked.account_sid, asked.service_sid, asked.call_sid
        await self._store.transact(lambda tx: problems.tell(self._env, tx, [problem], *where))

    async def _invite(self, asked: Question, answer: Data) -> CallPlan:
        """Makes the session. What two requests at once got in each other's way may succeed when it
        is tried once more; the call then finds the other's session."""
        try:
            invitation = read_invitation(answer.exchange.response_body, answer.charset)
            try:
                return await self._accept(asked, invitation)
            except Fault:
                return await self._accept(asked, invitation)
        except Fault as fault:
            problem = Problem(80905, f"no session was made: {fault}", answer.exchange)
            return await self._leave(asked, Reason.FAILED, problem)

    async def _accept(self, asked: Question, invitation: Invitation) -> CallPlan:
        return await self._store.transact(
            lambda tx: out_of_session.accept(self._env, tx, asked, invitation)
        )

    async def _leave(self, asked: Question, reason: Reason, problem: Problem) -> CallPlan:
        return await self._store.transact(
            lambda tx: out_of_session.leave(self._env, tx, asked, reason, problem)
        )

    async def _receive(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]:
        trace = self._env.trace
        began = time_ns() if trace.is_on else 0
        receipts = await self._store.transact(lambda tx: inbound.receive(self._env, tx, messages))
        if trace.is_on:
            for receipt in receipts:
                if receipt.intake is Intake.TAKEN:
                    size = {"maskline.batch": len(receipts)}
                    trace.past(_subject_of(receipt), "commit", began, size)
        counts = self._env.meter.messages_in
        for one, receipt in zip(messages, receipts, strict=True):
            counts[one.carrier, *_outcome_of_message(receipt)] += 1
        return receipts

    async def _ring(self, inbound: Sequence[InboundCall]) -> Sequence[CallPlan | None]:
        return await self._store.transact(lambda tx: calls.receive(self._env, tx, inbound))

    async def _report(self, reports: Sequence[LegReport]) -> Sequence[None]:
        await self._store.transact(lambda tx: outbound.report(self._env, tx, reports))
        counts = self._env.meter.reports
        for one in reports:
            counts[one.carrier, one.status, error_class(one.error_code)] += 1
        return [None] * len(reports)


def _outcome_of_message(receipt: Receipt) -> tuple[str, str]:
    """What the meter calls it, and the reason of a refusal."""
    if receipt.intake is not Intake.TAKEN:
        return receipt.intake.value, ""
    if receipt.refused == UNPOOLED:
        return UNPOOLED, ""
    return ("refused", receipt.refused) if receipt.refused else ("relayed", "")


def _subject_of(receipt: Receipt) -> str:
    """The SID that names the trace of a message that was taken."""
    sid = receipt.interaction_sid or receipt.message_sid
    assert sid is not None
    return sid


def _traced(receipt: Receipt) -> dict[str, str]:
    """What its trace says of it."""
    outcome, reason = _outcome_of_message(receipt)
    return {
        "maskline.message": receipt.message_sid or "",
        "maskline.outcome": outcome,
        "maskline.reason": reason,
    }


def _subjects_of(plan: CallPlan, asked_about: str | None) -> set[str]:
    """The SIDs that name a call's traces: its interaction's where it has one, and its own where a
    program was asked before there was one."""
    found = {asked_about} if asked_about is not None else set()
    if plan.dialled is not None:
        found.add(plan.dialled.interaction_sid)
    return found or {plan.call_sid}


def _outcome_of_call(plan: CallPlan | None) -> tuple[str, str]:
    """The same of a call."""
    if plan is None:
        return Intake.UNKNOWN_NUMBER.value, ""
    if plan.dialled is not None:
        return "relayed", ""
    return ("refused", plan.refused) if plan.refused else ("answered", "")
