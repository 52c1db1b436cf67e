"""Revealing a person's number, which is always written down."""

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
from maskline.store.contract import Transaction

#: Which fields hold a person's number, by what the record's SID begins with.
_FIELDS: Final = MappingProxyType(
    {
        sids.PARTICIPANT: ("identifier",),
        sids.SMS: ("sender", "recipient"),
        sids.MMS: ("sender", "recipient"),
        sids.CALL: ("caller", "called"),
        sids.OPT_OUT: ("identifier",),
    }
)


async def reveal(env: Env, tx: Transaction, who: Actor, ref: str) -> str:
    """The number that stands in a record's field: `ref` is `SID:field`. Raises 20404 for what is
    not there, or is another account's."""
    sid, _, field = ref.partition(":")
    if field not in _FIELDS.get(sid[:2], ()):
        raise not_found("Number")
    found = await _find(tx, sid)
    if found is None or who.account_sid not in (None, found.account_sid):
        raise not_found("Number")
    await record(env, tx, who, Deed.REVEAL, sid, field, found.account_sid)
    number: str = getattr(found, field)
    return number


async def _find(tx: Transaction, sid: str) -> Participant | Call | OptOut | Message | None:
    match sid[:2]:
        case sids.PARTICIPANT:
            return await tx.support.participant(sid)
        case sids.CALL:
            return await tx.calls.by_sid(sid)
        case sids.OPT_OUT:
            return await tx.support.opt_out(sid)
        case _:
            return await tx.messages.by_sid(sid)
