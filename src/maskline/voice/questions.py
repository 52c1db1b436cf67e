"""Questions: what a program is asked about a call that no session carries."""

from __future__ import annotations

import msgspec

from maskline.model.call import Call
from maskline.model.traffic import InboundCall
from maskline.proxy.out_of_session import call_parameters, past_of, past_parameters
from maskline.proxy.routing import Reason
from maskline.store.contract import Transaction


class Question(msgspec.Struct, frozen=True):
    """To be asked at `url` with the form `params` while the caller waits. `reason` is why there is
    no session."""

    url: str
    params: tuple[tuple[str, str], ...]
    call: InboundCall
    call_sid: str
    account_sid: str
    service_sid: str
    reason: Reason


async def ask_about(
    tx: Transaction, url: str, service_sid: str, reason: Reason, one: InboundCall, call: Call
) -> Question:
    """The question about a call."""
    past = await past_of(tx, service_sid, call.called, call.caller)
    params = [*call_parameters(call, dict(one.details)), *past_parameters(past)]
    return Question(
        url=url,
        params=tuple(params),
        call=one,
        call_sid=call.sid,
        account_sid=call.account_sid,
        service_sid=service_sid,
        reason=reason,
    )
