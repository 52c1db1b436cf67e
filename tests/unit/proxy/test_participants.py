from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.errors import Fault
from maskline.model.number import Capability
from maskline.model.participant import Participant
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.proxy import participants, sessions
from tests.support.memory import ALICE, BOB, CAROL, World, form

POOLED = "+14158670001"
RESERVED = "+14158670002"
LOOSE = "+14158670003"
STRANGE = "+14158670004"
UNKNOWN = "+14158679999"
CHANNEL = "messenger:1234567890"


@pytest.fixture
def service(world: World) -> Service:
    """A Service with two numbers, one of them reserved, and numbers that are not in its pool."""
    service = world.add_service()
    world.add_number(POOLED, service=service)
    world.add_number(RESERVED, service=service, reserved=True)
    world.add_number(LOOSE)
    world.add_number(STRANGE, account=world.add_account())
    return service


def code(act: Any, *args: Any, **params: Any) -> int:
    """The code that an act is refused with."""
    with pytest.raises(Fault) as caught:
        act(*args, **params)
    return caught.value.code


def remove(world: World, session: Session, identifier: str) -> Participant:
    """Removes a person."""
    sid = world.person(session, identifier).sid
    return world.do(participants.remove(world.env, world.tx, session, sid))


def close(world: World, session: Session) -> Session:
    """Closes a session."""
    return world.do(sessions.close(world.env, world.tx, world.session(session), ClosedReason.API))


def people(*items: dict[str, Any]) -> dict[str, list[str]]:
    """The parameter of a session's create."""
    return {"Participants": [msgspec.json.encode(item).decode() for item in items]}


def create(world: World, service: Service, *items: dict[str, Any]) -> Session:
    """A session with these people in it."""
    return world.do(sessions.create(world.env, world.tx, service, form(people(*items))))


def test_add(world: World, service: Service) -> None:
    session = world.add_session(service)
    person = world.add_participant(service, session, ALICE, FriendlyName="Alice ✈")
    number = world.number(POOLED)
    assert person == Participant(
        sid=person.sid,
        account_sid=world.account.sid,
        service_sid=service.sid,
        session_sid=session.sid,
        identifier=ALICE,
        friendly_name="Alice ✈",
        proxy_identifier=POOLED,
        proxy_identifier_sid=number.sid,
        pair=1,
        date_deleted=None,
        date_created=world.clock(),
        date_updated=world.clock(),
    )
    assert person.sid.startswith("KP")
    assert number.in_use == 1
    assert world.do(participants.find(world.tx, session, person.sid)) == person


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"Identifier": ""},
        {"Identifier": "a" * 192},
        {"Identifier": ALICE, "FriendlyName": "a" * 256},
        {"Identifier": ALICE, "ProxyIdentifier": "a" * 256},
        {"Identifier": ALICE, "ProxyIdentifierSid": "a\nb"},
    ],
)
def test_a_candidate_with_a_wrong_parameter(params: dict[str, str]) -> None:
    assert code(participants.candidate, form(params)) == 80701


def test_a_candidate_with_everything() -> None:
    params = {
        "Identifier": ALICE,
        "FriendlyName": "Alice",
        "ProxyIdentifier": POOLED,
        "ProxyIdentifierSid": "PN1",
    }
    found = participants.candidate(form(params))
    assert found == participants.Candidate(ALICE, "Alice", POOLED, "PN1")
    assert found.chooses


@pytest.mark.parametrize(
    ("validity", "identifier", "accepted"),
    [
        ("twilio", ALICE, True),
        ("twilio", "+15551234567", False),
        ("twilio", "+447700900123", True),
        ("twilio", "4155550100", False),
        ("twilio", "alice", False),
        ("twilio", "+1415555010", False),
        ("twilio", ":1", False),
        ("strict", "+447700900123", False),
        ("strict", ALICE, True),
        ("lenient", "+15551234567", True),
        ("lenient", "+1415555010", True),
        ("lenient", "+14155", False),
        ("lenient", "alice", False),
    ],
)
def test_how_closely_a_number_is_examined(
    world: World, service: Service, validity: str, identifier: str, accepted: bool
) -> None:
    world.change("numbers", validity=validity)
    world.add_number("+442079460001", service=service)
    session = world.add_session(service)
    if accepted:
        assert world.add_participant(service, session, identifier).identifier == identifier
    else:
        assert code(world.add_participant, service, session, identifier) == 80404


def test_a_channel_needs_a_message_only_session(world: World, service: Service) -> None:
    session = world.add_session(service)
    assert code(world.add_participant, service, session, CHANNEL, ProxyIdentifier=POOLED) == 80616


def test_a_channel_needs_a_number(world: World, service: Service) -> None:
    session = world.add_session(service, Mode="message-only")
    assert code(world.add_participant, service, session, CHANNEL) == 80304
    person = world.add_participant(service, session, CHANNEL, ProxyIdentifier=POOLED)
    assert (person.identifier, person.proxy_identifier) == (CHANNEL, POOLED)


@pytest.mark.parametrize("by", ["ProxyIdentifier", "ProxyIdentifierSid", "both"])
@pytest.mark.parametrize("number", [POOLED, RESERVED])
def test_a_number_that_is_named(world: World, service: Service, number: str, by: str) -> None:
    params = {"ProxyIdentifier": number, "ProxyIdentifierSid": world.number(number).sid}
    session = world.add_session(service)
    person = world.add_participant(
        service, session, ALICE, **(params if by == "both" else {by: params[by]})
    )
    assert person.proxy_identifier == number


def test_a_named_number_may_be_of_any_country(world: World, service: Service) -> None:
    session = world.add_session(service)
    person = world.add_participant(service, session, "+815012345678", ProxyIdentifier=POOLED)
    assert person.proxy_identifier == POOLED


@pytest.mark.parametrize(
    ("identifier", "params", "expected"),
    [
        (ALICE, {"ProxyIdentifier": LOOSE}, 80605),
        (ALICE, {"ProxyIdentifier": STRANGE}, 80606),
        (ALICE, {"ProxyIdentifier": UNKNOWN}, 80606),
        (ALICE, {"ProxyIdentifierSid": "PN" + "0" * 32}, 80606),
        (ALICE, {"ProxyIdentifierSid": STRANGE}, 80606),
        (CHANNEL, {"ProxyIdentifier": UNKNOWN}, 80304),
        (CHANNEL, {"ProxyIdentifierSid": "PN" + "0" * 32}, 80305),
        (CHANNEL, {"ProxyIdentifier": STRANGE}, 80606),
        (CHANNEL, {"ProxyIdentifier": LOOSE}, 80605),
    ],
)
def test_a_named_number_that_can_not_be_had(
    world: World, service: Service, identifier: str, params: dict[str, str], expected: int
) -> None:
    if params.get("ProxyIdentifierSid") == STRANGE:
        params = {"ProxyIdentifierSid": world.number(STRANGE).sid}
    session = world.add_session(service, Mode="message-only")
    assert code(world.add_participant, service, session, identifier, **params) == expected
    assert world.people(session) == []


def test_a_number_and_another_s_sid(world: World, service: Service) -> None:
    session = world.add_session(service)
    params = {"ProxyIdentifier": POOLED, "ProxyIdentifierSid": world.number(RESERVED).sid}
    assert code(world.add_participant, service, session, ALICE, **params) == 80402


def test_a_named_pair_that_is_active_elsewhere(world: World, service: Service) -> None:
    first, second = world.add_session(service, ALICE), world.add_session(service)
    named = {"ProxyIdentifier": POOLED}
    assert code(world.add_participant, service, second, ALICE, **named) == 80604
    assert world.number(POOLED).in_use == 1
    close(world, first)
    assert world.add_participant(service, second, ALICE, **named).session_sid == second.sid


@pytest.mark.covers("code:80623")
def test_a_pair_that_somebody_took_meanwhile(world: World, service: Service) -> None:
    """What another process commits between the choice and the insert; here by hand."""
    first, second = world.add_session(service, ALICE), world.add_session(service)
    world.rows("DELETE FROM affinities")
    assert code(world.add_participant, service, second, ALICE) == 80623
    assert world.people(second) == []
    assert len(world.people(first)) == 1


def test_both_name_their_numbers(world: World, service: Service) -> None:
    session = create(
        world,
        service,
        {"Identifier": ALICE, "ProxyIdentifier": RESERVED},
        {"Identifier": BOB, "ProxyIdentifier": POOLED},
    )
    assert world.person(session, ALICE).proxy_identifier == RESERVED
    assert world.person(session, BOB).proxy_identifier == POOLED


@pytest.mark.parametrize("first", [True, False])
def test_one_names_a_number_and_the_other_shares_it(
    world: World, service: Service, first: bool
) -> None:
    named = world.add_number(service=service)
    items = [{"Identifier": ALICE, "ProxyIdentifier": named.number}, {"Identifier": BOB}]
    session = create(world, service, *(items if first else items[::-1]))
    assert {one.proxy_identifier for one in world.people(session)} == {named.number}
    assert [one.identifier for one in world.people(session)] == [
        item["Identifier"] for item in (items if first else items[::-1])
    ]
    assert world.number(named.number).in_use == 1


def test_a_number_that_both_know_is_shared_when_one_names_it(
    world: World, service: Service
) -> None:
    named = world.add_number(service=service)
    for number in (named.number, POOLED):
        session = world.add_session(service)
        world.add_participant(service, session, BOB, ProxyIdentifier=number)
        world.clock.advance(1000)
        close(world, session)
    session = create(
        world,
        service,
        {"Identifier": ALICE, "ProxyIdentifier": POOLED},
        {"Identifier": BOB},
    )
    assert world.person(session, BOB).proxy_identifier == POOLED


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"number": RESERVED}, id="a reserved one"),
        pytest.param({"number": "+442079460001"}, id="one of another country"),
        pytest.param({"capabilities": int(Capability.SMS)}, id="one that the mode can not use"),
    ],
)
def test_a_named_number_that_the_other_can_not_share(
    world: World, service: Service, named: dict[str, Any]
) -> None:
    if named.get("number") == RESERVED:
        number = world.number(RESERVED)
    else:
        number = world.add_number(service=service, **named)
    session = create(
        world,
        service,
        {"Identifier": ALICE, "ProxyIdentifier": number.number},
        {"Identifier": BOB},
    )
    assert world.person(session, ALICE).proxy_identifier == number.number
    assert world.person(session, BOB).proxy_identifier == POOLED


def test_two_are_the_most(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB)
    assert code(world.add_participant, service, session, CAROL) == 80609
    remove(world, session, BOB)
    world.add_participant(service, session, CAROL)
    assert code(world.add_participant, service, session, "+13055551234") == 80609


def test_nobody_is_in_a_session_twice(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE)
    assert code(world.add_participant, service, session, ALICE) == 80103
    assert code(create, world, service, {"Identifier": BOB}, {"Identifier": BOB}) == 80103


def test_who_was_removed_does_not_come_back(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE)
    remove(world, session, ALICE)
    assert code(world.add_participant, service, session, ALICE) == 80612
    other = world.add_session(service, ALICE)
    assert world.person(other, ALICE).proxy_identifier == POOLED


def test_nobody_joins_a_closed_session(world: World, service: Service) -> None:
    session = close(world, world.add_session(service, ALICE))
    assert code(world.add_participant, service, session, BOB) == 80607


def test_find(world: World, service: Service) -> None:
    session, other = world.add_session(service, ALICE), world.add_session(service)
    person = world.person(session, ALICE)
    assert code(world.do, participants.find(world.tx, other, person.sid)) == 20404
    assert code(world.do, participants.find(world.tx, session, "KP" + "0" * 32)) == 20404


def test_remove(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB)
    at = world.clock.advance(1000)
    removed = remove(world, session, ALICE)
    assert (removed.pair, removed.date_deleted, removed.date_updated) == (0, at, at)
    assert world.number(POOLED).in_use == 1
    remove(world, session, BOB)
    assert world.number(POOLED).in_use == 0
    assert world.rows("SELECT active FROM affinities") == [(0,), (0,)]
    assert code(remove, world, session, ALICE) == 20404


def test_remove_from_a_closed_session(world: World, service: Service) -> None:
    session = close(world, world.add_session(service, ALICE))
    removed = remove(world, session, ALICE)
    assert removed.date_deleted == world.clock()
    assert world.number(POOLED).in_use == 0
    assert world.rows("SELECT active FROM affinities") == [(0,)]


def test_a_number_counts_once_for_a_session(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE, BOB)
    assert world.number(POOLED).in_use == 1
    close(world, session)
    assert world.number(POOLED).in_use == 0


def test_another_account_s_service_is_another_world(world: World, service: Service) -> None:
    """The same person with the same partner under two accounts."""
    other = world.add_account()
    theirs = world.add_service(other)
    number = world.add_number(service=theirs, account=other)
    mine, yours = world.add_session(service, ALICE), world.add_session(theirs, ALICE)
    assert world.person(mine, ALICE).proxy_identifier == POOLED
    assert world.person(yours, ALICE).proxy_identifier == number.number
