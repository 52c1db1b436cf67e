"""Pairs: where what a person sends to their proxy number leads.

A pair (proxy number, identifier) has one holder at most, which a unique index enforces. As a rule
it is active in one session only. Where the account allows conflicts it may be active in several:
one of these participants holds the pair, the others share it. The holder is whoever the person was
last in touch with over the number: the session in which they last sent or were sent something,
or that they joined, or that was re-opened, whichever came last. When that session ends, the one
before it takes over, so that a reply always goes to whom it answers, or else to the last before.
"""

from __future__ import annotations

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.model.number import Number
from maskline.model.participant import Pair, Participant
from maskline.model.session import Session
from maskline.proxy.switches import is_on
from maskline.store.contract import Conflict, Transaction


class TakenMeanwhile(Fault, Conflict):
    """A number that was chosen as free was taken by a request at the same time, so that trying
    again will find another."""


async def add(
    env: Env,
    tx: Transaction,
    person: Participant,
    others: list[Participant],
    *,
    named: bool,
    fail: bool,
) -> None:
    """Adds a participant who holds their pair; `named` says that it was asked for, not chosen.
    `others` are those of the same session.

    Raises TakenMeanwhile for a number that was chosen, and 80604 for one that was named, when it
    serves the person elsewhere and may not, which `fail` asks for.
    """
    added = await tx.participants.add(person)
    if not added:
        if not named:
            raise TakenMeanwhile(80623)
        await _check_conflict(tx, person.account_sid, fail=fail)
        await _report(env, tx, 80802, person, person.sid)
    while not added:
        # More than once only where another process names the same pair at the same time.
        await tx.participants.yield_pair(
            person.proxy_identifier, person.identifier, person.date_created
        )
        added = await tx.participants.add(person)
    await _take(tx, person, person.date_created, others)


async def add_chosen(tx: Transaction, people: list[Participant]) -> None:
    """Adds the first participants of a session, whose numbers were chosen and who hold their pairs.
    Raises TakenMeanwhile, by the end of the transaction."""
    await tx.participants.add_many(people, taken=TakenMeanwhile(80623))
    await tx.affinities.take_many(
        (one.service_sid, one.identifier, one.proxy_identifier_sid, one.date_created)
        for one in people
    )
    for place, person in enumerate(people):
        if not _shares_number(person, people[:place]):
            await tx.numbers.use(person.proxy_identifier_sid, 1)


async def hold_all(env: Env, tx: Transaction, session: Session, *, fail: bool) -> None:
    """Takes the pairs of a session that is re-opened.

    Raises 80605 when a number has left the Service's pool since the session was closed, and 80604
    when a pair is active elsewhere and may not be, which `fail` asks for.
    """
    now = env.clock()
    held: list[Participant] = []
    conflict = False
    for person in await tx.participants.of_session(session.sid):
        if person.date_deleted is not None:
            continue
        number = await tx.numbers.get(person.proxy_identifier_sid, session.account_sid)
        if number is None or number.service_sid != session.service_sid:
            raise Fault(80605)
        if await tx.participants.holder(person.proxy_identifier, person.identifier):
            if not conflict:
                await _check_conflict(tx, session.account_sid, fail=fail)
            conflict = True
            await tx.participants.yield_pair(person.proxy_identifier, person.identifier, now)
        await tx.participants.set_pair(person.sid, Pair.HELD, now)
        await _take(tx, person, now, held)
        held.append(person)
    if conflict:
        await _report(env, tx, 80801, session, session.sid)


async def claim(env: Env, tx: Transaction, participant_sid: str) -> None:
    """Something passes to a participant who shares their pair: it leads to their session now."""
    person = await tx.participants.sharing(participant_sid)
    if person is not None:
        now = env.clock()
        await tx.participants.yield_pair(person.proxy_identifier, person.identifier, now)
        await tx.participants.set_pair(person.sid, Pair.HELD, now)


async def release(
    tx: Transaction, person: Participant, others: list[Participant], now: int
) -> None:
    """Frees the pair of one participant. `others` are those of the same session whose pairs stay
    active."""
    await tx.participants.set_pair(person.sid, Pair.FREE, now)
    left = await tx.affinities.release(
        person.service_sid, person.identifier, person.proxy_identifier_sid, now
    )
    if left and person.pair == Pair.HELD:
        await tx.participants.inherit_pair(person.proxy_identifier, person.identifier, now)
    if not _shares_number(person, others):
        await tx.numbers.use(person.proxy_identifier_sid, -1)


async def release_all(tx: Transaction, session_sid: str, now: int) -> None:
    """Frees every pair of a session that ends."""
    people = active(await tx.participants.of_session(session_sid))
    for place, person in enumerate(people):
        await release(tx, person, people[place + 1 :], now)


async def move(
    tx: Transaction, person: Participant, number: Number, others: list[Participant], now: int
) -> None:
    """Gives a participant, who holds their pair, another number that is free for them. `others` are
    those of the same session whose pairs are active. Raises Conflict when it is free no more."""
    await release(tx, person, others, now)
    moved = msgspec.structs.replace(
        person, proxy_identifier=number.number, proxy_identifier_sid=number.sid
    )
    if not await tx.participants.give(person.sid, number.number, number.sid, now):
        raise TakenMeanwhile(80623)
    await _take(tx, moved, now, others)


def active(people: list[Participant]) -> list[Participant]:
    """Those whose pairs are active."""
    return [person for person in people if person.pair != Pair.FREE]


async def _check_conflict(tx: Transaction, account_sid: str, *, fail: bool) -> None:
    if fail or not await is_on(tx, account_sid, Switch.ALLOW_PARTICIPANT_CONFLICT):
        raise Fault(80604)


async def _report(
    env: Env, tx: Transaction, code: int, about: Participant | Session, resource_sid: str
) -> None:
    alert = new_alert(env, code, about.account_sid, about.service_sid, resource_sid)
    await raise_alerts(env, tx, [alert])


async def _take(tx: Transaction, person: Participant, now: int, others: list[Participant]) -> None:
    await tx.affinities.take(
        person.service_sid, person.identifier, person.proxy_identifier_sid, now
    )
    if not _shares_number(person, others):
        await tx.numbers.use(person.proxy_identifier_sid, 1)


def _shares_number(person: Participant, others: list[Participant]) -> bool:
    """Whether another participant of the session keeps the number in use: it counts once."""
    return any(other.proxy_identifier_sid == person.proxy_identifier_sid for other in others)
