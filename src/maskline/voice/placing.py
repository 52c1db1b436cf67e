"""Calls that programs place, from the request to what the carrier says of it.

The record is there before the carrier is asked, and it is asked once: a call that may have been
placed is never placed again, since a phone that rings twice does more harm than one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from maskline.env import Env
from maskline.jobs import new_job
from maskline.model import sid as sids
from maskline.model.call import Call, CallDirection, CallStatus
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.job import CallDeed, CallOrder, Job, JobKind
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.placed_call import PlacedCall
from maskline.model.problem import Problem
from maskline.model.traffic import CallEvent, OutboundCall
from maskline.numbers.e164 import is_e164
from maskline.proxy import problems
from maskline.store.contract import StoreUnavailable, Transaction
from maskline.voice import wishes
from maskline.voice.events import progress

_QUEUED: Final = CallStatus.QUEUED.value
_INITIATED: Final = CallStatus.INITIATED.value
_API: Final = CallDirection.OUTBOUND_API.value

#: What a carrier, by its name, carries out of what a program may ask of a call; null where none can
#: be placed by it.
CallOptions = Callable[[str], frozenset[str] | None]


async def create(
    env: Env, tx: Transaction, account_sid: str, form: Form, call_options: CallOptions
) -> Call:
    """Places a call, as soon as its number's carrier takes it.

    A wrong form is refused as `wishes.read` says, a caller ID with 21210 where the account does not
    own it and 21212 where nobody can call by it, an application with 21218, and with 20001 what its
    carrier can't carry out. Raises StoreUnavailable while the queue of all is full.
    """
    if env.is_full():
        raise StoreUnavailable("the queue is full")
    wish = wishes.read(env, form)
    placed = await _with_application(tx, account_sid, wish)
    number = await _own(tx, account_sid, wish.sender)
    if wish.caller_id != wish.sender:
        await _own(tx, account_sid, wish.caller_id)
    options = call_options(number.carrier)
    if options is None:
        raise Fault(21212, "calls can't be begun by its carrier")
    for lacking in sorted(placed.asked - options):
        raise form.wrong(lacking, "can't be had at the carrier of From")
    now = env.clock()
    call = Call.begun(
        now,
        sid=env.sids.new(sids.CALL),
        account_sid=account_sid,
        direction=_API,
        caller=wish.caller_id,
        called=wish.recipient,
        status=_QUEUED,
        carrier=number.carrier,
        number_sid=number.sid,
    )
    await tx.calls.add_many([call])
    await tx.placed_calls.put(call.sid, account_sid, placed)
    await tx.outbox.add_many([order(env, call, CallDeed.PLACE)])
    return call


async def begin(env: Env, tx: Transaction, call_sid: str) -> OutboundCall | None:
    """What the carrier is to be handed, which it may be from now on; null when it was handed
    before, or is not to be any more."""
    call = await tx.calls.by_sid(call_sid)
    placed = await tx.placed_calls.get(call_sid)
    if call is None or placed is None or call.status != _QUEUED:
        return None
    await progress(env, tx, [CallEvent(call_sid, _INITIATED)])
    return OutboundCall(
        reference=call_sid,
        caller=call.caller,
        called=placed.dialled or call.called,
        timeout=placed.timeout,
        time_limit=placed.time_limit,
        send_digits=placed.send_digits,
        options=placed.options,
    )


async def accepted(tx: Transaction, call_sid: str, provider_id: str) -> None:
    """The carrier took it, under that id. It may have told of it before."""
    call = await tx.calls.by_sid(call_sid)
    if call is not None and call.provider_id is None:
        await tx.calls.update(msgspec.structs.replace(call, provider_id=provider_id))


async def put_back(env: Env, tx: Transaction, call_sid: str) -> None:
    """The carrier takes no more just now, and did not take this one: it may be handed over later,
    unless it was cancelled meanwhile."""
    call = await tx.calls.by_sid(call_sid)
    if call is not None and call.status == _INITIATED:
        changed = msgspec.structs.replace(call, status=_QUEUED, date_updated=env.clock())
        await tx.calls.update(changed)


async def fail(env: Env, tx: Transaction, call_sid: str, code: int, text: str) -> None:
    """The call has come to nothing: its program and the debugger are told."""
    call = await tx.calls.by_sid(call_sid)
    if call is None:
        return
    await progress(env, tx, [CallEvent(call_sid, CallStatus.FAILED.value, duration=0)])
    await problems.tell(env, tx, [Problem(code, text)], call.account_sid, None, call_sid)


def order(env: Env, call: Call, deed: CallDeed) -> Job:
    """A carrier is to do something with a call; what it is to do with one keeps its order, but for
    a limit, which waits until it is reached."""
    payload = CallOrder(call.sid, call.account_sid, call.carrier, deed)
    key = "" if deed is CallDeed.LIMIT else f"call:{call.sid}"
    return new_job(env, JobKind.CALL.value, payload, call.account_sid, key, env.clock())


async def _with_application(tx: Transaction, account_sid: str, wish: wishes.Wish) -> PlacedCall:
    """An application goes before all that the request says of documents and callbacks."""
    if wish.application_sid is None:
        return wish.placed
    found = await tx.applications.get(wish.application_sid, account_sid)
    if found is None or not found.voice_url:
        raise Fault(21218)
    return msgspec.structs.replace(
        wish.placed,
        twiml="",
        url=found.voice_url,
        method=found.voice_method,
        fallback_url=found.voice_fallback_url,
        fallback_method=found.voice_fallback_method,
        status_url=found.status_callback,
        status_method=found.status_callback_method,
    )


async def _own(tx: Transaction, account_sid: str, sender: str) -> Number:
    """The number that a program names as its caller."""
    if not is_e164(sender):
        raise Fault(21212)
    number = await tx.numbers.by_number(sender)
    if number is None or number.account_sid != account_sid:
        raise Fault(21210)
    if number.kind != NumberKind.PHONE or not number.capabilities & Capability.VOICE:
        raise Fault(21212, "the number carries no calls")
    return number
