"""The guide to A2P messaging with Proxy, step by step: masked numbers in a Messaging Service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maskline.model.message import Message
from tests.support.server import RunningServer
from tests.support.world import POOL, Session, World, eventually


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path) as server:
        yield server


@pytest.fixture
def world(server: RunningServer) -> World:
    return World(server)


@pytest.fixture
def session(world: World) -> Session:
    return world.session()


def everything_of(world: World, texts: Any) -> Any:
    """Puts all numbers of the pool into the Messaging Service."""
    for number in world.here.phone_numbers.list():
        texts.phone_numbers.create(phone_number_sid=number.sid)
    return texts


def converses(world: World, session: Session, what: str) -> None:
    """A text each way arrives, and nobody sees more than before."""
    world.alice.text(session.a.proxy_identifier, f"{what}?")
    assert eventually(lambda: world.bob.inbox()[-1:])[0]["body"] == f"{what}?"
    world.bob.text(session.b.proxy_identifier, f"{what}!")
    assert eventually(lambda: world.alice.inbox()[-1:])[0]["body"] == f"{what}!"
    assert {one["from"] for one in world.alice.inbox()} == {session.a.proxy_identifier}


def recorded(world: World, body: str) -> list[Message]:
    """The messages with that text that the account can see."""
    return [one for one in world.client.messages.list() if one.body == body]


@pytest.mark.covers("says:a2p.proxy-numbers")
@pytest.mark.covers("says:a2p.defers")
@pytest.mark.covers("says:a2p.diverts")
@pytest.mark.covers("says:a2p.parameter")
def test_the_guide_step_by_step(world: World, session: Session) -> None:
    services = world.client.messaging.v1.services
    texts = everything_of(
        world,
        services.create(
            friendly_name="Contact centre", usecase="discussion", use_inbound_webhook_on_number=True
        ),
    )
    assert {one.phone_number for one in texts.phone_numbers.list()} == set(POOL)
    converses(world, session, "deferred")

    services(texts.sid).update(use_inbound_webhook_on_number=False)
    world.alice.text(session.a.proxy_identifier, "diverted")
    alert = eventually(lambda: world.client.monitor.v1.alerts.list())[0]
    world.server.settle()
    assert (alert.error_code, alert.log_level) == ("80905", "warning")
    assert alert.service_sid == world.service.sid
    assert texts.sid in alert.alert_text
    (message,) = recorded(world, "diverted")
    assert (message.sid, message.direction, message.status) == (
        alert.resource_sid,
        "inbound",
        "received",
    )
    assert [one["body"] for one in world.bob.inbox()] == ["deferred?"]
    assert len(session.interactions()) == 2

    services(texts.sid).update(use_inbound_webhook_on_number=True)
    converses(world, session, "deferred again")
    assert len(world.client.monitor.v1.alerts.list()) == 1


def test_calls_have_nothing_to_do_with_it(world: World, session: Session) -> None:
    everything_of(world, world.client.messaging.v1.services.create(friendly_name="Texts"))
    world.alice.call(session.a.proxy_identifier)
    ringing = world.bob.rings()
    assert ringing["from"] == session.b.proxy_identifier
    assert world.bob.act(ringing["id"], "answer").status_code == 200
    eventually(lambda: world.alice.calls()[0]["status"] == "in-progress")


def test_a_number_that_leaves_the_messaging_service_is_masked_again(
    world: World, session: Session
) -> None:
    texts = everything_of(world, world.client.messaging.v1.services.create(friendly_name="Texts"))
    world.alice.text(session.a.proxy_identifier, "one")
    world.server.settle()
    for number in texts.phone_numbers.list():
        texts.phone_numbers(number.sid).delete()
    world.alice.text(session.a.proxy_identifier, "two")
    assert [one["body"] for one in world.bob.receives()] == ["two"]


def test_masked_messages_flow_once_the_messaging_service_is_gone(
    world: World, session: Session
) -> None:
    texts = everything_of(world, world.client.messaging.v1.services.create(friendly_name="Texts"))
    world.alice.text(session.a.proxy_identifier, "one")
    world.server.settle()
    texts.delete()
    converses(world, session, "two")


def test_a_service_writes_from_its_numbers_all_the_same(world: World, session: Session) -> None:
    """What the program sends leaves: only what comes in is the Messaging Service's."""
    everything_of(world, world.client.messaging.v1.services.create(friendly_name="Texts"))
    participant = session.here.participants(session.b.sid)
    participant.message_interactions.create(body="your ride is near")
    assert [one["body"] for one in world.bob.receives()] == ["your ride is near"]
