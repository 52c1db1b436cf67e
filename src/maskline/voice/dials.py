"""Dials of programs: the legs that their own documents ask for."""

from __future__ import annotations

from maskline.env import Env
from maskline.model.call import FINAL
from maskline.model.problem import Problem
from maskline.store.contract import Transaction
from maskline.voice.caller_ids import NOT_ITS_OWN, may_show
from maskline.voice.legs import dialled_leg
from maskline.voice.out_of_session import report


async def dial(
    env: Env, tx: Transaction, parent_sid: str, caller_id: str, number: str
) -> str | None:
    """Records the leg that a call's instructions dial; its SID, or null when it is not to be
    dialled: the caller ID must be one of the call's two numbers or the account's own."""
    parent = await tx.calls.by_sid(parent_sid)
    if parent is None or parent.status in FINAL:
        return None
    if not await may_show(tx, parent.account_sid, parent.caller, parent.called, caller_id):
        await report(env, tx, parent, Problem(NOT_ITS_OWN, ""))
        return None
    leg = dialled_leg(env, parent, caller_id, number)
    await tx.calls.add_many([leg])
    return leg.sid
