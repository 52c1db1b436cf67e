"""A program and an automaton that answer each other."""

from __future__ import annotations

import pytest

from maskline.messaging import answers, ping_pong
from maskline.messaging.answers import Answered
from maskline.model.clock import SECOND
from maskline.model.job import Inbound
from maskline.model.traffic import InboundMessage
from tests.support.memory import ALICE, BOB, World

NUMBER = "+14158670001"


def may_reply(world: World, person: str = ALICE) -> bool:
    return world.do(ping_pong.may_reply(world.env, world.tx, NUMBER, person))


def test_so_many_replies_within_so_long(world: World) -> None:
    world.change("messages", pair_replies=3, pair_seconds=30)
    assert [may_reply(world) for _ in range(5)] == [True, True, True, False, False]
    assert may_reply(world, BOB)
    # Attempts keep it quiet; a silence ends it.
    world.clock.advance(29 * SECOND)
    assert not may_reply(world)
    world.clock.advance(29 * SECOND)
    assert not may_reply(world)
    world.clock.advance(30 * SECOND)
    assert [may_reply(world) for _ in range(4)] == [True, True, True, False]


def test_a_conversation_at_a_person_s_pace_goes_on(world: World) -> None:
    world.change("messages", pair_replies=3, pair_seconds=30)
    for _ in range(20):
        assert may_reply(world)
        world.clock.advance(11 * SECOND)


def test_without_a_limit_nothing_is_counted(world: World) -> None:
    world.change("messages", pair_replies=0)
    assert all(may_reply(world) for _ in range(50))
    assert not world.rows("SELECT 1 FROM pair_replies")


def test_pairs_are_forgotten(world: World) -> None:
    may_reply(world)
    world.clock.advance(10 * SECOND)
    may_reply(world, BOB)
    world.clock.advance(21 * SECOND)
    assert world.do(ping_pong.forget(world.env, world.tx, 10)) == 1
    assert world.rows("SELECT person FROM pair_replies") == [(BOB,)]


@pytest.mark.covers("code:14107")
def test_what_is_left_out_is_told_to_the_debugger(world: World) -> None:
    world.change("messages", pair_replies=2)
    world.add_number(NUMBER)
    one = InboundMessage("simulator", "PM1", ALICE, NUMBER, "auto")
    asked = Inbound("https://a.example/", "POST", None, "POST", world.account.sid, None, "SM1", one)
    texts = [Answered(str(place)) for place in range(4)]
    world.do(answers.send(world.env, world.tx, asked, texts))
    assert [relay.body for relay in world.relays()] == ["0", "1"]
    assert world.codes() == [14107, 14107]
