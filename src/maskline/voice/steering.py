"""Live calls that programs end, or have go on with other instructions."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.call import FINAL, Call, CallDirection, CallStatus
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.job import CallDeed
from maskline.model.placed_call import PlacedCall
from maskline.model.traffic import CallEvent
from maskline.store.contract import Transaction
from maskline.voice.events import progress
from maskline.voice.placing import CallOptions, order
from maskline.voice.wishes import LONGEST_TALK, method_of, twiml_of, url_of

_TALKING: Final = CallStatus.IN_PROGRESS.value
_DIALLED: Final = CallDirection.OUTBOUND_DIAL.value


class Wanted(StrEnum):
    """The states that a program may put a call into."""

    CANCELED = "canceled"
    COMPLETED = "completed"


async def update(
    env: Env, tx: Transaction, account_sid: str, sid: str, form: Form, call_options: CallOptions
) -> Call:
    """Ends a call (`Status`), at once or after a while (`TimeLimit`, counted from the answer), or
    has it go on elsewhere (`Url`, `Twiml`). The carrier does it a moment later: what is returned is
    the call as it is now, but for one that it was not asked for yet, which is cancelled at once.

    Raises 20404 for none of the account's, 21220 for one that is over, or not answered where that
    is needed, and for one whose carrier takes no such orders, 20001 for a wrong form.
    """
    call = await tx.calls.get(sid, account_sid)
    if call is None:
        raise not_found("Call")
    wanted = form.choice("Status", Wanted)
    url = url_of(form, "Url")
    twiml = "" if url else twiml_of(form)
    limit = form.integer("TimeLimit", 1, LONGEST_TALK)
    kept = await tx.placed_calls.get(sid) or PlacedCall()
    changed = _changed(form, kept, url, twiml, limit)
    if wanted is None and changed == kept and not (url or twiml or limit):
        return call
    if call.status in FINAL:
        raise Fault(21220, f"it is {call.status}")
    if wanted is not None:
        return await _end(env, tx, call, wanted, call_options)
    if url or twiml:
        await _steer(env, tx, call, call_options)
    if limit is not None and call.status != CallStatus.QUEUED:
        _check(call, call_options)
        await tx.outbox.add_many([order(env, call, CallDeed.LIMIT)])
    await tx.placed_calls.put(sid, account_sid, changed)
    return call


async def _end(
    env: Env, tx: Transaction, call: Call, wanted: Wanted, call_options: CallOptions
) -> Call:
    if call.status == CallStatus.QUEUED:
        await progress(env, tx, [CallEvent(call.sid, CallStatus.CANCELED.value, duration=0)])
        return await tx.calls.by_sid(call.sid) or call
    if wanted is Wanted.CANCELED and call.status == _TALKING:
        raise Fault(21220, "it was answered: only completed ends it")
    _check(call, call_options)
    # It may be answered at this moment: only who asks for a cancellation lets it go on then.
    deed = CallDeed.CANCEL if wanted is Wanted.CANCELED else CallDeed.END
    await tx.outbox.add_many([order(env, call, deed)])
    return call


async def _steer(env: Env, tx: Transaction, call: Call, call_options: CallOptions) -> None:
    if call.status != _TALKING:
        raise Fault(21220, "it is not in progress: it can't be redirected")
    if call.direction == _DIALLED:
        raise Fault(21220, "a Dial rang it: redirect the call that dialled")
    _check(call, call_options)
    await tx.outbox.add_many([order(env, call, CallDeed.STEER)])


async def delete(tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes the record of a call that is over. Raises 20404 for none of the account's, 20009 for
    one that is not: nobody could follow it, or end it, any more."""
    call = await tx.calls.get(sid, account_sid)
    if call is None:
        raise not_found("Call")
    if call.status not in FINAL:
        raise Fault(20009)
    await tx.placed_calls.delete(sid)
    await tx.calls.delete(sid, account_sid)


def _check(call: Call, call_options: CallOptions) -> None:
    if call_options(call.carrier) is None:
        raise Fault(21220, "its carrier takes no orders for calls")


def _changed(form: Form, kept: PlacedCall, url: str, twiml: str, limit: int | None) -> PlacedCall:
    """The call's wishes with those that were sent."""
    changes: dict[str, object] = {}
    if url or twiml:
        changes |= {
            "url": url,
            "twiml": twiml,
            "revision": kept.revision + 1,
            "method": method_of(form, "Method"),
            "fallback_url": url_of(form, "FallbackUrl"),
            "fallback_method": method_of(form, "FallbackMethod"),
        }
    if form.has("StatusCallback"):
        changes |= {
            "status_url": url_of(form, "StatusCallback"),
            "status_method": method_of(form, "StatusCallbackMethod"),
        }
    if limit is not None:
        changes["time_limit"] = limit
    return msgspec.structs.replace(kept, **changes)
