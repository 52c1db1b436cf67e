"""Questions: what a program is asked about a call that no session carries."""

from __future__ import annotations

import msgspec

from maskline.model.account import AccountStatus
from maskline.model.call import Call
from maskline.model.traffic import InboundCall
from maskline.proxy.out_of_session import call_parameters, past_of, past_parameters
from maskline.proxy.routing import Reason
from maskline.store.contract import Transaction
from maskline.store.repositories.routing import Route


class Question(msgspec.Struct, frozen=True):
    """To be asked at `url` with the form `params` while the caller waits, and where that fails, at
    `fallback_url` ("" for none). `reason` is why there is no session. `service_sid` is "" for a
    number in no pool, whose own address `url` is."""

    url: str
    params: tuple[tuple[str, str], ...]
    call: InboundCall
    call_sid: str
    account_sid: str
    service_sid: str
    reason: Reason
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"


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


async def ask_owner(tx: Transaction, route: Route, one: InboundCall, call: Call) -> Question | None:
    """The question to the address that a number in no pool names as its own; null without one."""
    if route.service_sid is not None or one.service_sid is not None:
        return None
    hooks = await tx.numbers.hooks(route.number_sid)
    active = route.account_status == AccountStatus.ACTIVE
    if not active or hooks.trunk_sid:
        return None
    program = hooks.voice_url, hooks.voice_method
    fallback = hooks.voice_fallback_url, hooks.voice_fallback_method
    if hooks.voice_application_sid:
        # An application goes before what the number names by itself.
        found = await tx.applications.get(hooks.voice_application_sid, route.account_sid)
        if found is None:
            return None
        program = found.voice_url, found.voice_method
        fallback = found.voice_fallback_url, found.voice_fallback_method
    if not program[0]:
        return None
    return Question(
        url=program[0],
        params=tuple(call_parameters(call, dict(one.details))),
        call=one,
        call_sid=call.sid,
        account_sid=call.account_sid,
        service_sid="",
        reason=Reason.NO_SESSION,
        method=program[1],
        fallback_url=fallback[0],
        fallback_method=fallback[1],
    )
