"""Pairs: the table of conflicts, and where an ambiguous pair leads."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from maskline.messaging import inbound, outbound
from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.model.job import Relay
from maskline.model.participant import Pair
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundCall, InboundMessage
from maskline.proxy import pairs, participants, sessions
from maskline.voice import calls
from maskline.voice.calls import CallPlan
from tests.support.memory import ALICE, BOB, CAROL, DAVE, World, form

NUMBER = "+14158670001"
OTHER = "+14158670002"


@pytest.fixture
def service(world: World) -> Service:
    """A Service with two numbers."""
    service = world.add_service()
    for number in (NUMBER, OTHER):
        world.add_number(number, service=service)
    return service


def turn(world: World, switch: Switch) -> None:
    """Turns a switch of the account on, and all others off."""
    account = msgspec.structs.replace(world.account, switches=int(switch))
    world.do(world.tx.accounts.update(account))


def meet(world: World, service: Service, partner: str, **params: str) -> Session:
    """A session of Alice, by the one number, with a partner who has the other."""
    session = world.add_session(service)
    world.clock.advance(1000)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NUMBER, **params)
    world.add_participant(service, session, partner, ProxyIdentifier=OTHER)
    return session


def change(world: World, session: Session, **params: str) -> Session:
    """An update by the API, a second later."""
    world.clock.advance(1000)
    service = world.do(world.tx.services.get(session.service_sid, session.account_sid))
    assert service is not None
    return world.do(sessions.update(world.env, world.tx, service, session.sid, form(params)))


def state(world: World, *meetings: Session) -> list[int]:
    """What Alice has of her pair in each session."""
    return [world.person(session, ALICE).pair for session in meetings]


#: What is asked for, and the alert when it is allowed.
ASKED = [("participant", 80802), ("session", 80802), ("reopen", 80801)]


@pytest.mark.covers(
    "code:80801",
    "code:80802",
    "says:conflicts.participant-create",
    "says:conflicts.session-create",
    "says:conflicts.re-open",
    "says:conflicts.flag",
    "says:conflicts.parameter",
    "says:conflicts.where",
    "says:conflicts.400",
    "says:conflicts.events",
)
@pytest.mark.parametrize("fail", [None, "false", "true"])
@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(("what", "alert"), ASKED)
def test_conflicts(
    world: World,
    service: Service,
    what: str,
    alert: int,
    allowed: bool,
    fail: str | None,
) -> None:
    """Every cell of the table: the request, the account's switch, FailOnParticipantConflict."""
    assert alert in (80801, 80802)
    if allowed:
        turn(world, Switch.ALLOW_PARTICIPANT_CONFLICT)
    world.clock.advance(1000)
    if what == "reopen":
        before = change(world, meet(world, service, CAROL), Status="closed")
    else:
        before = world.add_session(service)
    first = meet(world, service, BOB)
    flag = {} if fail is None else {"FailOnParticipantConflict": fail}
    named = {"ProxyIdentifier": NUMBER}

    def ask() -> Session:
        if what == "reopen":
            return change(world, before, Status="in-progress", **flag)
        if what == "session":
            item = msgspec.json.encode({"Identifier": ALICE, **named}).decode()
            return world.do(
                sessions.create(world.env, world.tx, service, form({"Participants": item, **flag}))
            )
        params = form({"Identifier": ALICE, **named, **flag})
        wanted, fails = participants.candidate(params), participants.fails_on_conflict(params)
        world.do(participants.add(world.env, world.tx, service, before, wanted, fail=fails))
        return world.session(before)

    if not allowed or fail == "true":
        with pytest.raises(Fault) as caught:
            ask()
        assert caught.value.code == 80604
        assert world.codes() == []
        assert state(world, first) == [Pair.HELD]
        assert world.number(NUMBER).in_use == 1
        return
    second = ask()
    assert world.codes() == [alert]
    (told,) = world.alerts()
    about = second.sid if alert == 80801 else world.person(second, ALICE).sid
    assert told.resource_sid == about
    assert (told.service_sid, told.log_level) == (service.sid, "error")
    assert state(world, first, second) == [Pair.SHARED, Pair.HELD]
    assert world.number(NUMBER).in_use == 2


@pytest.mark.covers("code:80623", "says:conflicts.409")
@pytest.mark.parametrize("fail", [None, "false", "true"])
@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("what", ["participant", "session"])
def test_a_number_that_is_taken_at_the_same_moment(
    world: World, service: Service, what: str, allowed: bool, fail: str | None
) -> None:
    """What another process commits between the choice and the insert; here by hand. Even where
    conflicts are allowed there is none: the store runs the request again, which finds another."""
    if allowed:
        turn(world, Switch.ALLOW_PARTICIPANT_CONFLICT)
    room, first = world.add_session(service), world.add_session(service, ALICE)
    world.rows("DELETE FROM affinities")
    held = world.person(first, ALICE).proxy_identifier
    world.rows("DELETE FROM numbers WHERE number <> ?", held)
    flag = {} if fail is None else {"FailOnParticipantConflict": fail}
    add = partial(world.add_session, service)
    if what == "participant":
        add = partial(world.add_participant, service, room)
    with pytest.raises(pairs.TakenMeanwhile) as caught:
        add(ALICE, **flag)
    assert (caught.value.code, caught.value.status) == (80623, 409)
    assert world.codes() == []
    assert state(world, first) == [Pair.HELD]


def test_both_of_a_session_in_conflict_are_one_event(world: World, service: Service) -> None:
    turn(world, Switch.ALLOW_PARTICIPANT_CONFLICT)
    first = change(world, meet(world, service, BOB), Status="closed")
    second = meet(world, service, BOB)
    change(world, first, Status="in-progress")
    assert world.codes() == [80801]
    assert [one.pair for one in world.people(first)] == [Pair.HELD] * 2
    assert [one.pair for one in world.people(second)] == [Pair.SHARED] * 2
    assert [world.number(one).in_use for one in (NUMBER, OTHER)] == [2, 2]


@pytest.fixture
def three(world: World, service: Service) -> list[Session]:
    """Alice with three people by the same number, the last of them last."""
    turn(world, Switch.ALLOW_PARTICIPANT_CONFLICT)
    return [meet(world, service, partner) for partner in (BOB, CAROL, DAVE)]


def text(world: World, sender: str, number: str) -> list[Relay]:
    """What a text leads to, a second later."""
    world.clock.advance(1000)
    provider_id = world.records.sids.new("XX")
    message = InboundMessage("simulator", provider_id, sender, number, "hi")
    before = world.relays()
    world.do(inbound.receive(world.env, world.tx, [message]))
    return world.relays()[len(before) :]


def reaches(world: World, sender: str, number: str) -> str:
    """Whom a text reaches."""
    (relay,) = text(world, sender, number)
    return relay.recipient


def ring(world: World, caller: str, number: str) -> CallPlan:
    """What a call leads to, a second later."""
    world.clock.advance(1000)
    call = InboundCall("simulator", world.records.sids.new("XX"), caller, number)
    (plan,) = world.do(calls.receive(world.env, world.tx, [call]))
    assert plan is not None
    return plan


def test_the_last_whom_the_person_met_is_reached(world: World, three: list[Session]) -> None:
    assert state(world, *three) == [Pair.SHARED, Pair.SHARED, Pair.HELD]
    assert reaches(world, ALICE, NUMBER) == DAVE
    dialled = ring(world, ALICE, NUMBER).dialled
    assert dialled is not None
    assert dialled.number == DAVE


@pytest.mark.parametrize("kind", ["text", "call", "send"])
def test_a_reply_goes_to_whom_it_answers(
    world: World, service: Service, three: list[Session], kind: str
) -> None:
    if kind == "text":
        assert reaches(world, BOB, OTHER) == ALICE
    elif kind == "call":
        assert ring(world, BOB, OTHER).dialled is not None
    else:
        world.clock.advance(1000)
        to, session = world.person(three[0], ALICE), world.session(three[0])
        body = form({"Body": "hi"})
        world.do(outbound.send(world.env, world.tx, service, session, to, body))
    assert state(world, *three) == [Pair.HELD, Pair.SHARED, Pair.SHARED]
    assert reaches(world, ALICE, NUMBER) == BOB


def test_what_a_program_sends_to_the_partner_moves_nothing(
    world: World, service: Service, three: list[Session]
) -> None:
    to, session = world.person(three[0], BOB), world.session(three[0])
    world.do(outbound.send(world.env, world.tx, service, session, to, form({"Body": "hi"})))
    assert state(world, *three) == [Pair.SHARED, Pair.SHARED, Pair.HELD]


@pytest.mark.parametrize("kind", ["text", "call"])
@pytest.mark.parametrize("blocks", [False, True])
def test_only_what_the_program_lets_pass_moves_a_pair(
    world: World, service: Service, three: list[Session], kind: str, blocks: bool
) -> None:
    """A person answers what reached them, not what was kept from them."""
    world.rows("UPDATE services SET intercept_callback_url = 'https://a.example/ask'")
    answer = world.records.exchange(403 if blocks else 200)
    if kind == "text":
        text(world, BOB, OTHER)
        relay, job = world.relays()[-1], world.jobs()[-1]
        verdict: Any = outbound.block if blocks else outbound.admit
        assert state(world, *three)[0] == Pair.SHARED
        world.do(verdict(world.env, world.tx, relay, job.sid, answer))
    else:
        plan = ring(world, BOB, OTHER)
        assert state(world, *three)[0] == Pair.SHARED
        verdict = calls.block if blocks else calls.admit
        world.do(verdict(world.env, world.tx, plan, answer))
    assert state(world, *three)[0] == (Pair.SHARED if blocks else Pair.HELD)


@pytest.mark.parametrize("how", ["close", "remove", "delete", "expire"])
def test_when_the_holder_s_session_ends_the_one_before_takes_over(
    world: World, service: Service, three: list[Session], how: str
) -> None:
    assert reaches(world, BOB, OTHER) == ALICE
    world.clock.advance(1000)
    bob, carol, dave = three

    def end(session: Session) -> None:
        if how == "close":
            change(world, session, Status="closed")
        elif how == "remove":
            sid = world.person(session, ALICE).sid
            world.do(participants.remove(world.env, world.tx, session, sid))
        elif how == "delete":
            world.do(sessions.delete(world.env, world.tx, service, session.sid))
        else:
            world.do(sessions.expire(world.env, world.tx, service.sid, session.sid))

    end(bob)
    assert state(world, carol, dave) == [Pair.SHARED, Pair.HELD]
    assert reaches(world, ALICE, NUMBER) == DAVE
    assert world.number(NUMBER).in_use == 2
    end(carol)
    assert state(world, dave) == [Pair.HELD]
    end(dave)
    assert world.number(NUMBER).in_use == 0
    assert world.rows(
        "SELECT COUNT(*) FROM participants WHERE pair <> 0 AND identifier = ?", ALICE
    )[0] == (0,)
    assert {relay.recipient for relay in text(world, ALICE, NUMBER)} <= {ALICE}


def test_a_shared_pair_is_claimed_once(world: World, three: list[Session]) -> None:
    """It may have been freed, or claimed, between the decision and its commit."""
    sid = world.person(three[0], ALICE).sid
    world.do(pairs.claim(world.env, world.tx, sid))
    before = world.people(three[0])
    world.clock.advance(1000)
    world.do(pairs.claim(world.env, world.tx, sid))
    assert world.people(three[0]) == before


def test_a_switch_that_is_turned_off_leaves_what_is(world: World, three: list[Session]) -> None:
    turn(world, Switch(0))
    assert reaches(world, BOB, OTHER) == ALICE
    assert reaches(world, ALICE, NUMBER) == BOB
    change(world, three[0], Status="closed")
    with pytest.raises(Fault) as caught:
        change(world, three[0], Status="in-progress")
    assert caught.value.code == 80604


def test_no_free_number_is_no_conflict(world: World, service: Service) -> None:
    """A conflict is what a request names; the allocator makes none by itself."""
    turn(world, Switch.ALLOW_PARTICIPANT_CONFLICT)
    for _ in range(2):
        world.add_session(service, ALICE)
    with pytest.raises(Fault) as caught:
        world.add_session(service, ALICE)
    assert caught.value.code == 80208
