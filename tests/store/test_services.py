from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.page import PageRequest
from maskline.model.service import Service
from tests.support.records import Records


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    service = records.service(
        account.sid,
        unique_name="ride ✈",
        chat_instance_sid="IS" + "0" * 32,
        callback_url="https://a.example/cb",
        intercept_callback_url="https://a.example/icb",
        out_of_session_callback_url="https://a.example/oos",
        default_ttl=3600,
        geo_match_level="area-code",
        number_selection_behavior="avoid-sticky",
    )
    assert await db.services.add(service)
    assert await db.services.get(service.sid, account.sid) == service
    assert await db.services.by_name(account.sid, "ride ✈") == service


async def test_another_account_sees_nothing_of_it(
    db: Any, records: Records, service: Service
) -> None:
    other = records.sids.new("AC")
    assert await db.services.get(service.sid, other) is None
    assert await db.services.by_name(other, service.unique_name) is None


async def test_a_name_is_unique_within_its_account(
    db: Any, records: Records, service: Service
) -> None:
    twin = records.service(service.account_sid, unique_name=service.unique_name)
    assert not await db.services.add(twin)
    assert await db.services.get(twin.sid, service.account_sid) is None
    stranger = records.service(records.sids.new("AC"), unique_name=service.unique_name)
    assert await db.services.add(stranger)


async def test_update(db: Any, records: Records, service: Service) -> None:
    changed = msgspec.structs.replace(
        service,
        unique_name="changed",
        chat_instance_sid="IS" + "1" * 32,
        callback_url="https://b.example/",
        intercept_callback_url="https://b.example/i",
        out_of_session_callback_url="https://b.example/o",
        default_ttl=1,
        geo_match_level="overlay",
        number_selection_behavior="avoid-sticky",
        date_updated=8,
    )
    await db.services.update(changed)
    assert await db.services.get(service.sid, service.account_sid) == changed


async def test_delete_takes_all_of_it_and_nothing_else(
    db: Any, records: Records, service: Service
) -> None:
    other = records.service(service.account_sid)
    await db.services.add(other)
    kept = []
    gone = []
    for place, one in enumerate((service, other)):
        number = records.number(service.account_sid)
        session = records.session(one)
        person = records.participant(session, "+14155550100", number)
        interaction = records.interaction(session)
        await db.numbers.add(number)
        await db.numbers.join(number.sid, one.sid, True, 5)
        await db.numbers.use(number.sid, 1)
        await db.sessions.add(session)
        await db.participants.add(person)
        await db.affinities.take(one.sid, person.identifier, number.sid, 5)
        await db.interactions.add_many([interaction])
        (kept if place else gone).extend([number, session, person, interaction])

    await db.services.delete(service, 9)

    number, session, person, interaction = gone
    assert await db.services.get(service.sid, service.account_sid) is None
    assert await db.sessions.get(session.sid, service.sid) is None
    assert await db.participants.get(person.sid, session.sid) is None
    assert await db.participants.holder(number.number, person.identifier) is None
    assert await db.interactions.by_sid(interaction.sid) is None
    assert await db.affinities.active(service.sid, person.identifier, number.sid) is None
    assert await db.numbers.get(number.sid, service.account_sid) == number
    assert await db.numbers.join(number.sid, other.sid, False, 10)

    number, session, person, interaction = kept
    assert await db.services.get(other.sid, service.account_sid) == other
    found = await db.sessions.get(session.sid, other.sid)
    assert found == msgspec.structs.replace(session, date_last_interaction=interaction.date_created)
    assert await db.participants.get(person.sid, session.sid) == person
    assert await db.interactions.by_sid(interaction.sid) == interaction
    assert await db.affinities.active(other.sid, person.identifier, number.sid) == 1
    found = await db.numbers.pool(other.sid, "phone", PageRequest())
    assert {one.sid for one in found.records} == {number.sid, gone[0].sid}


async def test_a_deleted_service_is_remembered_for_its_account(
    db: Any, records: Records, service: Service
) -> None:
    assert not await db.services.was_deleted(service.sid, service.account_sid)
    await db.services.delete(service, 9)
    assert await db.services.was_deleted(service.sid, service.account_sid)
    assert not await db.services.was_deleted(service.sid, records.sids.new("AC"))
    again = records.service(service.account_sid, unique_name=service.unique_name)
    assert await db.services.add(again)
