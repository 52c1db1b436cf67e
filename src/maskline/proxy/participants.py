"""Participants: add, fetch, remove."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.clock import SECOND
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Number
from maskline.model.page import Page, PageRequest
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import Mode, Session
from maskline.numbers.e164 import Validity, check, is_channel_address, is_e164
from maskline.numbers.national import canonical
from maskline.numbers.withheld import is_withheld
from maskline.proxy import pairs
from maskline.proxy.assignment import choose, choose_both
from maskline.store.contract import Transaction

MAX_PARTICIPANTS: Final = 2


class Candidate(msgspec.Struct, frozen=True):
    """A participant to be: whom to add, and the number they were promised, if any."""

    identifier: str
    friendly_name: str | None = None
    proxy_identifier: str | None = None
    proxy_identifier_sid: str | None = None

    @property
    def chooses(self) -> bool:
        """Whether the caller names the number."""
        return self.proxy_identifier is not None or self.proxy_identifier_sid is not None


def candidate(form: Form) -> Candidate:
    """Reads one from a form."""
    identifier = form.text("Identifier", 191, required=True)
    assert identifier is not None
    return Candidate(
        identifier=identifier,
        friendly_name=form.text("FriendlyName", 255),
        proxy_identifier=form.text("ProxyIdentifier", 255),
        proxy_identifier_sid=form.text("ProxyIdentifierSid", 255),
    )


def fails_on_conflict(form: Form) -> bool:
    """Whether a pair that is active elsewhere is to be refused even where conflicts are allowed."""
    return form.boolean("FailOnParticipantConflict") or False


async def add(
    env: Env,
    tx: Transaction,
    service: Service,
    session: Session,
    wanted: Candidate,
    *,
    fail: bool = False,
) -> Participant:
    """Adds one person to an active session. Raises what `add_all` raises."""
    return (await add_all(env, tx, service, session, [wanted], fail=fail))[0]


async def add_all(
    env: Env,
    tx: Transaction,
    service: Service,
    session: Session,
    wanted: list[Candidate],
    *,
    fail: bool = False,
    is_new: bool = False,
) -> list[Participant]:
    """Adds people to an active session, all or none. `fail` refuses what the account's switch would
    allow: a pair that is active in another session. One that `is_new` has nobody yet.

    Raises 80607 for a session that is closed or over, 80609 for a third person, 80103 and 80612 for
    one who is, or was, in the session, 80404 and 80616 for identifiers, 80604 to 80606 for a named
    number, 80623 for one that was taken at the same moment, and 80201 to 80208 where none fits.
    """
    if not session.is_active or session.is_over(env.clock()):
        raise Fault(80607)
    present = [] if is_new else await tx.participants.of_session(session.sid)
    live = [person for person in present if person.date_deleted is None]
    if len(live) + len(wanted) > MAX_PARTICIPANTS:
        raise Fault(80609)
    removed = {person.identifier for person in present if person.date_deleted is not None}
    taken = {person.identifier for person in live}
    wanted = [_known_by(one) for one in wanted]
    for one in wanted:
        _check_identifier(env, session, one)
        if one.identifier in taken:
            raise Fault(80103)
        if one.identifier in removed:
            raise Fault(80612)
        taken.add(one.identifier)
    numbers = await _numbers(env, tx, service, session, wanted, live)
    people = [_person(env, session, *one) for one in zip(wanted, numbers, strict=True)]
    if is_new and not any(one.chooses for one in wanted):
        await pairs.add_chosen(tx, people)
        return people
    for place, (one, person) in enumerate(zip(wanted, people, strict=True)):
        others = live + people[:place]
        await pairs.add(env, tx, person, others, named=one.chooses, fail=fail)
    return people


async def find(tx: Transaction, session: Session, sid: str) -> Participant:
    """The session's participant with that SID, removed ones too."""
    person = await tx.participants.get(sid, session.sid)
    if person is None:
        raise not_found("Participant")
    return person


async def page(
    tx: Transaction, session: Session, identifier: str | None, request: PageRequest
) -> Page[Participant]:
    """The session's participants, or the one whom that identifier means, however it is written."""
    if identifier is None:
        return await tx.participants.page(session.sid, request)
    return await tx.participants.named_page(session.sid, canonical(identifier), request)


async def remove(env: Env, tx: Transaction, session: Session, sid: str) -> Participant:
    """Removes a person for good. The record stays, so that they can't come back by mistake.

    Raises 20404 for one who was removed before.
    """
    person = await find(tx, session, sid)
    if person.date_deleted is not None:
        raise not_found("Participant")
    now = env.clock()
    if person.pair != Pair.FREE:
        people = pairs.active(await tx.participants.of_session(session.sid))
        await pairs.release(tx, person, [one for one in people if one.sid != sid], now)
    await tx.participants.remove(sid, now)
    return await find(tx, session, sid)


def _known_by(wanted: Candidate) -> Candidate:
    """The candidate with the one identifier by which the person is known, however it was given: the
    pair rule is blind to a person who has two."""
    return msgspec.structs.replace(wanted, identifier=canonical(wanted.identifier))


def _check_identifier(env: Env, session: Session, wanted: Candidate) -> None:
    identifier = wanted.identifier
    if is_withheld(identifier):
        raise Fault(80404)
    if is_e164(identifier) or not is_channel_address(identifier):
        if not check(identifier, Validity(env.settings.numbers.validity)):
            raise Fault(80404)
    elif session.mode != Mode.MESSAGE_ONLY:
        raise Fault(80616)
    elif not wanted.chooses:
        raise Fault(80304, "a channel participant needs a ProxyIdentifier")


async def _numbers(
    env: Env,
    tx: Transaction,
    service: Service,
    session: Session,
    wanted: list[Candidate],
    live: list[Participant],
) -> list[Number]:
    """A number for each: the one that was named, or the best for those whom it leaves to choose."""
    cooldown = env.settings.numbers.cooldown_seconds
    rested = env.clock() - cooldown * SECOND if cooldown else None
    if len(wanted) == MAX_PARTICIPANTS and not any(one.chooses for one in wanted):
        first, second = (one.identifier for one in wanted)
        both = await choose_both(tx, service, session.mode, first, second, rested=rested)
        return list(both)
    named = {one.identifier: await _named(tx, service, one) for one in wanted if one.chooses}
    avoid = live[0].proxy_identifier_sid if live else ""
    prefer = next(iter(named.values()), None)
    return [
        named.get(one.identifier)
        or await choose(
            tx,
            service,
            session.mode,
            one.identifier,
            avoid=avoid,
            prefer=prefer,
            rested=rested,
        )
        for one in wanted
    ]


def _person(env: Env, session: Session, wanted: Candidate, number: Number) -> Participant:
    now = env.clock()
    return Participant(
        sid=env.sids.new(sids.PARTICIPANT),
        account_sid=session.account_sid,
        service_sid=session.service_sid,
        session_sid=session.sid,
        identifier=wanted.identifier,
        friendly_name=wanted.friendly_name,
        proxy_identifier=number.number,
        proxy_identifier_sid=number.sid,
        pair=Pair.HELD,
        date_deleted=None,
        date_created=now,
        date_updated=now,
    )


async def _named(tx: Transaction, service: Service, wanted: Candidate) -> Number:
    """The number that the caller names: in the pool, reserved or not, of whatever country."""
    if wanted.proxy_identifier_sid is not None:
        number = await tx.numbers.get(wanted.proxy_identifier_sid, service.account_sid)
    else:
        assert wanted.proxy_identifier is not None
        number = await tx.numbers.by_number(wanted.proxy_identifier)
    if number is None and is_channel_address(wanted.identifier):
        raise Fault(80305 if wanted.proxy_identifier is None else 80304)
    if number is None or number.account_sid != service.account_sid:
        raise Fault(80606)
    if wanted.proxy_identifier not in (None, number.number):
        raise Fault(80402, "ProxyIdentifier and ProxyIdentifierSid name different numbers")
    if number.service_sid != service.sid:
        raise Fault(80605)
    return number
