"""Messages that a Messaging Service takes: what its program is told, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

from maskline.env import Env
from maskline.messaging import answers
from maskline.messaging.answers import Answered
from maskline.messaging.inbound import take_over
from maskline.messaging.segments import count
from maskline.model.job import Inbound
from maskline.model.problem import Problem
from maskline.proxy.out_of_session import Params, message_parameters
from maskline.store.contract import Transaction


def parameters(asked: Inbound, failed: Problem | None = None) -> Params:
    """The form of the webhook; of the fallback, when the first has `failed`."""
    one = asked.message
    segments = count(one.body).segments
    params = message_parameters(one, asked.message_sid, asked.account_sid, segments)
    if asked.service_sid:
        params.append(("MessagingServiceSid", asked.service_sid))
    if failed is not None:
        params += [("ErrorCode", str(failed.code)), ("ErrorUrl", asked.url)]
    return params


async def hand_over(
    env: Env,
    tx: Transaction,
    job_sid: str,
    asked: Inbound,
    texts: Sequence[Answered],
    found: Sequence[Problem],
) -> None:
    """The program gives the message to Proxy, after the `texts` that it answered before."""
    if not await answers.carry_out(env, tx, job_sid, asked, texts, found):
        return
    if not await take_over(env, tx, asked.message, asked.message_sid):
        nobody = Problem(80905, "its program hands it to Proxy, but the number is in no pool")
        await answers.report(env, tx, asked, [nobody])
