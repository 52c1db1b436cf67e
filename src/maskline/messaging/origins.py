"""Where messages of programs come from: a number or short code of the account, or a name that a
Messaging Service has."""

from __future__ import annotations

import msgspec

from maskline.env import Env
from maskline.messaging import replies, sender_choice
from maskline.messaging.media_links import carries_media
from maskline.messaging.sender_choice import Candidate, SenderClass, Sticky, Wish
from maskline.model.alpha_sender import AlphaSender, is_name
from maskline.model.draft import Draft
from maskline.model.errors import Fault
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.opt_out import holds
from maskline.numbers.e164 import is_toll_free, iso_country
from maskline.numbers.overlays import together
from maskline.store.contract import Transaction


class Origin(msgspec.Struct, frozen=True):
    """A sender, and the carrier that is handed its messages. `carries_media`: whether media from it
    reach the recipient as media."""

    sender: str
    carrier: str
    messaging_service_sid: str | None
    carries_media: bool = False


async def own(
    tx: Transaction, account_sid: str, draft: Draft, service: MessagingService | None
) -> Origin:
    """The sender that a program names. Raises 21606 for one that the account does not have, 21711
    for one that is not in the Messaging Service, 21612 for one that does not reach the recipient
    or carries no media, unless the service sends links instead."""
    assert draft.sender is not None
    needs_media = bool(draft.media) and not (service is not None and service.mms_converter)
    if is_name(draft.sender):
        return await _own_name(tx, account_sid, draft, service, needs_media=needs_media)
    number = await tx.numbers.by_number(draft.sender)
    if number is None or number.account_sid != account_sid:
        raise Fault(21606)
    if not number.capabilities & Capability.SMS:
        raise Fault(21606, "the number takes no messages")
    if needs_media and not number.capabilities & Capability.MMS:
        raise Fault(21612, "the number carries no media")
    if service is not None and number.messaging_service_sid != service.sid:
        raise Fault(21711)
    country = iso_country(draft.recipient)
    if not sender_choice.reaches(_of_number(number, 0), Wish(country)):
        raise Fault(21612, "the sender's messages don't reach that country")
    return _from_number(number, country)


async def _own_name(
    tx: Transaction,
    account_sid: str,
    draft: Draft,
    service: MessagingService | None,
    *,
    needs_media: bool,
) -> Origin:
    assert draft.sender is not None
    names = await tx.messaging_services.named(account_sid, draft.sender)
    if not names:
        raise Fault(21606)
    if service is not None:
        names = [one for one in names if one.messaging_service_sid == service.sid]
        if not names:
            raise Fault(21711)
    if needs_media:
        raise Fault(21612, "a name carries no media")
    wish = Wish(iso_country(draft.recipient))
    for name in names:
        if sender_choice.reaches(_of_name(name, 0), wish):
            carrier = await _carrier(tx, name)
            if carrier is not None:
                return Origin(name.alpha_sender, carrier, name.messaging_service_sid)
    raise Fault(21612, "names don't reach that country, or no carrier takes this one")


async def _carrier(tx: Transaction, name: AlphaSender) -> str | None:
    """The carrier of a name: its own, else that of most of the service's numbers; null where there
    is neither."""
    if name.carrier:
        return name.carrier
    pool = await tx.sending.pool(name.messaging_service_sid)
    return _usual_carrier([number for number, _ in pool])


def _usual_carrier(numbers: list[Number]) -> str | None:
    carriers = [number.carrier for number in numbers]
    return min(set(carriers), key=lambda one: (-carriers.count(one), one), default=None)


async def choose(
    env: Env, tx: Transaction, draft: Draft, service: MessagingService
) -> Origin | None:
    """The Messaging Service's sender for a message: the one that is named, or the best; null when
    none reaches the recipient."""
    numbers = await tx.sending.pool(service.sid)
    country = iso_country(draft.recipient)
    if draft.sender is not None and not is_name(draft.sender):
        pinned = next((one for one, _ in numbers if one.number == draft.sender), None)
        return None if pinned is None else _from_number(pinned, country)
    candidates = [
        _of_number(number, used_at)
        for number, used_at in numbers
        if number.capabilities & Capability.SMS
    ]
    named: dict[str, Origin] = {}
    usual = _usual_carrier([number for number, _ in numbers])
    for name, used_at in await tx.sending.names(service.sid):
        carrier = name.carrier or usual
        if carrier is not None:
            candidates.append(_of_name(name, used_at))
            named[name.sid] = Origin(name.alpha_sender, carrier, service.sid)
    if draft.sender is not None:
        candidates = [one for one in candidates if one.sender == draft.sender]
    # Where media can't arrive as media, the converter sends text, and any sender will do.
    needs_media = bool(draft.media) and not (
        service.mms_converter and not any(carries_media(number, country) for number, _ in numbers)
    )
    wish = _wish(draft, service, country, needs_media=needs_media)
    now = env.clock()

    def origin(sid: str) -> Origin:
        number = next((one for one, _ in numbers if one.sid == sid), None)
        return named[sid] if number is None else _from_number(number, country)

    while True:
        kept = await tx.sending.sticky(service.sid, draft.recipient)
        sticky = Sticky(*kept) if kept is not None and service.sticky_sender else None
        found = sender_choice.choose(candidates, wish, sticky, now)
        if found is None:
            return None
        if draft.sender is not None:
            return origin(found.sid)
        # Where another transaction gave the person a sender at this moment, that one counts.
        before = None if kept is None else kept[0]
        if await tx.sending.keep(service.sid, draft.recipient, found.sid, now, before):
            await tx.sending.use(found.sid, sender_choice.next_use(candidates, now))
            return origin(found.sid)


async def is_stopped(
    env: Env, tx: Transaction, account_sid: str, origin: Origin, person: str
) -> bool:
    """Whether the person wants nothing from that sender. Nobody can answer a name with STOP: what
    holds for its Messaging Service holds for it."""
    if not is_name(origin.sender):
        return await replies.is_stopped(env, tx, origin.sender, person)
    reach = await tx.opt_outs.reach_of_name(account_sid, origin.sender, person)
    return holds(reach, env.settings.optout.scope)


def _from_number(number: Number, country: str) -> Origin:
    return Origin(
        number.number,
        number.carrier,
        number.messaging_service_sid,
        carries_media(number, country),
    )


def _of_number(number: Number, used_at: int) -> Candidate:
    kind = SenderClass.LONG_CODE
    if number.kind == NumberKind.SHORT_CODE:
        kind = SenderClass.SHORT_CODE
    elif is_toll_free(number.number):
        kind = SenderClass.TOLL_FREE
    return Candidate(
        sid=number.sid,
        sender=number.number,
        kind=kind,
        country=number.iso_country,
        area=number.area_code,
        takes_media=bool(number.capabilities & Capability.MMS),
        used_at=used_at,
    )


def _of_name(name: AlphaSender, used_at: int) -> Candidate:
    return Candidate(
        sid=name.sid,
        sender=name.alpha_sender,
        kind=SenderClass.ALPHA,
        country=name.iso_country,
        area="",
        takes_media=False,
        used_at=used_at,
    )


def _wish(draft: Draft, service: MessagingService, country: str, *, needs_media: bool) -> Wish:
    areas: frozenset[str] = frozenset()
    if service.area_code_geomatch and draft.recipient.startswith("+1"):
        areas = together(draft.recipient[2:5])
    return Wish(country, areas, needs_media=needs_media)
