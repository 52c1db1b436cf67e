"""A person who sends STOP: what both phones, the program and the API see of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from maskline.model.page import PageRequest
from maskline.store.repositories.alerts import AlertFilter
from tests.support.process import ServerProcess
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import ALICE, BOB, POOL, Handset, Session, World, eventually

pytestmark = pytest.mark.both_engines


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    delays = "0.3,0.3,0.3,0.3"
    with RunningServer(tmp_path, **database, MASKLINE_DELIVERY_SEND_RETRY_DELAYS=delays) as server:
        yield server


@pytest.fixture
def world(server: RunningServer, receiver: Receiver) -> World:
    return World(server, callback_url=f"{receiver.url}/callback")


@pytest.fixture
def session(world: World) -> Session:
    return world.session()


def texts(phone: Handset) -> list[str]:
    return [one["body"] for one in phone.inbox()]


def codes(server: RunningServer | ServerProcess) -> list[int]:
    assert isinstance(server, RunningServer)
    page = server.transact(
        lambda tx: tx.alerts.page(server.account_sid, AlertFilter(), PageRequest())
    )
    return [one.error_code for one in page.records]


def stops(world: World, session: Session) -> None:
    """Bob sends STOP, and is told what it means."""
    world.bob.text(session.b.proxy_identifier, "Stop")
    (told,) = world.bob.receives()
    assert told["from"] == session.b.proxy_identifier
    assert "START" in told["body"]


def test_nothing_reaches_whoever_opted_out_until_they_come_back(
    world: World, session: Session, receiver: Receiver
) -> None:
    stops(world, session)
    assert texts(world.alice) == []
    assert codes(world.server) == [80901]

    world.alice.text(session.a.proxy_identifier, "are you there?")
    failed = session.settles("failed")
    leg = world.client.messages(failed.outbound_resource_sid).fetch()
    assert (leg.status, leg.error_code, leg.to) == ("failed", 21610, BOB)
    (told,) = eventually(lambda: receiver.posted)
    assert told.form["outboundResourceStatus"] == "failed"
    assert codes(world.server) == [21610, 80901]

    person = session.here.participants(session.b.sid)
    with pytest.raises(TwilioRestException) as caught:
        person.message_interactions.create(body="from the program")
    assert (caught.value.status, caught.value.code) == (400, 21610)
    assert len(session.interactions()) == 1

    # A call is no message.
    world.alice.call(session.a.proxy_identifier)
    assert world.bob.rings()["from"] == session.b.proxy_identifier

    world.bob.text(session.b.proxy_identifier, "start")
    world.bob.receives(2)
    world.alice.text(session.a.proxy_identifier, "welcome back")
    assert world.bob.receives(3)[2]["body"] == "welcome back"
    assert texts(world.alice) == ["start"]
    person.message_interactions.create(body="from the program")
    world.bob.receives(4)
    assert ALICE not in world.bob.everything()


def test_the_answers_are_in_no_list_of_messages(world: World, session: Session) -> None:
    stops(world, session)
    (only,) = world.client.messages.list()
    assert (only.body, only.direction) == ("Stop", "inbound")


def test_an_opt_out_holds_for_what_waits_already(world: World, session: Session) -> None:
    world.bob.behave(refuse={"code": 30001, "retry": True})
    world.alice.text(session.a.proxy_identifier, "late")
    world.bob.text(session.b.proxy_identifier, "STOP")
    failed = session.settles("failed")
    leg = world.client.messages(failed.outbound_resource_sid).fetch()
    assert leg.error_code == 21610
    # The answer waited behind it.
    world.bob.behave()
    (told,) = world.bob.receives()
    assert "START" in told["body"]


# A Messaging Service with lists of its own


FINISHED = "Finito. INIZIA per tornare."


@pytest.fixture
def lists(world: World) -> str:
    """Puts the pool into a Messaging Service that defers and knows Italian; its path."""
    texts = world.client.messaging.v1.services.create(
        friendly_name="Texts", use_inbound_webhook_on_number=True
    )
    for number in world.here.phone_numbers.list():
        texts.phone_numbers.create(phone_number_sid=number.sid)
    path = f"{world.server.url}/messaging/v1/Services/{texts.sid}"
    auth = (world.server.account_sid, world.server.auth_token)
    words = {"Language": "ITALIAN", "OptOutKeywords": "BASTA", "OptOutMessage": FINISHED}
    for at, form in (("", {"Enabled": "true"}), ("/Lists", words)):
        answer = requests.post(f"{path}/AdvancedOptOut{at}", data=form, auth=auth, timeout=10)
        assert answer.ok, answer.text
    return path


def test_a_masked_pool_in_a_service_with_lists(world: World, session: Session, lists: str) -> None:
    other = world.session()
    assert other.b.proxy_identifier != session.b.proxy_identifier
    world.bob.text(session.b.proxy_identifier, "basta")
    (told,) = world.bob.receives()
    assert (told["from"], told["body"]) == (session.b.proxy_identifier, FINISHED)
    assert texts(world.alice) == []
    assert codes(world.server) == [80901]
    # From all numbers of the service: the other conversation rests too.
    world.alice.text(other.a.proxy_identifier, "are you there?")
    failed = other.settles("failed")
    assert world.client.messages(failed.outbound_resource_sid).fetch().error_code == 21610
    # An opt-in word to any of them ends it, and goes to the partner too.
    world.bob.text(other.b.proxy_identifier, "Inizia")
    (_, back) = world.bob.receives(2)
    assert back["from"] == other.b.proxy_identifier
    world.alice.text(session.a.proxy_identifier, "welcome back")
    assert world.bob.receives(3)[2]["body"] == "welcome back"
    assert texts(world.alice) == ["Inizia"]


def test_what_the_services_program_is_told(world: World, lists: str, receiver: Receiver) -> None:
    service = world.client.messaging.v1.services(lists.rpartition("/")[2])
    service.update(use_inbound_webhook_on_number=False, inbound_request_url=f"{receiver.url}/texts")
    for body in ("Basta", "hello", "START", "Help"):
        world.stranger.text(POOL[0], body)
    eventually(lambda: len(receiver.at("/texts")) == 4)
    told = [(one.form["Body"], one.form.get("OptOutType")) for one in receiver.at("/texts")]
    assert told == [("Basta", "STOP"), ("hello", None), ("START", "START"), ("Help", "HELP")]


def test_a_name_on_a_phone(world: World, lists: str) -> None:
    """Where names are allowed the phone shows it, and after an opt-out nothing more."""
    service = world.client.messaging.v1.services(lists.rpartition("/")[2]).fetch()
    service.alpha_senders.create(alpha_sender="Acme Ltd")
    carla = Handset(world.server, "+4915123456789")

    def send() -> str:
        sent = world.client.messages.create(
            to=carla.number, messaging_service_sid=service.sid, body="Your table is ready."
        )
        return str(sent.sid)

    send()
    (shown,) = carla.receives()
    assert (shown["from"], shown["body"]) == ("Acme Ltd", "Your table is ready.")
    # She can't answer a name, but one of its service's numbers.
    carla.text(POOL[0], "STOP")
    carla.receives(2)
    failed = send()
    assert eventually(lambda: world.client.messages(failed).fetch().error_code == 21610)
    assert len(carla.inbox()) == 2


def test_a_toll_free_number_is_the_networks(world: World) -> None:
    """The network answers STOP, and blocks; Maskline notes it and adds nothing."""
    free = "+18885550100"
    world.client.incoming_phone_numbers.create(phone_number=free)

    def send() -> str:
        sent = world.client.messages.create(to=BOB, from_=free, body="Hello")
        return str(sent.sid)

    world.bob.text(free, "STOP")
    (told,) = world.bob.receives()
    assert told["body"].startswith("NETWORK MSG")
    with pytest.raises(TwilioRestException) as caught:
        send()
    assert caught.value.code == 21610
    # No way back at the network.
    world.bob.text(free, "YES")
    world.server.settle()
    with pytest.raises(TwilioRestException):
        send()
    world.bob.text(free, "UNSTOP")
    (_, back) = world.bob.receives(2)
    assert back["body"].startswith("NETWORK MSG")
    send()
    assert world.bob.receives(3)[2]["body"] == "Hello"
