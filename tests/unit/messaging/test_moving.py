"""People are moved off a carrier that is not well, and told."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.messaging import inbound
from maskline.messaging.moving import Moves, move
from maskline.model.number import Capability
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage, Intake
from maskline.proxy import pairs
from maskline.proxy.pairs import TakenMeanwhile
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR, FAR, SPARE, OTHER = (f"+1415867000{digit}" for digit in range(1, 5))
SICK = ["sick"]


@pytest.fixture
def service(world: World) -> Service:
    """A Service with two numbers at a carrier that is not well, and one at another."""
    service = world.add_service()
    world.add_number(NEAR, service=service, carrier="sick")
    world.add_number(FAR, service=service, carrier="sick")
    world.add_number(SPARE, service=service, carrier="well")
    return service


@pytest.fixture
def session(world: World, service: Service) -> Session:
    """Alice, who dials NEAR, and Bob, who dials FAR."""
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    return session


def people(world: World, session: Session) -> dict[str, Participant]:
    found = world.do(world.tx.participants.of_session(session.sid))
    return {one.identifier: one for one in found}


def step(world: World, moves: Moves) -> int:
    return world.do(moves.step(world.env, world.tx))


def moved(world: World, session: Session, who: str, unwell: list[str] = SICK) -> bool:
    return world.do(move(world.env, world.tx, people(world, session)[who], unwell))


def in_use(world: World, *numbers: str) -> list[int]:
    return [world.number(number).in_use for number in numbers]


def test_both_get_another_number_and_are_told_by_it(
    world: World, service: Service, session: Session
) -> None:
    moves = Moves(lambda: SICK, 10)
    assert world.do(moves.is_due(world.env, world.tx))
    assert step(world, moves) == 2
    found = people(world, session)
    assert {one.proxy_identifier for one in found.values()} == {SPARE}
    assert {one.pair for one in found.values()} == {Pair.HELD}
    # The number that they share counts once.
    assert in_use(world, NEAR, FAR, SPARE) == [0, 0, 1]
    texts = {(one.sender, one.recipient, one.carrier, one.body) for one in world.relays()}
    body = world.env.settings.carriers.moved_text
    assert texts == {(SPARE, ALICE, "well", body), (SPARE, BOB, "well", body)}
    # The session goes on by the new number, and the old one leads nowhere.
    one = InboundMessage("well", "1", ALICE, SPARE, "hi")
    late = InboundMessage("sick", "2", ALICE, NEAR, "late")
    receipts = world.do(inbound.receive(world.env, world.tx, [one, late]))
    assert [receipt.intake for receipt in receipts] == [Intake.TAKEN] * 2
    assert [receipt.refused for receipt in receipts] == ["", "no-session"]
    newest = next(relay for relay in world.relays() if relay.body == "hi")
    assert (newest.sender, newest.recipient) == (SPARE, BOB)


def test_only_who_is_on_it_is_moved(world: World, service: Service) -> None:
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=SPARE)
    assert step(world, Moves(lambda: SICK, 10)) == 1
    assert {one.proxy_identifier for one in people(world, session).values()} == {SPARE}
    assert [relay.recipient for relay in world.relays()] == [ALICE]
    assert in_use(world, NEAR, SPARE) == [0, 1]


def test_they_are_moved_some_at_a_time(world: World, session: Session) -> None:
    moves = Moves(lambda: SICK, 1)
    assert [step(world, moves) for _ in range(3)] == [1, 1, 0]
    assert {one.proxy_identifier for one in people(world, session).values()} == {SPARE}


def test_who_finds_none_stays_and_is_looked_at_again_later(
    world: World, service: Service, session: Session
) -> None:
    other = world.add_session(service)
    world.add_participant(service, other, ALICE, ProxyIdentifier=SPARE)
    moves = Moves(lambda: SICK, 10)
    assert [step(world, moves) for _ in range(2)] == [2, 0]
    assert people(world, session)[ALICE].proxy_identifier == NEAR
    assert people(world, session)[BOB].proxy_identifier == SPARE
    assert not world.do(moves.is_due(world.env, world.tx))
    world.clock.advance(60_000)
    assert world.do(moves.is_due(world.env, world.tx))
    world.add_number(OTHER, service=service, carrier="well")
    assert step(world, moves) == 1
    assert people(world, session)[ALICE].proxy_identifier == OTHER


def test_while_all_are_well_nothing_is_done(world: World, session: Session) -> None:
    moves = Moves(list, 10)
    assert not world.do(moves.is_due(world.env, world.tx))
    assert step(world, moves) == 0
    assert people(world, session)[ALICE].proxy_identifier == NEAR


def test_a_number_at_another_carrier_that_is_not_well_is_none(
    world: World, session: Session
) -> None:
    assert not moved(world, session, ALICE, ["sick", "well"])
    # A carrier's name is not taken for the part of another's.
    assert moved(world, session, ALICE, ["sick", "wel", "ell"])


CHANNEL = f"UPDATE participants SET identifier = 'messenger:1' WHERE identifier = '{ALICE}'"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sessions SET status = 'closed'",
        "UPDATE sessions SET expires_at = 1, date_expiry = 1",
        "DELETE FROM sessions",
        "DELETE FROM services",
        "UPDATE participants SET pair = 0",
        CHANNEL,
        "UPDATE numbers SET is_reserved = 1",
        "UPDATE numbers SET reach = 1, capabilities = 1",
        "UPDATE numbers SET dial_class = '44'",
    ],
)
def test_who_is_not_moved(world: World, session: Session, change: str) -> None:
    person = people(world, session)[ALICE]
    world.rows(change)
    if change == CHANNEL:
        person = people(world, session)["messenger:1"]
    assert not world.do(move(world.env, world.tx, person, SICK))
    assert world.relays() == []


@pytest.mark.parametrize(
    ("level", "area", "goes"),
    [("area-code", "415", True), ("area-code", "212", False), ("country", "212", True)],
)
def test_the_geo_level_holds(world: World, level: str, area: str, goes: bool) -> None:
    service = world.add_service(GeoMatchLevel=level)
    world.add_number(NEAR, service=service, carrier="sick")
    world.add_number(f"+1{area}8670009", service=service, carrier="well")
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    assert moved(world, session, ALICE) is goes


@pytest.mark.parametrize(
    ("mode", "capabilities", "text", "told"),
    [
        ("voice-only", int(Capability.VOICE), "moved", False),
        ("voice-only", int(Capability.VOICE | Capability.SMS), "moved", True),
        ("voice-only", int(Capability.VOICE | Capability.SMS), "", False),
    ],
)
def test_who_is_told(world: World, mode: str, capabilities: int, text: str, told: bool) -> None:
    world.change("carriers", moved_text=text)
    service = world.add_service()
    world.add_number(NEAR, service=service, carrier="sick")
    world.add_number(SPARE, service=service, carrier="well", capabilities=capabilities)
    session = world.add_session(service, Mode=mode)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    assert moved(world, session, ALICE)
    assert bool(world.relays()) is told


def test_a_number_that_is_taken_meanwhile(world: World, service: Service, session: Session) -> None:
    other = world.add_session(service)
    world.add_participant(service, other, ALICE, ProxyIdentifier=SPARE)
    person = people(world, session)[ALICE]
    with pytest.raises(TakenMeanwhile):
        world.do(pairs.move(world.tx, person, world.number(SPARE), [], world.clock()))
    assert people(world, session)[ALICE] == person


def test_people_of_other_sessions_are_left_alone(world: World, service: Service) -> None:
    session: Any = world.add_session(service)
    world.add_participant(service, session, CAROL, ProxyIdentifier=SPARE)
    assert step(world, Moves(lambda: SICK, 10)) == 0
