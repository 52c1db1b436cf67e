"""Revealing a person's number, or what else leads to them, which is always written down."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from maskline.access.audit import Actor, record
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import Call
from maskline.model.console import Deed
from maskline.model.errors import not_found
from maskline.model.message import Message
from maskline.model.opt_out import OptOut
from maskline.model.participant import Participant
from maskline.model.tollfree import PERSONAL, TollfreeVerification
from maskline.store.contract import Transaction

#: Which fields are a person's, by what the record's SID begins with.
_FIELDS: Final = MappingProxyType(
    {
        sids.PARTICIPANT: ("identifier",),
        sids.SMS: ("sender", "recipient"),
        sids.MMS: ("sender", "recipient"),
        sids.CALL: ("caller", "called"),
        sids.OPT_OUT: ("identifier",),
        sids.TOLLFREE_VERIFICATION: PERSONAL,
    }
)

_Record = Participant | Call | OptOut | Message | TollfreeVerification


async def reveal(env: Env, tx: Transaction, who: Actor, ref: str) -> str:
    """What stands in a record's field: `ref` is `SID:field`. Raises 20404 for what is not there, or
    is another account's."""
    sid, _, field = ref.partition(":")
    if field not in _FIELDS.get(sid[:2], ()):
        raise not_found("Number")
    found = await _find(tx, sid)
    if found is None or who.account_sid not in (None, found.account_sid):
        raise not_found("Number")
    told: str | None
    if isinstance(found, TollfreeVerification):
        told = found.details.get(field)
    else:
        told = getattr(found, field)
    if told is None:
        raise not_found("Number")
    await record(env, tx, who, Deed.REVEAL, sid, field, found.account_sid)
    return told


async def _find(tx: Transaction, sid: str) -> _Record | None:
    match sid[:2]:
        case sids.PARTICIPANT:
            return await tx.support.participant(sid)
        case sids.CALL:
            return await tx.calls.by_sid(sid)
        case sids.OPT_OUT:
            return await tx.support.opt_out(sid)
        case sids.TOLLFREE_VERIFICATION:
            return await tx.tollfree_verifications.peek(sid)
        case _:
            return await tx.messages.by_sid(sid)
