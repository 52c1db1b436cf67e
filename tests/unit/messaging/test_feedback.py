from __future__ import annotations

import pytest

from maskline.messaging import feedback
from maskline.model.errors import Fault
from maskline.model.message import Feedback
from maskline.model.number import Number
from tests.support.memory import World, form
from tests.unit.messaging.test_sending import OURS, send

#: The code of a wrong parameter where no API names its own.
WRONG = 80701


@pytest.fixture
def number(world: World) -> Number:
    return world.add_number(OURS)


def give(world: World, sid: str, **values: str) -> Feedback:
    account = world.account.sid
    return world.do(feedback.give(world.env, world.tx, account, sid, form(dict(values))))


def known(world: World, sid: str) -> str | None:
    found = world.do(world.tx.messages.feedback(sid))
    return None if found is None else found.outcome


def test_the_latest_word_counts(world: World, number: Number) -> None:
    sent = send(world)
    assert known(world, sent.sid) is None
    began = world.env.clock()
    assert give(world, sent.sid) == Feedback(sent.sid, world.account.sid, "confirmed", began, began)
    world.clock.now += 5
    assert give(world, sent.sid, Outcome="unconfirmed") == Feedback(
        sent.sid, world.account.sid, "unconfirmed", began, began + 5
    )
    assert known(world, sent.sid) == "unconfirmed"


def test_a_message_that_expects_it_is_unconfirmed_until_then(world: World, number: Number) -> None:
    sent = send(world, ProvideFeedback="true")
    assert known(world, sent.sid) == "unconfirmed"
    give(world, sent.sid, Outcome="confirmed")
    assert known(world, sent.sid) == "confirmed"
    assert known(world, send(world, ProvideFeedback="false").sid) is None


def test_a_scheduled_one_too(world: World, number: Number) -> None:
    service = world.add_messaging_service(number)
    sent = send(world, MessagingServiceSid=service.sid, ProvideFeedback="true")
    assert known(world, sent.sid) == "unconfirmed"


def test_refusals(world: World, number: Number) -> None:
    sent = send(world)
    for sid, values, code in (
        ("SM" + "9" * 32, {}, 20404),
        (sent.sid, {"Outcome": "maybe"}, WRONG),
    ):
        with pytest.raises(Fault) as refused:
            give(world, sid, **values)
        assert refused.value.code == code
    came = world.records.message(world.account.sid, direction="inbound")
    world.do(world.tx.messages.add_many([came]))
    with pytest.raises(Fault) as refused:
        give(world, came.sid)
    assert refused.value.code == WRONG
    # Another account's.
    other = world.records.message(world.add_account().sid, direction="outbound-api")
    world.do(world.tx.messages.add_many([other]))
    with pytest.raises(Fault) as refused:
        give(world, other.sid)
    assert refused.value.code == 20404


def test_it_goes_with_the_message(world: World, number: Number) -> None:
    sent = send(world, ProvideFeedback="true")
    assert world.do(world.tx.messages.delete(sent.sid, world.account.sid))
    assert known(world, sent.sid) is None
