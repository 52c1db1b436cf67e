"""The pair rule under many requests at once, through the rules themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maskline.env import Env
from maskline.model.account import Account
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from maskline.model.session import ClosedReason, Session
from maskline.proxy import sessions
from maskline.settings import Settings
from maskline.store.contract import Store
from tests.support.memory import form
from tests.support.records import Records

HUB = "+14155550100"
SIZE = 12


async def test_one_person_in_as_many_sessions_as_there_are_numbers(
    store: Store, records: Records, db: Any, account: Account
) -> None:
    env = Env(records.clock, records.sids, Settings())
    service = records.service(account.sid)
    await db.services.add(service)
    for _ in range(SIZE):
        number = records.number(account.sid)
        await db.numbers.add(number)
        await db.numbers.join(number.sid, service.sid, False, 1)

    async def create(partner: str) -> Session | int:
        people = [msgspec.json.encode({"Identifier": one}).decode() for one in (HUB, partner)]
        params = form({"Participants": people})
        while True:
            try:
                return await store.transact(lambda tx: sessions.create(env, tx, service, params))
            except Fault as fault:
                # Another process took the number between the choice and the insert: try again.
                if fault.code != 80623:
                    return fault.code

    partners = [f"+1212555{place:04d}" for place in range(1200, 1200 + 3 * SIZE)]
    first = await asyncio.gather(*(create(partner) for partner in partners))
    made = [one for one in first if isinstance(one, Session)]
    assert len(made) == SIZE
    assert {one for one in first if isinstance(one, int)} == {80208}
    pool = (await db.numbers.pool(service.sid, "phone", PageRequest(size=100))).records
    assert [number.in_use for number in pool] == [1] * SIZE

    async def close(session: Session) -> object:
        return await store.transact(lambda tx: sessions.close(env, tx, session, ClosedReason.API))

    await asyncio.gather(*(close(session) for session in made[:5]))
    again = await asyncio.gather(*(create(partner) for partner in partners[:SIZE]))
    assert sum(isinstance(one, Session) for one in again) == 5
    held = [await db.participants.holder(number.number, HUB) for number in pool]
    assert len({person.session_sid for person in held}) == SIZE
