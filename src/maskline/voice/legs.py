"""Legs that a program's document has a call dial."""

from __future__ import annotations

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import Call, CallDirection, CallStatus


def dialled_leg(
    env: Env, parent: Call, caller: str, called: str, provider_id: str | None = None
) -> Call:
    """The record of one that begins; it belongs to no interaction."""
    now = env.clock()
    return Call.begun(
        now,
        sid=env.sids.new(sids.CALL),
        account_sid=parent.account_sid,
        parent_call_sid=parent.sid,
        direction=CallDirection.OUTBOUND_DIAL.value,
        caller=caller,
        called=called,
        status=CallStatus.INITIATED.value,
        carrier=parent.carrier,
        provider_id=provider_id,
    )
