from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.clock import iso
from maskline.model.errors import Fault
from maskline.model.number import NumberKind
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.proxy import participants, pool, services, sessions
from tests.support.memory import ALICE, BOB, CAROL, World, form

NUMBER = "+14158670001"
DAY = 86_400_000


@pytest.fixture
def service(world: World) -> Service:
    """A Service with one number."""
    service = world.add_service()
    world.add_number(NUMBER, service=service)
    return service


def create(world: World, service: Service, **params: Any) -> Session:
    """A session from exactly these parameters."""
    return world.do(sessions.create(world.env, world.tx, service, form(params)))


def update(world: World, session: Session, **params: str) -> Session:
    """The session after an update."""
    service = world.do(world.tx.services.get(session.service_sid, session.account_sid))
    assert service is not None
    return world.do(sessions.update(world.env, world.tx, service, session.sid, form(params)))


def code(act: Any, *args: Any, **params: Any) -> int:
    """The code that an act is refused with."""
    with pytest.raises(Fault) as caught:
        act(*args, **params)
    return caught.value.code


def moment(at: int) -> str:
    """A time as a parameter."""
    text = iso(at)
    assert text is not None
    return text


def test_create_with_nothing(world: World, service: Service) -> None:
    session = create(world, service)
    assert session == Session(
        sid=session.sid,
        account_sid=world.account.sid,
        service_sid=service.sid,
        unique_name=None,
        status="open",
        closed_reason=None,
        mode="voice-and-message",
        ttl=0,
        date_expiry=None,
        date_started=None,
        date_ended=None,
        date_last_interaction=None,
        expires_at=None,
        date_created=world.clock(),
        date_updated=world.clock(),
    )
    assert session.sid.startswith("KC")
    assert world.session(session) == session


def test_create_with_everything(world: World, service: Service) -> None:
    session = create(
        world,
        service,
        UniqueName="trip ✈",
        Ttl="60",
        DateExpiry=moment(world.clock() + DAY),
        Mode="message-only",
        Status="in-progress",
        FailOnParticipantConflict="true",
        Participants=[f'{{"Identifier":"{ALICE}","FriendlyName":"Alice"}}'],
    )
    stored = world.session(session)
    assert stored == session
    assert (stored.unique_name, stored.mode, stored.status) == (
        "trip ✈",
        "message-only",
        "in-progress",
    )
    assert (stored.ttl, stored.date_expiry) == (60, world.clock() + DAY)
    assert stored.expires_at == stored.date_expiry
    assert world.person(session, ALICE).friendly_name == "Alice"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"UniqueName": "a" * 192}, 80701),
        ({"Ttl": "-1"}, 80701),
        ({"Ttl": "2147483647"}, 80701),
        ({"DateExpiry": "tomorrow"}, 80701),
        ({"DateExpiry": "2024-07-04T12:00:00Z"}, 80701),
        ({"DateExpiry": "1999-01-01"}, 80701),
        ({"Mode": "video"}, 80701),
        ({"Status": "done"}, 80701),
        ({"FailOnParticipantConflict": "x"}, 80701),
        ({"Status": "closed"}, 80608),
        ({"Status": "failed"}, 80608),
        ({"Status": "unknown"}, 80608),
        ({"Participants": ["Alice"]}, 80701),
        ({"Participants": ["{"]}, 80701),
        ({"Participants": ['"text"']}, 80701),
        ({"Participants": ["[]"]}, 80701),
        ({"Participants": ["\ud800"]}, 80701),
        ({"Participants": ["{}"]}, 80701),
        ({"Participants": ['{"Identifier":5}']}, 80701),
        ({"Participants": ['{"Identifier":""}']}, 80701),
        ({"Participants": ['{"Identifier":"+15551234567"}']}, 80404),
        ({"Participants": ['{"Identifier":"+442079460958"}']}, 80203),
        ({"Participants": ['{"Identifier":"a:b"}'] * 3}, 80609),
    ],
)
def test_create_is_refused_and_leaves_nothing(
    world: World, service: Service, params: dict[str, Any], expected: int
) -> None:
    assert code(create, world, service, **params) == expected
    for table in ("sessions", "participants", "affinities"):
        assert world.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]
    assert world.number(NUMBER).in_use == 0


@pytest.mark.parametrize(
    "item",
    [
        {"Identifier": ALICE, "FriendlyName": "Alice"},
        {"identifier": ALICE, "friendly_name": "Alice"},
        {"IDENTIFIER": ALICE, "friendlyName": "Alice", "Colour": "red", "ProxyIdentifier": None},
    ],
)
def test_the_keys_of_a_participant_in_any_case(
    world: World, service: Service, item: dict[str, Any]
) -> None:
    session = create(world, service, Participants=[msgspec.json.encode(item).decode(), ""])
    (person,) = world.people(session)
    assert (person.identifier, person.friendly_name) == (ALICE, "Alice")


def test_people_are_made_in_the_order_in_which_they_were_sent(
    world: World, service: Service
) -> None:
    for order in ((ALICE, BOB), (BOB, ALICE)):
        session = world.add_session(service, *order)
        assert tuple(one.identifier for one in world.people(session)) == order
        world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))


def test_a_name_belongs_to_one_session_of_a_service(world: World, service: Service) -> None:
    first = create(world, service, UniqueName="trip")
    assert code(create, world, service, UniqueName="trip") == 80603
    update(world, first, Status="closed")
    assert code(create, world, service, UniqueName="trip") == 80603
    create(world, world.add_service(), UniqueName="trip")
    world.do(sessions.delete(world.env, world.tx, service, first.sid))
    create(world, service, UniqueName="trip")


@pytest.mark.parametrize(
    ("default_ttl", "ttl", "date", "expected"),
    [
        ("", "", False, None),
        ("0", "0", False, None),
        ("", "60", False, 60_000),
        ("30", "", False, 30_000),
        ("30", "0", False, 30_000),
        ("30", "60", False, 60_000),
        ("30", "60", True, DAY),
    ],
)
def test_when_a_session_ends(
    world: World, default_ttl: str, ttl: str, date: bool, expected: int | None
) -> None:
    service = world.add_service(DefaultTtl=default_ttl)
    date_expiry = moment(world.clock() + DAY) if date else ""
    session = create(world, service, Ttl=ttl, DateExpiry=date_expiry)
    assert session.expires_at == (None if expected is None else world.clock() + expected)


def test_fetch_by_sid_or_name(world: World, service: Service) -> None:
    session = create(world, service, UniqueName="trip")
    for key in (session.sid, "trip"):
        assert world.do(sessions.fetch(world.tx, service, key)) == session
    assert world.do(sessions.find(world.tx, service.sid, session.sid)) == session
    assert code(world.do, sessions.find(world.tx, service.sid, "trip")) == 20404


@pytest.mark.parametrize("key", ["taxi", "KC" + "0" * 32, ""])
def test_fetch_what_never_was(world: World, service: Service, key: str) -> None:
    assert code(world.do, sessions.fetch(world.tx, service, key)) == 20404


def test_another_service_s_session(world: World, service: Service) -> None:
    session = create(world, service, UniqueName="trip")
    other = world.add_service()
    for key in (session.sid, "trip"):
        assert code(world.do, sessions.fetch(world.tx, other, key)) == 20404
    for act in (
        sessions.update(world.env, world.tx, other, session.sid, form({"Status": "closed"})),
        sessions.delete(world.env, world.tx, other, session.sid),
    ):
        assert code(world.do, act) == 20404
    assert world.session(session) == session


# The status machine: from a status, with a status sent, to what or refused with which code.
MOVES = [
    ("open", None, "open"),
    ("open", "open", "open"),
    ("open", "in-progress", "in-progress"),
    ("open", "closed", "closed"),
    ("open", "failed", 80608),
    ("open", "unknown", 80608),
    ("in-progress", None, "in-progress"),
    ("in-progress", "open", 80608),
    ("in-progress", "in-progress", "in-progress"),
    ("in-progress", "closed", "closed"),
    ("in-progress", "failed", 80608),
    ("in-progress", "unknown", 80608),
    ("closed", None, 80607),
    ("closed", "open", 80608),
    ("closed", "in-progress", "in-progress"),
    ("closed", "closed", "closed"),
    ("closed", "failed", 80608),
    ("closed", "unknown", 80608),
]


def at_status(world: World, service: Service, status: str) -> Session:
    """A session with that status and two people."""
    first = "open" if status == "closed" else status
    session = world.add_session(service, ALICE, BOB, Status=first)
    return update(world, session, Status="closed") if status == "closed" else session


@pytest.mark.parametrize(("before", "sent", "expected"), MOVES)
def test_the_status_machine(
    world: World, service: Service, before: str, sent: str | None, expected: str | int
) -> None:
    session = at_status(world, service, before)
    world.clock.advance(1000)
    params = {} if sent is None else {"Status": sent}
    if isinstance(expected, int):
        assert code(update, world, session, **params) == expected
        assert world.session(session) == session
        return
    changed = update(world, session, **params)
    assert changed == world.session(session)
    assert changed.status == expected
    active = expected != "closed"
    assert world.number(NUMBER).in_use == active
    assert [one.pair for one in world.people(session)] == [active] * 2


def test_close(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB, Ttl="60")
    at = world.clock.advance(1000)
    closed = update(world, session, Status="closed", Ttl="90")
    assert closed == msgspec.structs.replace(
        session,
        status="closed",
        closed_reason="api",
        ttl=90,
        date_ended=at,
        expires_at=None,
        date_updated=at,
    )
    assert {one.date_deleted for one in world.people(session)} == {None}
    assert world.rows("SELECT active, last_used FROM affinities") == [(0, at), (0, at)]


def test_closing_a_closed_session_changes_nothing(world: World, service: Service) -> None:
    session = at_status(world, service, "closed")
    world.clock.advance(1000)
    assert update(world, session, Status="closed", Ttl="5") == session == world.session(session)


def test_reopen(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB, Ttl="60")
    before = world.people(session)
    update(world, session, Status="closed")
    at = world.clock.advance(1000)
    reopened = update(world, session, Status="in-progress")
    assert reopened == msgspec.structs.replace(
        session,
        status="in-progress",
        expires_at=at + 60_000,
        date_updated=at,
        date_reopened=at,
    )
    after = world.people(session)
    assert [msgspec.structs.replace(one, date_updated=before[0].date_updated) for one in after] == (
        before
    )
    assert world.number(NUMBER).in_use == 1


def test_a_ttl_counts_from_the_reopening_whatever_is_updated(
    world: World, service: Service
) -> None:
    session = world.add_session(service, ALICE, Ttl="60")
    update(world, session, Status="closed")
    at = world.clock.advance(120_000)
    assert update(world, session, Status="in-progress").expires_at == at + 60_000
    world.clock.advance(10_000)
    for params in ({}, {"Status": "in-progress"}, {"Ttl": "60"}):
        changed = update(world, session, **params)
        assert (changed.status, changed.expires_at) == ("in-progress", at + 60_000)


def test_an_update_without_an_end_leaves_the_end(world: World) -> None:
    """Another default of the Service counts from the next interaction on."""
    service = world.add_service(DefaultTtl="60")
    session = world.add_session(service)
    params = form({"DefaultTtl": "1"})
    world.do(services.update(world.env, world.tx, world.account.sid, service.sid, params))
    world.clock.advance(30_000)
    assert update(world, session).expires_at == session.expires_at
    assert update(world, session, Ttl="0").status == "closed"


def test_reopen_leaves_out_who_was_removed(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB)
    sid = world.person(session, BOB).sid
    world.do(participants.remove(world.env, world.tx, session, sid))
    update(world, session, Status="closed")
    update(world, session, Status="in-progress")
    assert world.person(session, ALICE).pair == 1
    assert world.person(session, BOB).pair == 0


def test_reopen_a_pair_that_is_active_elsewhere(world: World, service: Service) -> None:
    session = at_status(world, service, "closed")
    other = world.add_session(service, BOB, CAROL)
    assert code(update, world, session, Status="in-progress") == 80604
    assert [one.pair for one in world.people(session)] == [0, 0]
    assert world.number(NUMBER).in_use == 1
    update(world, other, Status="closed")
    assert update(world, session, Status="in-progress").status == "in-progress"


@pytest.mark.parametrize("where", ["nowhere", "another Service", "another account", "gone"])
def test_reopen_with_a_number_that_left_the_pool(
    world: World, service: Service, where: str
) -> None:
    session = at_status(world, service, "closed")
    number = world.number(NUMBER)
    world.do(pool.remove(world.tx, service, NumberKind.PHONE, number.sid))
    if where == "another Service":
        params = form({"PhoneNumber": NUMBER})
        other = world.add_service()
        world.do(pool.add(world.env, world.tx, other, NumberKind.PHONE, params))
    elif where != "nowhere":
        world.do(world.tx.numbers.delete(number.sid))
        if where == "another account":
            world.add_number(NUMBER, account=world.add_account())
    assert code(update, world, session, Status="in-progress") == 80605
    assert world.session(session) == session
    assert [one.pair for one in world.people(session)] == [0, 0]


def test_reopen_with_a_number_that_came_back(world: World, service: Service) -> None:
    session = at_status(world, service, "closed")
    number = world.number(NUMBER)
    world.do(pool.remove(world.tx, service, NumberKind.PHONE, number.sid))
    params = form({"PhoneNumber": NUMBER})
    world.do(pool.add(world.env, world.tx, service, NumberKind.PHONE, params))
    update(world, session, Status="in-progress")
    assert world.number(NUMBER).in_use == 1
    assert world.rows("SELECT active FROM affinities") == [(1,), (1,)]


@pytest.mark.parametrize("later", [1000, 2000])
def test_reopen_after_the_old_end(world: World, service: Service, later: int) -> None:
    session = create(world, service, DateExpiry=moment(world.clock() + 1000))
    world.clock.advance(later)
    world.do(sessions.expire(world.env, world.tx, service.sid, session.sid))
    reopened = update(world, session, Status="in-progress")
    assert (reopened.date_expiry, reopened.expires_at) == (None, None)


def test_reopen_before_the_old_end(world: World, service: Service) -> None:
    session = create(world, service, DateExpiry=moment(world.clock() + DAY))
    update(world, session, Status="closed")
    reopened = update(world, session, Status="in-progress")
    assert reopened.date_expiry == reopened.expires_at == session.date_expiry


def test_reopen_with_a_new_end(world: World, service: Service) -> None:
    session = at_status(world, service, "closed")
    later = world.clock() + DAY
    reopened = update(world, session, Status="in-progress", DateExpiry=moment(later))
    assert reopened.date_expiry == reopened.expires_at == later


def test_the_end_of_an_open_session_is_moved(world: World, service: Service) -> None:
    session = create(world, service, Ttl="60")
    started = world.clock()
    world.clock.advance(10_000)
    assert update(world, session, Ttl="90").expires_at == started + 90_000
    date = started + DAY
    moved = update(world, session, DateExpiry=moment(date))
    assert (moved.ttl, moved.date_expiry, moved.expires_at) == (90, date, date)
    assert update(world, session, Ttl="5").expires_at == date


def test_the_end_counts_from_the_last_interaction(world: World, service: Service) -> None:
    session = create(world, service, Ttl="60")
    last = world.clock.advance(30_000)
    world.rows("UPDATE sessions SET date_last_interaction = ?", last)
    world.clock.advance(5_000)
    assert update(world, session, Ttl="90").expires_at == last + 90_000


@pytest.mark.parametrize(
    "params",
    [
        {"Status": "done"},
        {"Ttl": "x"},
        {"DateExpiry": "x"},
        {"FailOnParticipantConflict": "x"},
    ],
)
@pytest.mark.parametrize("status", ["open", "closed"])
def test_update_with_a_wrong_parameter(
    world: World, service: Service, status: str, params: dict[str, str]
) -> None:
    session = at_status(world, service, status)
    assert code(update, world, session, **params) == 80701
    assert world.session(session) == session


@pytest.mark.parametrize(
    ("params", "reason"),
    [({"Ttl": "60"}, "ttl"), ({"DateExpiry": "2024-07-04T12:01:00Z"}, "date-expiry")],
)
def test_expire(world: World, service: Service, params: dict[str, str], reason: str) -> None:
    session = world.add_session(service, ALICE, **params)
    at = world.clock.advance(60_000)
    for _ in range(2):
        world.do(sessions.expire(world.env, world.tx, service.sid, session.sid))
        closed = world.session(session)
        assert (closed.status, closed.closed_reason, closed.date_ended) == ("closed", reason, at)
        world.clock.advance(1000)
    assert world.number(NUMBER).in_use == 0


def test_what_is_overdue_is_closed_unless_interactions_moved_its_end(
    world: World, service: Service
) -> None:
    over, dated, outrun = (
        world.add_session(service, **params)
        for params in ({"Ttl": "60"}, {"DateExpiry": "2024-07-04T12:01:00Z"}, {"Ttl": "60"})
    )
    world.add_session(service)
    world.clock.advance(30_000)
    late = world.records.interaction(outrun)
    world.do(world.tx.interactions.add_many([late]))
    world.clock.advance(29_999)
    assert world.do(sessions.expire_overdue(world.env, world.tx, 10)) == 0
    at = world.clock.advance(1)
    assert world.do(sessions.expire_overdue(world.env, world.tx, 1)) == 1
    assert world.do(sessions.expire_overdue(world.env, world.tx, 10)) == 2
    assert world.do(sessions.expire_overdue(world.env, world.tx, 10)) == 0
    assert [world.session(one).closed_reason for one in (over, dated)] == ["ttl", "date-expiry"]
    assert world.session(outrun).status == "open"
    assert world.session(outrun).expires_at == at + 30_000
    assert world.codes() == [80904, 80904]
    assert {alert.resource_sid for alert in world.alerts()} == {over.sid, dated.sid}
    world.clock.advance(30_000)
    assert world.do(sessions.expire_overdue(world.env, world.tx, 10)) == 1
    assert world.session(outrun).closed_reason == "ttl"


# A session whose end has come and that the clock has not closed yet: what an update makes of it.
LATE = [
    ({}, 80607),
    ({"Ttl": "90"}, 80607),
    ({"DateExpiry": "2030-01-01"}, 80607),
    ({"Status": "open"}, 80608),
    ({"Status": "closed"}, "closed"),
    ({"Status": "in-progress"}, "in-progress"),
    ({"Status": "in-progress", "DateExpiry": "2024-07-04T12:01:00Z"}, 80701),
]


@pytest.mark.parametrize(("params", "expected"), LATE)
@pytest.mark.parametrize(
    ("ends", "reason"),
    [({"Ttl": "60"}, "ttl"), ({"DateExpiry": "2024-07-04T12:01:00Z"}, "date-expiry")],
)
def test_a_session_that_is_over_counts_as_closed(
    world: World,
    service: Service,
    ends: dict[str, str],
    reason: str,
    params: dict[str, str],
    expected: str | int,
) -> None:
    session = world.add_session(service, ALICE, **ends)
    at = world.clock.advance(60_000)
    assert code(world.add_participant, service, session, BOB) == 80607
    if isinstance(expected, int):
        assert code(update, world, session, **params) == expected
        assert world.session(session) == session
        assert world.codes() == []
        return
    changed = update(world, session, **params)
    assert changed == world.session(session)
    assert changed.status == expected
    assert world.codes() == [80904]
    if expected == "closed":
        assert (changed.closed_reason, changed.date_ended) == (reason, at)
        assert world.number(NUMBER).in_use == 0
    else:
        assert (changed.closed_reason, changed.date_ended) == (None, None)
        assert changed.expires_at == (at + 60_000 if reason == "ttl" else None)
        assert world.number(NUMBER).in_use == 1


@pytest.mark.parametrize("status", [{}, {"Status": "in-progress"}])
@pytest.mark.parametrize(
    ("params", "reason"),
    [({"Ttl": "10"}, "ttl"), ({"DateExpiry": "2009-01-01"}, "date-expiry")],
)
def test_an_end_that_is_moved_into_the_past_ends_the_session_at_once(
    world: World, service: Service, params: dict[str, str], reason: str, status: dict[str, str]
) -> None:
    session = world.add_session(service, ALICE, Ttl="60")
    at = world.clock.advance(30_000)
    closed = update(world, session, **params, **status)
    assert (closed.status, closed.closed_reason, closed.date_ended) == ("closed", reason, at)
    assert world.session(session) == closed
    assert world.number(NUMBER).in_use == 0
    assert world.codes() == [80904]


@pytest.mark.parametrize("status", ["open", "closed"])
def test_delete(world: World, service: Service, status: str) -> None:
    session = at_status(world, service, status)
    interaction = world.records.interaction(session)
    world.do(world.tx.interactions.add_many([interaction]))
    world.do(sessions.delete(world.env, world.tx, service, session.sid))
    for table in ("sessions", "participants", "interactions"):
        assert world.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]
    assert world.number(NUMBER).in_use == 0
    assert world.rows("SELECT DISTINCT active FROM affinities") == [(0,)]
    delete = sessions.delete(world.env, world.tx, service, session.sid)
    assert code(world.do, delete) == 20404
