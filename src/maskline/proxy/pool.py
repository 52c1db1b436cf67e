"""Pools: the phone numbers and short codes of a Service."""

from __future__ import annotations

import math
from typing import Final

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Number, NumberKind
from maskline.model.service import Service
from maskline.store.contract import Transaction

#: The share of its limit, in per cent, from which on a pool is nearly full.
_NEARLY_FULL: Final = 85


async def add(env: Env, tx: Transaction, service: Service, kind: NumberKind, form: Form) -> Number:
    """Puts one of the account's numbers into the pool.

    Raises 80301 or 80303 for a number that the account does not own, 80101 when it is in another
    Service, 80104 or 80105 when it is in this one, 80601 when it is in a Messaging Service that
    keeps inbound messages to itself, 80622 when the pool is full. The debugger is told 80624
    when it is nearly so.
    """
    number = await _wanted(tx, service, kind, form)
    if number.service_sid == service.sid:
        raise Fault(80104 if kind is NumberKind.PHONE else 80105)
    if number.service_sid is not None:
        raise Fault(80101)
    if number.diverted:
        # Its texts would never come to Proxy, and nobody on the line would know why.
        raise Fault(80601, "its Messaging Service does not set UseInboundWebhookOnNumber")
    reserved = form.boolean("IsReserved") or False
    await _make_room(env, tx, service, number, reserved=reserved)
    await tx.numbers.join(number.sid, service.sid, reserved, env.clock())
    return await find(tx, service, kind, number.sid)


async def find(tx: Transaction, service: Service, kind: NumberKind, sid: str) -> Number:
    """The pool's number with that SID."""
    number = await tx.numbers.in_pool(sid, service.sid, kind)
    if number is None:
        raise not_found("PhoneNumber" if kind is NumberKind.PHONE else "ShortCode")
    return number


async def update(
    env: Env, tx: Transaction, service: Service, kind: NumberKind, sid: str, form: Form
) -> Number:
    """Reserves or releases it. Sessions that use it keep it: that is how a number is drained."""
    number = await find(tx, service, kind, sid)
    reserved = form.boolean("IsReserved")
    if reserved is None or reserved == bool(number.is_reserved):
        return number
    await _make_room(env, tx, service, number, reserved=reserved)
    await tx.numbers.reserve(sid, reserved, env.clock())
    return await find(tx, service, kind, sid)


async def remove(tx: Transaction, service: Service, kind: NumberKind, sid: str) -> None:
    """Takes it out of the pool. Raises 80611 while active sessions use it."""
    number = await find(tx, service, kind, sid)
    if number.in_use:
        raise Fault(80611)
    await tx.numbers.leave(sid)


async def _wanted(tx: Transaction, service: Service, kind: NumberKind, form: Form) -> Number:
    prefix, missing = (
        (sids.PHONE_NUMBER, 80301) if kind is NumberKind.PHONE else (sids.SHORT_CODE, 80303)
    )
    sid = form.text("Sid", 255)
    text = form.text("PhoneNumber", 255) if kind is NumberKind.PHONE else None
    if sid is not None:
        if not sids.is_sid(sid, prefix):
            raise form.wrong("Sid", f"must be a SID that starts with {prefix}")
        number = await tx.numbers.get(sid, service.account_sid)
    elif text is not None:
        number = await tx.numbers.by_number(text)
    elif kind is NumberKind.PHONE:
        raise form.wrong("Sid", "or PhoneNumber is required")
    else:
        raise form.wrong("Sid", "is required")
    if number is None or number.account_sid != service.account_sid or number.kind != kind:
        raise Fault(missing)
    if sid is not None and text is not None and number.number != text:
        raise form.wrong("PhoneNumber", "is not the number of Sid: send one of the two")
    return number


async def _make_room(
    env: Env, tx: Transaction, service: Service, number: Number, *, reserved: bool
) -> None:
    """Raises 80622 when there is none for one number more, and tells the debugger when that number
    is the one with which the pool is nearly full."""
    limits = env.settings.limits
    limit = limits.reserved_numbers if reserved else limits.unreserved_numbers
    kind = "reserved" if reserved else "unreserved"
    count = await tx.numbers.count(service.sid, reserved)
    if count >= limit:
        raise Fault(80622, f"at most {limit} {kind} numbers")
    # Numbers come one by one, so a crossing is met exactly; it is told again only after the pool
    # has shrunk.
    if count + 1 == math.ceil(limit * _NEARLY_FULL / 100):
        detail = f"{count + 1} of {limit} {kind} numbers"
        alert = new_alert(env, 80624, service.account_sid, service.sid, number.sid, detail)
        await raise_alerts(env, tx, [alert])
