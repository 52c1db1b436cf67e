"""Messages that no session carries: what the program answers is carried out, once.

Each step is one transaction that takes the job away, or finds it gone, so that nothing is done
twice, however often the job is run.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maskline.env import Env
from maskline.messaging import answers
from maskline.messaging.answers import Answered
from maskline.messaging.inbound import take_again
from maskline.messaging.refusals import explain, waiting_key
from maskline.messaging.segments import count
from maskline.model.errors import Fault
from maskline.model.interaction import InteractionType
from maskline.model.job import OutOfSession
from maskline.model.problem import Problem
from maskline.proxy import invitation as invitations
from maskline.proxy import problems
from maskline.proxy.invitation import Invitation
from maskline.proxy.out_of_session import Params, message_parameters, past_of, past_parameters
from maskline.proxy.routing import Reason, Refuse
from maskline.store.contract import Conflict, Transaction

_DECODER = msgspec.json.Decoder(OutOfSession)


async def begin(
    env: Env,
    tx: Transaction,
    job_sid: str,
    asked: OutOfSession,
    texts: Sequence[Answered] = (),
) -> Params | None:
    """The form of the callback; null when there is nothing to ask any more: a session has come to
    be, and the message has gone on into it. `texts` were answered before the program handed the
    message back, and are sent then."""
    if await tx.outbox.get(job_sid) is None:
        return None
    if await _go_on(env, tx, job_sid, asked):
        await answers.send(env, tx, asked, texts)
        return None
    one = asked.message
    past = await past_of(tx, asked.service_sid, one.number, one.sender)
    segments = count(one.body).segments
    return [
        *message_parameters(one, asked.message_sid, asked.account_sid, segments),
        *past_parameters(past),
    ]


async def accept(
    env: Env, tx: Transaction, job_sid: str, asked: OutOfSession, invitation: Invitation
) -> None:
    """The session that the program answered with; the message, and all of the same person's that
    wait behind it, go on as if it had been there before. One that has come to be meanwhile serves
    as well.

    Raises what creating it raises, and 80905 when the message is not carried by it.
    """
    if await tx.outbox.get(job_sid) is None or await _go_on(env, tx, job_sid, asked):
        return
    one = asked.message
    service = await tx.services.get(asked.service_sid, asked.account_sid)
    number = await tx.numbers.by_number(one.number)
    if service is None or number is None:
        raise Fault(80905, "the Service is gone")
    kind = InteractionType.MESSAGE
    await invitations.accept(env, tx, service, number, one.sender, kind, invitation)
    for job in await tx.outbox.waiting(waiting_key(one)):
        on = await _go_on(env, tx, job.sid, _DECODER.decode(job.payload))
        if job.sid == job_sid and not on:
            raise Fault(80905, "the new session does not carry the message")


async def leave(
    env: Env,
    tx: Transaction,
    job_sid: str,
    asked: OutOfSession,
    reason: Reason,
    found: Problem,
    *,
    done: bool = True,
) -> None:
    """Nothing is done with the message; the debugger is told, and the sender as the settings have
    it. Unless `done`, the job stays, for whoever keeps it."""
    if done:
        there = await tx.outbox.finish(job_sid)
    else:
        there = await tx.outbox.get(job_sid) is not None
    if not there:
        return
    await problems.tell(env, tx, [found], asked.account_sid, asked.service_sid, asked.message_sid)
    one = asked.message
    await explain(env, tx, reason, asked.service_sid, asked.account_sid, one.number, one.sender)


async def _go_on(env: Env, tx: Transaction, job_sid: str, asked: OutOfSession) -> bool:
    """Whether there is nothing to ask about the message: it was passed on, or never will be."""
    decision = await take_again(env, tx, asked.message, asked.message_sid)
    if isinstance(decision, Refuse) and decision.is_out_of_session:
        return False
    if not await tx.outbox.finish(job_sid):
        # Another process has run the job meanwhile: when we look again, it is gone.
        raise Conflict("a job was run twice at once")
    return True
