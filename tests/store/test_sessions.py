from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.store.contract import Conflict
from maskline.store.repositories.sessions import Touch
from tests.support.records import NOON, Records


async def test_add_and_get(db: Any, records: Records, service: Service) -> None:
    session = records.session(
        service,
        unique_name="trip 1",
        status="closed",
        closed_reason="ttl",
        mode="message-only",
        ttl=60,
        date_expiry=1,
        date_started=2,
        date_ended=3,
        date_last_interaction=4,
        expires_at=5,
    )
    await db.sessions.add(session)
    assert await db.sessions.get(session.sid, service.sid) == session
    assert await db.sessions.by_name(service.sid, "trip 1") == session
    other = records.sids.new("KS")
    assert await db.sessions.get(session.sid, other) is None
    assert await db.sessions.by_name(other, "trip 1") is None


async def test_a_name_is_unique_within_its_service(
    db: Any, records: Records, service: Service
) -> None:
    await db.sessions.add(records.session(service, unique_name="trip", status="closed"))
    again = records.session(service, unique_name="trip")
    with pytest.raises(Fault, match="80603"):
        await db.sessions.add(again, Fault(80603))
    with pytest.raises(Conflict):
        await db.sessions.add(again)
    assert await db.sessions.get(again.sid, service.sid) is None
    other = records.service(service.account_sid)
    await db.sessions.add(records.session(other, unique_name="trip"))


async def test_many_sessions_have_no_name(db: Any, records: Records, service: Service) -> None:
    made = [records.session(service) for _ in range(2)]
    for session in made:
        await db.sessions.add(session)
        assert await db.sessions.get(session.sid, service.sid) == session


async def test_update(db: Any, records: Records, service: Service) -> None:
    session = records.session(service, date_last_interaction=4)
    await db.sessions.add(session)
    changed = msgspec.structs.replace(
        session,
        status="closed",
        closed_reason="api",
        ttl=9,
        date_expiry=10,
        date_started=11,
        date_ended=12,
        expires_at=13,
        date_updated=14,
    )
    await db.sessions.update(changed)
    assert await db.sessions.get(session.sid, service.sid) == changed


@pytest.mark.parametrize(("given", "expected"), [(None, 4), (3, 4), (5, 5)])
async def test_an_update_moves_the_last_interaction_only_forward(
    db: Any, records: Records, service: Service, given: int | None, expected: int
) -> None:
    session = records.session(service, date_last_interaction=4)
    await db.sessions.add(session)
    await db.sessions.update(msgspec.structs.replace(session, date_last_interaction=given))
    found = await db.sessions.get(session.sid, service.sid)
    assert found.date_last_interaction == expected


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, None),
        ({"expires_at": NOON + 60}, NOON + 67),
        ({"expires_at": NOON + 60, "date_last_interaction": NOON + 2}, NOON + 65),
        ({"expires_at": NOON + 60, "date_last_interaction": NOON - 2}, NOON + 67),
        ({"expires_at": NOON + 60, "date_expiry": NOON + 60}, NOON + 60),
    ],
)
async def test_the_newest_interaction_counts(
    db: Any, records: Records, service: Service, changes: dict[str, Any], ends: int | None
) -> None:
    session = records.session(service, unique_name="trip", **changes)
    await db.sessions.add(session)
    await db.interactions.add_many([records.interaction(session)])
    records.clock.advance(7)
    newest = records.interaction(session)
    await db.interactions.add_many([newest])
    expected = msgspec.structs.replace(
        session, date_last_interaction=NOON + 7, expires_at=ends, date_updated=NOON + 7
    )
    assert await db.sessions.get(session.sid, service.sid) == expected
    assert await db.sessions.by_name(service.sid, "trip") == expected
    assert (await db.sessions.page(service.sid, PageRequest())).records == [expected]
    assert await db.interactions.delete(newest.sid, session.sid)
    assert await db.sessions.get(session.sid, service.sid) == expected


async def test_an_older_interaction_changes_nothing(
    db: Any, records: Records, service: Service
) -> None:
    session = records.session(
        service, date_last_interaction=NOON + 1, expires_at=NOON + 60, date_updated=NOON + 9
    )
    await db.sessions.add(session)
    await db.interactions.add_many([records.interaction(session)])
    assert await db.sessions.get(session.sid, service.sid) == session
    records.clock.advance(5)
    await db.interactions.add_many([records.interaction(session)])
    found = await db.sessions.get(session.sid, service.sid)
    assert (found.date_last_interaction, found.date_updated) == (NOON + 5, NOON + 9)


@pytest.mark.parametrize("status", ["open", "in-progress"])
async def test_touch(db: Any, records: Records, service: Service, status: str) -> None:
    session, other = records.session(service, status=status), records.session(service)
    for one in (session, other):
        await db.sessions.add(one)
    await db.sessions.touch_many([Touch(session.sid, NOON + 5, NOON + 60)])
    assert await db.sessions.get(session.sid, service.sid) == msgspec.structs.replace(
        session,
        status="in-progress",
        date_started=NOON + 5,
        date_last_interaction=NOON + 5,
        expires_at=NOON + 60,
        date_updated=NOON + 5,
    )
    assert await db.sessions.get(other.sid, service.sid) == other


@pytest.mark.parametrize("order", [(10, 20), (20, 10)])
async def test_the_later_touch_wins(
    db: Any, records: Records, service: Service, order: tuple[int, int]
) -> None:
    session = records.session(service, date_started=NOON)
    await db.sessions.add(session)
    await db.sessions.touch_many(Touch(session.sid, NOON + at, NOON + at + 1000) for at in order)
    found = await db.sessions.get(session.sid, service.sid)
    assert found.date_started == NOON
    assert found.date_last_interaction == NOON + 20
    assert found.expires_at == NOON + 1020
    assert found.date_updated == NOON + 20


async def test_a_touch_may_take_away_the_end(db: Any, records: Records, service: Service) -> None:
    session = records.session(service, expires_at=NOON + 1)
    await db.sessions.add(session)
    await db.sessions.touch_many([Touch(session.sid, NOON, None)])
    assert (await db.sessions.get(session.sid, service.sid)).expires_at is None


async def test_a_closed_session_is_not_touched(db: Any, records: Records, service: Service) -> None:
    session = records.session(service, status="closed")
    await db.sessions.add(session)
    await db.sessions.touch_many([Touch(session.sid, NOON, NOON)])
    assert await db.sessions.get(session.sid, service.sid) == session


async def test_delete_takes_people_and_interactions_along(
    db: Any, records: Records, service: Service
) -> None:
    gone, kept = records.session(service, unique_name="trip"), records.session(service)
    number = records.number(service.account_sid)
    people = []
    interactions = []
    for session, identifier in ((gone, "+14155550100"), (kept, "+12125551234")):
        people.append(records.participant(session, identifier, number))
        interactions.append(records.interaction(session))
        await db.sessions.add(session)
        await db.participants.add(people[-1])
        await db.interactions.add_many(interactions[-1:])
    await db.sessions.delete(gone.sid)
    assert await db.sessions.get(gone.sid, service.sid) is None
    assert await db.participants.of_session(gone.sid) == []
    assert await db.participants.holder(number.number, "+14155550100") is None
    assert await db.interactions.by_sid(interactions[0].sid) is None
    found = await db.sessions.get(kept.sid, service.sid)
    assert found == msgspec.structs.replace(
        kept, date_last_interaction=interactions[1].date_created
    )
    assert await db.participants.of_session(kept.sid) == people[1:]
    assert await db.interactions.by_sid(interactions[1].sid) == interactions[1]
    await db.sessions.add(records.session(service, unique_name="trip"))


async def test_overdue_sessions_by_their_end(db: Any, records: Records, service: Service) -> None:
    ends = {20: None, 10: None, 31: None, None: None}
    for end in ends:
        ends[end] = records.session(service, expires_at=end)
        await db.sessions.add(ends[end])
    assert await db.sessions.overdue(30, 9) == [ends[10], ends[20]]
    assert await db.sessions.overdue(30, 1) == [ends[10]]
    assert await db.sessions.overdue(9, 9) == []
