"""Dials of programs: the legs that their own documents ask for."""

from __future__ import annotations

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import FINAL, Call, CallDirection, CallStatus
from maskline.model.problem import Problem
from maskline.store.contract import Transaction
from maskline.voice.out_of_session import report


async def dial(
    env: Env, tx: Transaction, parent_sid: str, caller_id: str, number: str
) -> str | None:
    """Records the leg that a call's instructions dial; its SID, or null when it is not to be
    dialled: the caller ID must be one of the call's two numbers or the account's own."""
    parent = await tx.calls.by_sid(parent_sid)
    if parent is None or parent.status in FINAL:
        return None
    if caller_id not in (parent.caller, parent.called):
        owned = await tx.numbers.by_number(caller_id)
        if owned is None or owned.account_sid != parent.account_sid:
            await report(env, tx, parent, Problem(13214, ""))
            return None
    now = env.clock()
    leg = Call(
        sid=env.sids.new(sids.CALL),
        account_sid=parent.account_sid,
        parent_call_sid=parent.sid,
        direction=CallDirection.OUTBOUND_DIAL.value,
        caller=caller_id,
        called=number,
        status=CallStatus.INITIATED.value,
        carrier=parent.carrier,
        provider_id=None,
        interaction_sid=None,
        start_time=None,
        end_time=None,
        duration=None,
        date_created=now,
        date_updated=now,
    )
    await tx.calls.add_many([leg])
    return leg.sid
