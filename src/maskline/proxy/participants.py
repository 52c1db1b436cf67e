"""Participants: add, fetch, remove; and the pairs that they hold."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Number
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import Mode, Session
from maskline.numbers.e164 import Validity, check, is_channel_address, is_e164
from maskline.numbers.national import canonical
from maskline.numbers.withheld import is_withheld
from maskline.proxy.assignment import choose, choose_both
from maskline.store.contract import Conflict, Transaction

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


class TakenMeanwhile(Fault, Conflict):
    """A number that was chosen as free was taken by a request at the same time, so that trying
    again will find another."""


def candidate(form: Form) -> Candidate:
    """Reads one from a form."""
    form.boolean("FailOnParticipantConflict")
    identifier = form.text("Identifier", 191, required=True)
    assert identifier is not None
    return Candidate(
        identifier=identifier,
        friendly_name=form.text("FriendlyName", 255),
        proxy_identifier=form.text("ProxyIdentifier", 255),
        proxy_identifier_sid=form.text("ProxyIdentifierSid", 255),
    )


async def add(
    env: Env, tx: Transaction, service: Service, session: Session, wanted: Candidate
) -> Participant:
    """Adds one person to an active session."""
    return (await add_all(env, tx, service, session, [wanted]))[0]


async def add_all(
    env: Env,
    tx: Transaction,
    service: Service,
    session: Session,
    wanted: list[Candidate],
) -> list[Participant]:
    """Adds people to an active session, all or none.

    Raises 80607 for a closed session, 80609 for a third person, 80103 and 80612 for one who is, or
    was, in the session, 80404 and 80616 for identifiers, 80604 to 80606 for a named number, and
    80201 to 80208 where none fits.
    """
    if not session.is_active:
        raise Fault(80607)
    present = await tx.participants.of_session(session.sid)
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
    numbers = await _numbers(tx, service, session, wanted, live)
    added: list[Participant] = []
    for one, number in zip(wanted, numbers, strict=True):
        added.append(await _add_one(env, tx, session, one, number, live + added))
    return added


async def find(tx: Transaction, session: Session, sid: str) -> Participant:
    """The session's participant with that SID, removed ones too."""
    person = await tx.participants.get(sid, session.sid)
    if person is None:
        raise not_found("Participant")
    return person


async def remove(env: Env, tx: Transaction, session: Session, sid: str) -> Participant:
    """Removes a person for good. The record stays, so that they can't come back by mistake.

    Raises 20404 for one who was removed before.
    """
    person = await find(tx, session, sid)
    if person.date_deleted is not None:
        raise not_found("Participant")
    now = env.clock()
    if person.pair == Pair.HELD:
        await _let_go(tx, person, now, await _others(tx, session, person))
    await tx.participants.remove(sid, now)
    return await find(tx, session, sid)


async def release_all(tx: Transaction, session_sid: str, now: int) -> None:
    """Frees every pair of a session that ends."""
    held = [
        person
        for person in await tx.participants.of_session(session_sid)
        if person.pair == Pair.HELD
    ]
    for place, person in enumerate(held):
        await tx.participants.set_pair(person.sid, Pair.FREE, now)
        await _let_go(tx, person, now, held[place + 1 :])


async def hold_all(tx: Transaction, session: Session, now: int) -> None:
    """Takes the pairs of a session that is re-opened. Raises 80604 when one is taken, and 80605
    when a number has left the Service's pool since the session was closed."""
    held: list[Participant] = []
    for person in await tx.participants.of_session(session.sid):
        if person.date_deleted is not None:
            continue
        number = await tx.numbers.get(person.proxy_identifier_sid, session.account_sid)
        if number is None or number.service_sid != session.service_sid:
            raise Fault(80605)
        if await tx.participants.holder(person.proxy_identifier, person.identifier):
            raise Fault(80604)
        await tx.participants.set_pair(person.sid, Pair.HELD, now)
        await _take(tx, person, now, held)
        held.append(person)


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
    tx: Transaction,
    service: Service,
    session: Session,
    wanted: list[Candidate],
    live: list[Participant],
) -> list[Number]:
    """A number for each: the one that was named, or the best for those whom it leaves to choose."""
    if len(wanted) == MAX_PARTICIPANTS and not any(one.chooses for one in wanted):
        first, second = (one.identifier for one in wanted)
        return list(await choose_both(tx, service, session.mode, first, second))
    named = {one.identifier: await _named(tx, service, one) for one in wanted if one.chooses}
    avoid = live[0].proxy_identifier_sid if live else ""
    prefer = next(iter(named.values()), None)
    return [
        named.get(one.identifier)
        or await choose(tx, service, session.mode, one.identifier, avoid=avoid, prefer=prefer)
        for one in wanted
    ]


async def _add_one(
    env: Env,
    tx: Transaction,
    session: Session,
    wanted: Candidate,
    number: Number,
    others: list[Participant],
) -> Participant:
    now = env.clock()
    person = Participant(
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
    if not await tx.participants.add(person):
        # A number that was named is simply taken.
        raise Fault(80604) if wanted.chooses else TakenMeanwhile(80623)
    await _take(tx, person, now, others)
    return person


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


async def _others(tx: Transaction, session: Session, person: Participant) -> list[Participant]:
    return [
        other
        for other in await tx.participants.of_session(session.sid)
        if other.pair == Pair.HELD and other.sid != person.sid
    ]


async def _take(tx: Transaction, person: Participant, now: int, others: list[Participant]) -> None:
    await tx.affinities.take(
        person.service_sid, person.identifier, person.proxy_identifier_sid, now
    )
    if not _shares(person, others):
        await tx.numbers.use(person.proxy_identifier_sid, 1)


async def _let_go(
    tx: Transaction, person: Participant, now: int, others: list[Participant]
) -> None:
    await tx.affinities.release(
        person.service_sid, person.identifier, person.proxy_identifier_sid, now
    )
    if not _shares(person, others):
        await tx.numbers.use(person.proxy_identifier_sid, -1)


def _shares(person: Participant, others: list[Participant]) -> bool:
    """Whether another participant of the session keeps the number in use: it counts once."""
    return any(other.proxy_identifier_sid == person.proxy_identifier_sid for other in others)
