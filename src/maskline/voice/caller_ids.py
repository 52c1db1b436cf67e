"""Caller IDs of programs' Dials: whose number is shown to whom they ring."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.problem import Problem
from maskline.proxy import problems
from maskline.store.contract import Transaction
from maskline.voice.instructions import Dial, Response

#: A Dial names a caller ID that the account may not show.
NOT_ITS_OWN: Final = 13214


class Parties(msgspec.Struct, frozen=True):
    """A call whose document it is, and whose. `service_sid` is null where no Service is."""

    call_sid: str
    account_sid: str
    service_sid: str | None
    caller: str
    called: str


async def may_show(
    tx: Transaction, account_sid: str, caller: str, called: str, caller_id: str
) -> bool:
    """Whether a call's Dial may show a number: one of the call's two, or the account's own."""
    if caller_id in (caller, called):
        return True
    owned = await tx.numbers.by_number(caller_id)
    return owned is not None and owned.account_sid == account_sid


def has_others(response: Response, caller: str, called: str) -> bool:
    """Whether a Dial shows another number than the call's two."""
    shown = (verb.caller_id for verb in response.verbs if isinstance(verb, Dial))
    return any(one not in (None, "", caller, called) for one in shown)


async def permitted(env: Env, tx: Transaction, call: Parties, response: Response) -> Response:
    """The response, of which a Dial rings nobody that shows a number it may not: not every carrier
    refuses that by itself. The debugger is told."""
    verbs = []
    for verb in response.verbs:
        if isinstance(verb, Dial) and verb.caller_id:
            shows = verb.caller_id
            if not await may_show(tx, call.account_sid, call.caller, call.called, shows):
                found = [Problem(NOT_ITS_OWN, "")]
                await problems.tell(
                    env, tx, found, call.account_sid, call.service_sid, call.call_sid
                )
                verb = msgspec.structs.replace(verb, targets=())
        verbs.append(verb)
    return msgspec.structs.replace(response, verbs=tuple(verbs))
