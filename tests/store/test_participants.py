from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.store.contract import Store, Transaction
from tests.support.records import Records

ALICE = "+14155550100"
BOB = "+12125551234"


async def test_add_and_get(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    person = records.participant(
        session, ALICE, records.number(service.account_sid), friendly_name="Alice"
    )
    assert await db.participants.add(person)
    assert await db.participants.get(person.sid, session.sid) == person
    assert await db.participants.get(person.sid, records.sids.new("KC")) is None
    assert await db.participants.holder(person.proxy_identifier, ALICE) == person
    assert await db.participants.holder(person.proxy_identifier, BOB) is None


async def test_all_of_a_session_oldest_first(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    number = records.number(service.account_sid)
    people = [
        records.participant(session, ALICE, number, pair=0, date_deleted=5),
        records.participant(session, BOB, number),
    ]
    for person in reversed(people):
        await db.participants.add(person)
    await db.participants.add(records.participant(records.session(service), "+14152345678", number))
    assert await db.participants.of_session(session.sid) == people


async def test_a_pair_is_held_once(db: Any, records: Records, service: Service) -> None:
    number, other = records.number(service.account_sid), records.number(service.account_sid)
    first = records.participant(records.session(service), ALICE, number)
    second = records.participant(records.session(service), ALICE, number)
    assert await db.participants.add(first)
    assert not await db.participants.add(second)
    assert await db.participants.get(second.sid, second.session_sid) is None

    for allowed in (
        records.participant(records.session(service), BOB, number),
        records.participant(records.session(service), ALICE, other),
        records.participant(records.session(service), ALICE, number, pair=0),
    ):
        assert await db.participants.add(allowed)
    assert await db.participants.holder(number.number, ALICE) == first


async def test_a_pair_can_not_be_taken_by_an_update_either(
    db: Any, records: Records, service: Service
) -> None:
    number = records.number(service.account_sid)
    holder = records.participant(records.session(service), ALICE, number)
    waiting = records.participant(records.session(service), ALICE, number, pair=0)
    await db.participants.add(holder)
    await db.participants.add(waiting)
    error = await _raised(db.participants.set_pair(waiting.sid, 1, 9))
    assert error is not None
    assert await db.participants.holder(number.number, ALICE) == holder
    assert await db.participants.get(waiting.sid, waiting.session_sid) == waiting


async def test_of_many_who_want_a_pair_at_once_one_gets_it(
    store: Store, records: Records, service: Service
) -> None:
    number = records.number(service.account_sid)
    wanted = [records.participant(records.session(service), ALICE, number) for _ in range(40)]

    def adding(person: Participant) -> Any:
        async def use_case(tx: Transaction) -> bool:
            return await tx.participants.add(person)

        return use_case

    won = await asyncio.gather(*(store.transact(adding(person)) for person in wanted))
    assert won.count(True) == 1
    holder = await store.read(lambda tx: tx.participants.holder(number.number, ALICE))
    assert holder == wanted[won.index(True)]


async def test_one_identifier_is_in_a_session_once(
    db: Any, records: Records, service: Service
) -> None:
    session = records.session(service)
    removed = records.participant(
        session, ALICE, records.number(service.account_sid), pair=0, date_deleted=5
    )
    await db.participants.add(removed)
    again = records.participant(session, ALICE, records.number(service.account_sid))
    assert await _raised(db.participants.add(again)) is not None
    assert await db.participants.of_session(session.sid) == [removed]


async def test_set_pair(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    person = records.participant(records.session(service), ALICE, number)
    await db.participants.add(person)
    for pair in (0, 1):
        await db.participants.set_pair(person.sid, pair, 7 + pair)
        changed = msgspec.structs.replace(person, pair=pair, date_updated=7 + pair)
        assert await db.participants.get(person.sid, person.session_sid) == changed
        holder = await db.participants.holder(number.number, ALICE)
        assert holder == (changed if pair else None)


async def test_remove(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    session = records.session(service)
    person, partner = (records.participant(session, one, number) for one in (ALICE, BOB))
    for one in (person, partner):
        await db.participants.add(one)
    await db.participants.remove(person.sid, 8)
    removed = msgspec.structs.replace(person, pair=0, date_deleted=8, date_updated=8)
    assert await db.participants.of_session(session.sid) == [removed, partner]
    assert await db.participants.holder(number.number, ALICE) is None
    assert await db.participants.add(records.participant(records.session(service), ALICE, number))


async def _raised(awaitable: Any) -> Exception | None:
    try:
        await awaitable
    except Exception as error:
        return error
    return None


async def test_who_last_had_a_number(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)

    def participant(**changes: Any) -> Participant:
        return records.participant(records.session(service), ALICE, number, **changes)

    old, new, held = participant(pair=Pair.FREE), participant(pair=Pair.FREE), participant()
    for one in (old, new, held):
        assert await db.participants.add(one)
    last_of = db.participants.last_of
    assert await last_of(number.number, ALICE, service.sid) == new
    assert await last_of(number.number, "+12125550000", service.sid) is None
    assert await last_of("+14150000000", ALICE, service.sid) is None
    assert await last_of(number.number, ALICE, records.sids.new("KS")) is None
