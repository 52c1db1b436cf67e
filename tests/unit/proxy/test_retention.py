from __future__ import annotations

import msgspec
import pytest

from maskline.messaging import inbound
from maskline.model.account import Switch
from maskline.model.clock import DAY
from maskline.model.errors import Fault
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage
from maskline.proxy import retention, sessions
from tests.support.memory import ALICE, BOB, CAROL, World, form

DAYS = 90


@pytest.fixture
def service(world: World) -> Service:
    """A Service with three numbers."""
    service = world.add_service()
    world.pool(service, 3)
    return service


def close(world: World, service: Service, session: Session) -> None:
    changes = form({"Status": "closed"})
    world.do(sessions.update(world.env, world.tx, service, session.sid, changes))


def over(world: World, service: Service, *people: str, **params: str) -> Session:
    """A session that was closed just now, after a message."""
    session = world.add_session(service, *(people or (ALICE, BOB)), **params)
    number = world.people(session)[0].proxy_identifier
    message = InboundMessage("simulator", world.records.sids.new("XX"), ALICE, number, "hi")
    world.do(inbound.receive(world.env, world.tx, [message]))
    close(world, service, session)
    return session


def remove(world: World, limit: int = 100) -> int:
    return world.do(retention.remove_sessions(world.env, world.tx, limit))


def left(world: World, table: str) -> int:
    (count,) = world.rows(f"SELECT COUNT(*) FROM {table}")
    return int(count[0])


@pytest.mark.covers("says:retention.sessions", "says:retention.cascade")
def test_a_closed_session_goes_when_its_days_are_over(world: World, service: Service) -> None:
    session = over(world, service, UniqueName="ride")
    world.clock.advance(DAYS * DAY)
    assert remove(world) == 0
    world.clock.advance(1)
    assert remove(world) == 1
    assert remove(world) == 0
    for name in (session.sid, "ride"):
        with pytest.raises(Fault, match="20404"):
            world.do(sessions.fetch(world.tx, service, name))
    assert [left(world, table) for table in ("sessions", "participants", "interactions")] == [0] * 3
    # The records of the core API are its program's own to delete.
    assert left(world, "messages") == 2
    world.add_session(service, UniqueName="ride")


def test_sessions_that_go_on_stay(world: World, service: Service) -> None:
    going = world.add_session(service, ALICE, BOB)
    opened = over(world, service, ALICE, CAROL)
    again = form({"Status": "in-progress"})
    world.do(sessions.update(world.env, world.tx, service, opened.sid, again))
    world.clock.advance(1000 * DAY)
    assert remove(world) == 0
    for session in (going, opened):
        assert world.session(session).is_active
    close(world, service, opened)
    world.clock.advance(DAYS * DAY + 1)
    assert remove(world) == 1


@pytest.mark.parametrize("people", [(ALICE, BOB), (ALICE,), ()])
def test_numbers_stay_in_use_as_they_are(
    world: World, service: Service, people: tuple[str, ...]
) -> None:
    gone = world.add_session(service, *people)
    close(world, service, gone)
    world.clock.advance(1)
    going = world.add_session(service, ALICE, BOB)
    before = world.rows("SELECT number, in_use FROM numbers ORDER BY number")
    world.clock.advance(DAYS * DAY)
    assert remove(world) == 1
    assert world.rows("SELECT number, in_use FROM numbers ORDER BY number") == before
    assert sum(count for _, count in before) in (1, 2)
    close(world, service, going)
    assert world.rows("SELECT SUM(in_use) FROM numbers") == [(0,)]


def test_in_parts(world: World, service: Service) -> None:
    for _ in range(5):
        over(world, service)
    world.clock.advance(DAYS * DAY + 1)
    assert [remove(world, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_account_on_legal_hold_keeps_all(world: World, service: Service) -> None:
    over(world, service)
    held = msgspec.structs.replace(world.account, switches=Switch.LEGAL_HOLD)
    world.do(world.tx.accounts.update(held))
    world.clock.advance(1000 * DAY)
    assert remove(world) == 0
    assert left(world, "interactions") == 1
    world.do(world.tx.accounts.update(msgspec.structs.replace(held, switches=0)))
    assert remove(world) == 1


@pytest.mark.parametrize(("days", "gone"), [(0, 0), (1, 1), (10, 0)])
def test_the_days_are_a_setting(world: World, service: Service, days: int, gone: int) -> None:
    world.change("retention", sessions_days=days)
    over(world, service)
    world.clock.advance(5 * DAY)
    assert remove(world) == gone
    walk = retention.AffinityWalk()
    assert world.do(walk.step(world.env, world.tx)) == 0
    assert left(world, "affinities") == (0 if gone else 2)


class TestWalk:
    def walk(self, world: World, walk: retention.AffinityWalk) -> int:
        return world.do(walk.step(world.env, world.tx))

    def known(self, world: World) -> set[str]:
        return {identifier for (identifier,) in world.rows("SELECT identifier FROM affinities")}

    def test_who_met_which_number_is_forgotten_with_the_sessions(
        self, world: World, service: Service
    ) -> None:
        over(world, service, ALICE, BOB)
        world.clock.advance(DAYS * DAY + 1)
        world.add_session(service, ALICE, CAROL)
        self.walk(world, retention.AffinityWalk())
        # Alice uses a number she has met now and, it may be, not the one she met then.
        assert self.known(world) == {ALICE, CAROL}
        assert all(active == 1 for (active,) in world.rows("SELECT active FROM affinities"))

    def test_it_takes_many_steps_and_begins_anew(
        self, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "_STEP", 2)
        for last in range(5):
            session = world.add_session(service, f"+1212555123{last}")
            if last != 2:
                close(world, service, session)
        world.clock.advance(DAYS * DAY + 1)
        walk = retention.AffinityWalk()
        assert [self.walk(world, walk) for _ in range(3)] == [2, 1, 0]
        assert self.known(world) == {"+12125551232"}
        (last,) = world.rows("SELECT session_sid FROM participants WHERE pair = 1")
        found = world.do(world.tx.sessions.get(last[0], service.sid))
        assert found is not None
        close(world, service, found)
        world.clock.advance(DAYS * DAY + 1)
        self.walk(world, walk)
        assert self.known(world) == set()

    def test_a_number_that_was_met_long_ago_is_free(self, world: World) -> None:
        """Forgetting takes nothing from anybody: the pool's bound stays."""
        service = world.add_service()
        world.pool(service, 1)
        session = world.add_session(service, ALICE)
        number = world.people(session)[0].proxy_identifier
        close(world, service, session)
        world.clock.advance(DAYS * DAY + 1)
        self.walk(world, retention.AffinityWalk())
        again = world.add_session(service, ALICE)
        assert world.people(again)[0].proxy_identifier == number


def test_a_session_that_holds_its_pairs_lets_them_go(world: World, service: Service) -> None:
    """No rule leaves one so; if it were, its numbers would be lost for good."""
    session = world.add_session(service, ALICE, BOB)
    closed = msgspec.structs.replace(
        world.session(session), status="closed", date_ended=world.clock()
    )
    world.do(world.tx.sessions.update(closed))
    world.clock.advance(DAYS * DAY + 1)
    assert remove(world) == 1
    assert world.rows("SELECT SUM(in_use) FROM numbers") == [(0,)]
    assert world.rows("SELECT SUM(active) FROM affinities") == [(0,)]
