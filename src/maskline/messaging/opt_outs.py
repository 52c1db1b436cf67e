"""The list of opt-outs, as programs and operators keep it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Number
from maskline.model.opt_out import OptOut, OptOutScope, OptOutSource
from maskline.model.page import Page, PageRequest
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import canonical
from maskline.store.contract import Transaction
from maskline.store.repositories.opt_outs import OptOutFilter

#: As many items as Twilio takes in one request.
_ITEMS: Final = 25
_MAX_ID: Final = 64


class ConsentSource(StrEnum):
    """How a person told the program."""

    WEBSITE = "website"
    OFFLINE = "offline"
    OPT_IN_MESSAGE = "opt-in-message"
    OPT_OUT_MESSAGE = "opt-out-message"
    OTHERS = "others"


class ConsentStatus(StrEnum):
    """What they told it."""

    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"


class Sender(msgspec.Struct, frozen=True):
    """What an opt-out is from: a number, with the services that it is in, or the SID of a service
    for all its numbers."""

    account_sid: str
    name: str
    number: Number | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What became of an item of a bulk request; `error_code` 0 is success."""

    correlation_id: str
    error_code: int
    error_messages: tuple[str, ...] = ()


def new_opt_out(
    env: Env,
    sender: Sender,
    person: str,
    source: OptOutSource,
    detail: str,
    *,
    date_of_consent: int | None = None,
    date_replied: int | None = None,
) -> OptOut:
    """A person's opt-out from a sender, given now if no time is named."""
    now = env.clock()
    number = sender.number
    return OptOut(
        sid=env.sids.new(sids.OPT_OUT),
        account_sid=sender.account_sid,
        sender=sender.name,
        identifier=person,
        service_sid=None if number is None else number.service_sid,
        messaging_service_sid=None if number is None else number.messaging_service_sid,
        source=source.value,
        detail=detail,
        date_of_consent=now if date_of_consent is None else date_of_consent,
        date_replied=date_replied,
        date_created=now,
    )


async def sender_of(tx: Transaction, account_sid: str, name: str) -> Sender | None:
    """The account's sender of that name: a number, or a Proxy or Messaging Service's SID."""
    found: object | None = None
    if sids.is_sid(name, sids.SERVICE):
        found = await tx.services.get(name, account_sid)
    elif sids.is_sid(name, sids.MESSAGING_SERVICE):
        found = await tx.messaging_services.get(name, account_sid)
    else:
        number = await tx.numbers.by_number(name)
        if number is not None and number.account_sid == account_sid:
            return Sender(account_sid, number.number, number)
    return None if found is None else Sender(account_sid, name)


async def create(
    env: Env,
    tx: Transaction,
    account_sid: str,
    form: Form,
    by: OptOutSource = OptOutSource.API,
) -> tuple[OptOut, bool]:
    """An opt-out for a person that a program, or whoever it is `by`, was told of, and whether it is
    new: one that is there already stays as it is."""
    person = _person(form, "ContactId")
    sender = await _sender(tx, account_sid, form, "SenderId")
    source = form.choice("Source", ConsentSource) or ConsentSource.OTHERS
    consent = _past(env, form, "DateOfConsent")
    return await add(
        tx, new_opt_out(env, sender, person, by, source.value, date_of_consent=consent)
    )


async def add(tx: Transaction, opt_out: OptOut) -> tuple[OptOut, bool]:
    """Adds an opt-out unless the person has opted out from the sender already: the one that holds,
    and whether it is new."""
    if await tx.opt_outs.add(opt_out):
        return opt_out, True
    held = await tx.opt_outs.of(opt_out.account_sid, opt_out.sender, opt_out.identifier)
    assert held is not None
    return held, False


async def find(tx: Transaction, account_sid: str, sid: str) -> OptOut:
    """The account's opt-out with that SID. Raises 20404."""
    opt_out = await tx.opt_outs.get(sid, account_sid)
    if opt_out is None:
        raise not_found("OptOut")
    return opt_out


async def remove(tx: Transaction, account_sid: str, sid: str) -> None:
    """Takes one off the list. Raises 20404."""
    if not await tx.opt_outs.delete(sid, account_sid):
        raise not_found("OptOut")


async def page(
    tx: Transaction, account_sid: str, query: Form, request: PageRequest
) -> Page[OptOut]:
    """The account's opt-outs that fit a list's filters."""
    narrow = OptOutFilter(
        sender=query.text("SenderId", 255) or "",
        identifier=canonical(query.text("ContactId", 255) or ""),
        source=query.choice("Source", OptOutSource) or "",
        not_before=query.moment("StartDate") or 0,
        before=query.moment("EndDate") or 0,
    )
    return await tx.opt_outs.page(account_sid, narrow, request)


async def consent(env: Env, tx: Transaction, account_sid: str, form: Form) -> list[Outcome]:
    """Carries out a bulk request's items in order, each by itself: what one lacks keeps no other
    from being done. Raises the form's fault for a request that holds no items or too many."""
    items = form.many("Items")
    if not 1 <= len(items) <= _ITEMS:
        raise form.wrong("Items", f"must be 1 to {_ITEMS} objects")
    return [await _item(env, tx, account_sid, form, item) for item in items]


async def _item(env: Env, tx: Transaction, account_sid: str, form: Form, text: str) -> Outcome:
    try:
        fields: dict[str, Any] = msgspec.json.decode(text, type=dict[str, str | None])
    except msgspec.DecodeError:
        return Outcome("", 20001, ("Items must be objects whose values are texts",))
    item = form.over({name: [value] for name, value in fields.items() if value})
    try:
        correlation = item.text("correlation_id", _MAX_ID) or ""
    except Fault as fault:
        return Outcome("", fault.code, (fault.message,))
    try:
        person = _person(item, "contact_id")
        sender = await _sender(tx, account_sid, item, "sender_id")
        status = item.choice("status", ConsentStatus)
        if status is None:
            raise item.wrong("status", "is required")
        source = item.choice("source", ConsentSource) or ConsentSource.OTHERS
        given = _past(env, item, "date_of_consent")
    except Fault as fault:
        return Outcome(correlation, fault.code, (fault.message,))
    if status is ConsentStatus.OPT_OUT:
        api = OptOutSource.API
        await add(tx, new_opt_out(env, sender, person, api, source.value, date_of_consent=given))
    else:
        await end(env, tx, sender, person)
    return Outcome(correlation, 0)


async def end(env: Env, tx: Transaction, sender: Sender, person: str) -> bool:
    """A person is to get a sender's messages again: as far as an opt-in word to a number reaches,
    or a whole service's. False when nothing kept them."""
    if sender.number is not None:
        return await tx.opt_outs.end(sender.number, person, scope_for(env, sender.number))
    held = await tx.opt_outs.of(sender.account_sid, sender.name, person)
    return held is not None and await tx.opt_outs.delete(held.sid, held.account_sid)


def scope_for(env: Env, number: Number) -> OptOutScope:
    """What an opt-out from a number holds for: the settings' scope, and all of a Messaging Service
    that has opt-out lists of its own."""
    return "messaging_service" if number.advanced_opt_out else env.settings.optout.scope


def _person(form: Form, name: str) -> str:
    text = form.text(name, 255, required=True)
    if text is None or not is_e164(text):
        raise form.wrong(name, "must be a phone number such as +14155550100")
    return canonical(text)


async def _sender(tx: Transaction, account_sid: str, form: Form, name: str) -> Sender:
    text = form.text(name, 255, required=True)
    sender = None if text is None else await sender_of(tx, account_sid, text)
    if sender is None:
        raise form.wrong(name, "must be one of the account's numbers, or the SID of a service")
    return sender


def _past(env: Env, form: Form, name: str) -> int | None:
    moment = form.moment(name)
    if moment is not None and moment > env.clock():
        raise form.wrong(name, "is in the future")
    return moment
