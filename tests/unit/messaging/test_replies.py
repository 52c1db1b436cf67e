"""Texts of our own: sent outside any session, and never twice in a row to the same person."""

from __future__ import annotations

import pytest

from maskline.messaging import replies
from maskline.messaging.replies import Text
from maskline.model.clock import SECOND
from tests.support.memory import ALICE, World

NUMBER = "+14158670001"
HOUR = 3600 * SECOND


def text(world: World, body: str = "sorry", person: str = ALICE) -> Text:
    """From our number to Alice."""
    return Text(world.account.sid, "telnyx", NUMBER, person, body)


def answer(world: World, text: Text, about: str = "") -> bool:
    return world.do(replies.answer(world.env, world.tx, text, about))


def test_texts_are_recorded_and_sent_in_order(world: World) -> None:
    picture = (("https://a.example/1.png", "image/png"),)
    texts = [text(world, "one"), Text(world.account.sid, "vonage", NUMBER, ALICE, "", picture)]
    first, second = world.do(replies.send(world.env, world.tx, texts))
    assert (first[:2], second[:2]) == ("SM", "MM")
    leg = world.do(world.tx.messages.by_sid(first))
    assert leg is not None
    assert (leg.sender, leg.recipient, leg.body) == (NUMBER, ALICE, "one")
    assert (leg.direction, leg.status, leg.interaction_sid) == ("outbound-reply", "queued", None)
    (medium,) = world.do(world.tx.messages.media(second))
    assert (medium.url, medium.content_type) == picture[0]
    assert [(one.message_sid, one.carrier) for one in world.relays()] == [
        (first, "telnyx"),
        (second, "vonage"),
    ]
    assert {one.interaction_sid for one in world.relays()} == {None}
    assert len({job.ordering_key for job in world.jobs()}) == 1


def test_nobody_is_answered_twice_within_the_time(world: World) -> None:
    assert answer(world, text(world))
    world.clock.advance(HOUR - 1)
    assert not answer(world, text(world))
    assert answer(world, text(world), "another matter")
    assert answer(world, Text(world.account.sid, "telnyx", "+14158670002", ALICE, "sorry"))
    world.clock.advance(1)
    assert answer(world, text(world))
    assert not answer(world, text(world))
    assert len(world.relays()) == 4


def test_what_is_forgotten_leaves_no_row(world: World) -> None:
    answer(world, text(world))
    world.clock.advance(HOUR)
    answer(world, text(world, person="+12125551234"))
    assert world.rows("SELECT person FROM replies") == [("+12125551234",)]


@pytest.mark.parametrize("person", ["", "12345", "ACME", NUMBER, "messenger:1", "+0155"])
def test_what_is_no_phone_is_not_answered(world: World, person: str) -> None:
    assert not answer(world, text(world, person=person))
    assert not world.jobs()
    assert not world.rows("SELECT 1 FROM replies")


def opt_out(world: World) -> None:
    """Alice wants nothing more from our number."""
    world.add_number(NUMBER)
    made = world.records.opt_out(world.account.sid, NUMBER, ALICE)
    assert world.do(world.tx.opt_outs.add(made))


def test_whoever_opted_out_is_not_answered(world: World) -> None:
    opt_out(world)
    assert not answer(world, text(world))
    assert (world.relays(), world.alerts()) == ([], [])
    assert world.rows("SELECT * FROM messages") == []


@pytest.mark.covers("code:21610")
def test_a_text_to_whoever_opted_out_fails_visibly(world: World) -> None:
    opt_out(world)
    other = text(world, person="+12125551234")
    sids = world.do(replies.send(world.env, world.tx, [text(world, "one"), other]))
    legs = [world.do(world.tx.messages.by_sid(sid)) for sid in sids]
    assert [(leg.status, leg.error_code) for leg in legs if leg is not None] == [
        ("failed", 21610),
        ("queued", None),
    ]
    assert [one.recipient for one in world.relays()] == ["+12125551234"]
    (alert,) = world.alerts()
    assert (alert.error_code, alert.resource_sid) == (21610, sids[0])


def test_an_empty_text_is_no_answer(world: World) -> None:
    assert not answer(world, text(world, ""))
    assert answer(world, text(world))
