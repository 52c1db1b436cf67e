"""Calls that no session carries: what the program answers is carried out."""

from __future__ import annotations

from maskline.env import Env
from maskline.model.call import Call
from maskline.model.errors import Fault
from maskline.model.interaction import InteractionType
from maskline.model.problem import Problem
from maskline.proxy import invitation as invitations
from maskline.proxy import problems
from maskline.proxy.doors import door, ours
from maskline.proxy.invitation import Invitation
from maskline.proxy.routing import Deliver, Reason, decide
from maskline.store.contract import Transaction
from maskline.voice import calls
from maskline.voice.answers import Instructions
from maskline.voice.caller_ids import Parties, has_others, permitted
from maskline.voice.calls import CallPlan
from maskline.voice.documents import settled
from maskline.voice.instructions import Response
from maskline.voice.questions import Question
from maskline.voice.sentences import sentence


async def accept(env: Env, tx: Transaction, asked: Question, invitation: Invitation) -> CallPlan:
    """The session that the program answered with; the call goes on as if it had been there before.
    One that has come to be meanwhile serves as well.

    Raises what creating it raises, and 80905 when the call is not carried by it.
    """
    one = asked.call
    (route,) = await tx.routing.of_calls([one])
    if route is None or route.service_sid != asked.service_sid:
        raise Fault(80905, "the number has left the Service")
    kind = InteractionType.VOICE
    decision = decide(route, kind, env.clock())
    if not isinstance(decision, Deliver) and decision.is_out_of_session:
        service = await tx.services.get(asked.service_sid, asked.account_sid)
        number = await tx.numbers.by_number(one.number)
        if service is None or number is None:
            raise Fault(80905, "the Service is gone")
        await invitations.accept(env, tx, service, number, one.caller, kind, invitation)
    (plan,) = await calls.receive(env, tx, [one])
    if plan is None or plan.question is not None:
        raise Fault(80905, "the new session does not carry the call")
    return plan


async def carry_out(env: Env, tx: Transaction, asked: Question, answer: Instructions) -> CallPlan:
    """The TwiML that the program answered with."""
    sids = asked.account_sid, asked.service_sid, asked.call_sid
    await problems.tell(env, tx, answer.problems, *sids)
    doors = asked.call.doors
    if doors is None and asked.service_sid:
        doors = door(env.settings, asked.account_sid, asked.service_sid, "Call")
    response = fit(
        env,
        answer.response,
        asked.url,
        asked.account_sid,
        asked.call.number,
        legs=None if doors is None else f"{doors}/Leg?Parent={asked.call_sid}",
    )
    one = asked.call
    if has_others(response, one.caller, one.number):
        service_sid = asked.service_sid or None
        call = Parties(asked.call_sid, asked.account_sid, service_sid, one.caller, one.number)
        response = await permitted(env, tx, call, response)
    return CallPlan(asked.call_sid, asked.account_sid, response)


async def leave(
    env: Env, tx: Transaction, asked: Question, reason: Reason, found: Problem
) -> CallPlan:
    """Nothing can be done with the call: the debugger is told, and the caller hears a sentence."""
    sids = asked.account_sid, asked.service_sid, asked.call_sid
    await problems.tell(env, tx, [found], *sids)
    return CallPlan(asked.call_sid, asked.account_sid, sentence(env, reason), refused=reason)


async def report(env: Env, tx: Transaction, call: Call, *found: Problem) -> None:
    """Tells the debugger about a document that a call's instructions named."""
    number = await tx.numbers.by_number(call.called)
    service_sid = None if number is None else number.service_sid
    await problems.tell(env, tx, found, call.account_sid, service_sid, call.sid)


def fit(
    env: Env,
    response: Response,
    document: str,
    account_sid: str,
    number: str,
    *,
    legs: str | None = None,
) -> Response:
    """A program's document, fit for a carrier: its URLs absolute, our own doors under our own
    address, nobody's real number shown by a Dial that does not name it, and the legs that it rings
    reported to `legs`."""

    def rewrite(url: str) -> str:
        return ours(url, env.settings, account_sid)

    return settled(response, document, number, rewrite, legs)
