"""The senders of a Messaging Service: phone numbers and short codes of the account."""

from __future__ import annotations

from maskline.a2p import binding, pooling
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Transaction


async def add(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, kind: NumberKind, form: Form
) -> Number:
    """Puts one of the account's numbers into the service, be it in a Proxy Service's pool or not.

    Raises 21701 for a service and 20404 for a number that the account does not have, 21421 for
    what is no SID of one, 21710 when the number is in this service, 21712 when it is in another,
    21715 when it takes neither texts nor media, 21714 when the service is full.
    """
    await _must_be(tx, account_sid, service_sid)
    number = await _wanted(tx, account_sid, kind, form)
    if number.messaging_service_sid == service_sid:
        raise Fault(21710)
    if number.messaging_service_sid is not None:
        raise Fault(21712)
    if not number.capabilities & (Capability.SMS | Capability.MMS):
        raise Fault(21715)
    limit = env.settings.limits.messaging_service_numbers
    if await tx.messaging_services.count(service_sid) >= limit:
        raise Fault(21714, f"at most {limit} phone numbers and short codes")
    await tx.messaging_services.join(number.sid, service_sid, env.clock())
    await binding.join(env, tx, number, service_sid)
    await pooling.joined(env, tx, service_sid)
    return await find(tx, account_sid, service_sid, kind, number.sid)


async def find(
    tx: Transaction, account_sid: str, service_sid: str, kind: NumberKind, sid: str
) -> Number:
    """The service's number with that SID. Raises 21701 or 20404."""
    await _must_be(tx, account_sid, service_sid)
    number = await tx.messaging_services.sender(sid, service_sid, kind)
    if number is None:
        raise _missing(kind)
    return number


async def page(
    tx: Transaction, account_sid: str, service_sid: str, kind: NumberKind, request: PageRequest
) -> Page[Number]:
    """The service's numbers of a kind. Raises 21701."""
    await _must_be(tx, account_sid, service_sid)
    return await tx.messaging_services.senders(service_sid, kind, request)


async def remove(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, kind: NumberKind, sid: str
) -> None:
    """Takes a number out of the service; it stays the account's. Raises 21701 or 20404."""
    number = await find(tx, account_sid, service_sid, kind, sid)
    await binding.leave(env, tx, number)
    await tx.messaging_services.leave(number.sid)


async def _must_be(tx: Transaction, account_sid: str, service_sid: str) -> None:
    if await tx.messaging_services.get(service_sid, account_sid) is None:
        raise Fault(21701)


async def _wanted(tx: Transaction, account_sid: str, kind: NumberKind, form: Form) -> Number:
    parameter, prefix = (
        ("PhoneNumberSid", sids.PHONE_NUMBER)
        if kind is NumberKind.PHONE
        else ("ShortCodeSid", sids.SHORT_CODE)
    )
    sid = form.text(parameter, 255, required=True)
    assert sid is not None
    if not sids.is_sid(sid, prefix):
        raise Fault(21421, f"{parameter} must be a SID that starts with {prefix}")
    number = await tx.numbers.get(sid, account_sid)
    if number is None or number.kind != kind:
        raise _missing(kind)
    return number


def _missing(kind: NumberKind) -> Fault:
    return not_found("PhoneNumber" if kind is NumberKind.PHONE else "ShortCode")
