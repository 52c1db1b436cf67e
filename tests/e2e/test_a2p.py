"""The guide to A2P messaging with Proxy, step by step: masked numbers in a Messaging Service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from twilio.request_validator import RequestValidator

from maskline.model.message import Message
from tests.support.receiver import Posted, Receiver, Reply
from tests.support.registration import CAMPAIGN, CUSTOMER, PROFILE
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, POOL, Session, World, eventually

pytestmark = pytest.mark.both_engines


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, **database) as server:
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


def registered(world: World, texts: Any) -> Any:
    """Registers a brand and, for the Messaging Service, a campaign; both are verified."""
    brands = world.client.messaging.v1.brand_registrations
    brand = brands.create(CUSTOMER, PROFILE, mock=True)
    eventually(lambda: brands(brand.sid).fetch().status == "APPROVED")
    campaign = texts.us_app_to_person.create(brand_registration_sid=brand.sid, **CAMPAIGN)
    return eventually(lambda: (one := campaign.fetch()).campaign_status == "VERIFIED" and one)


@pytest.mark.covers("says:a2p.registers")
@pytest.mark.covers("says:a2p.carries")
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

    campaign = registered(world, texts)
    assert campaign.us_app_to_person_usecase == "PROXY"
    assert services(texts.sid).fetch().us_app_to_person_registered
    carried = [world.server.transact(lambda tx, n=n: tx.numbers.by_number(n)) for n in POOL]
    assert {(one.campaign_sid, one.a2p_status) for one in carried} == {(campaign.sid, "registered")}
    converses(world, session, "registered")
    assert not world.client.monitor.v1.alerts.list()

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
    assert [one["body"] for one in world.bob.inbox()] == ["deferred?", "registered?"]
    assert len(session.interactions()) == 4
    assert services(texts.sid).fetch().us_app_to_person_registered

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


# The Messaging Service's own program


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def taken(world: World, receiver: Receiver, **fields: Any) -> Any:
    """A Messaging Service that takes the pool's messages, with a program of its own."""
    fields.setdefault("inbound_request_url", f"{receiver.url}/in")
    service = world.client.messaging.v1.services.create(friendly_name="Texts", **fields)
    return everything_of(world, service)


def twiml(verbs: str) -> Reply:
    return Reply(f"<?xml version='1.0'?><Response>{verbs}</Response>")


def codes(world: World) -> list[str]:
    """The codes of the alerts, oldest first."""
    return [one.error_code for one in reversed(world.client.monitor.v1.alerts.list())]


def told(receiver: Receiver, path: str = "/in", count: int = 1) -> list[Posted]:
    """What the program was told, once it was so often."""
    return eventually(lambda: ((got := receiver.at(path)) and len(got) >= count and got) or [])


@pytest.mark.covers("says:a2p.diverts")
def test_the_program_is_told_of_a_diverted_message(
    world: World, session: Session, receiver: Receiver
) -> None:
    texts = taken(world, receiver)
    receiver.pages["/in"] = Reply("", "", 204)
    world.alice.text(session.a.proxy_identifier, "hello", ["https://media.example/1.png"])
    (one,) = told(receiver)
    world.server.settle()
    assert RequestValidator(AUTH_TOKEN).validate(
        one.url, one.form, one.headers["X-Twilio-Signature"]
    )
    assert one.headers["I-Twilio-Idempotency-Token"]
    form = dict(one.form)
    (message,) = recorded(world, "hello")
    assert {form.pop(name) for name in ("MessageSid", "SmsSid", "SmsMessageSid")} == {message.sid}
    del form["AddOns"]
    assert form == {
        "AccountSid": world.server.account_sid,
        "ApiVersion": "2010-04-01",
        "MessagingServiceSid": texts.sid,
        "From": ALICE,
        "FromCity": "",
        "FromState": "",
        "FromZip": "",
        "FromCountry": "US",
        "To": session.a.proxy_identifier,
        "ToCity": "",
        "ToState": "",
        "ToZip": "",
        "ToCountry": "US",
        "SmsStatus": "received",
        "Body": "hello",
        "NumSegments": "1",
        "NumMedia": "1",
        "MediaUrl0": "https://media.example/1.png",
        "MediaContentType0": "image/png",
    }
    assert codes(world) == ["80905"]
    assert not world.alice.inbox()
    assert not world.bob.inbox()


def test_by_get_the_form_is_the_query(world: World, session: Session, receiver: Receiver) -> None:
    taken(world, receiver, inbound_request_url=f"{receiver.url}/in?key=1", inbound_method="GET")
    world.alice.text(session.a.proxy_identifier, "hello & goodbye")
    (one,) = eventually(lambda: list(receiver.posted))
    assert one.url.startswith(f"{receiver.url}/in?key=1&")
    assert (one.form["key"], one.form["Body"]) == ("1", "hello & goodbye")
    assert RequestValidator(AUTH_TOKEN).validate(one.url, {}, one.headers["X-Twilio-Signature"])


@pytest.mark.parametrize(
    ("reply", "bodies"),
    [
        (twiml("<Message>one</Message><Message><Body>two</Body></Message>"), ["one", "two"]),
        (Reply("  plain words \n", "text/plain"), ["plain words"]),
        (Reply("gr\xfc\xdfe".encode("latin-1"), "text/plain; charset=iso-8859-1"), ["grüße"]),
        (Reply("words", "text/plain; charset=martian"), ["words"]),
        (Reply("<h1>no</h1>", "text/html"), []),
        (Reply('{"participantIdentifier":"+13055551234"}', "application/json"), []),
        (Reply("", "", 200), []),
    ],
)
def test_what_the_program_answers_reaches_who_wrote(
    world: World, session: Session, receiver: Receiver, reply: Reply, bodies: list[str]
) -> None:
    taken(world, receiver)
    receiver.pages["/in"] = reply
    world.alice.text(session.a.proxy_identifier, "hello")
    told(receiver)
    if bodies:
        world.alice.receives(len(bodies))
    world.server.settle()
    assert [one["body"] for one in world.alice.inbox()] == bodies
    assert {one["from"] for one in world.alice.inbox()} <= {session.a.proxy_identifier}
    assert not world.bob.inbox()
    assert codes(world) == ["80905"]


def test_a_redirect_is_followed(world: World, session: Session, receiver: Receiver) -> None:
    taken(world, receiver)
    receiver.pages["/in"] = twiml("<Message>one</Message><Redirect method='GET'>next</Redirect>")
    receiver.pages["/next"] = twiml("<Message>two</Message>")
    world.alice.text(session.a.proxy_identifier, "hello")
    assert [one["body"] for one in world.alice.receives(2)] == ["one", "two"]


@pytest.mark.parametrize("at", ["redirect", "url"])
@pytest.mark.parametrize("host", ["", "https://webhooks.twilio.com"])
def test_a_program_that_sends_it_to_proxy_has_it_masked(
    world: World, session: Session, receiver: Receiver, at: str, host: str
) -> None:
    """Once, and not round and round: by a Redirect, or with Proxy's door as the service's URL."""
    base = host or f"{world.server.url}/webhooks"
    account = world.server.account_sid
    door = f"{base}/v1/Accounts/{account}/Proxy/{world.service.sid}/Webhooks/Message"
    if at == "url":
        taken(world, receiver, inbound_request_url=door)
    else:
        taken(world, receiver)
        receiver.pages["/in"] = twiml(f"<Message>wait</Message><Redirect>{door}</Redirect>")
    world.alice.text(session.a.proxy_identifier, "hello")
    assert [one["body"] for one in world.bob.receives()] == ["hello"]
    session.settles("delivered")
    world.server.settle()
    assert [one["body"] for one in world.alice.inbox()] == (["wait"] if at == "redirect" else [])
    assert len(world.bob.inbox()) == 1
    assert len(recorded(world, "hello")) == 2


# When it fails


@pytest.mark.covers("code:11200")
def test_the_fallback_is_told_why(world: World, session: Session, receiver: Receiver) -> None:
    taken(world, receiver, fallback_url=f"{receiver.url}/fallback")
    receiver.pages["/in"] = Reply("", "", 500)
    receiver.pages["/fallback"] = twiml("<Message>sorry</Message>")
    world.alice.text(session.a.proxy_identifier, "hello")
    assert [one["body"] for one in world.alice.receives()] == ["sorry"]
    world.server.settle()
    (one,) = receiver.at("/fallback")
    assert (one.form["ErrorCode"], one.form["ErrorUrl"]) == ("11200", f"{receiver.url}/in")
    assert one.form["Body"] == "hello"
    assert len(receiver.at("/in")) == 1
    assert codes(world) == ["80905", "11200"]


def test_a_document_that_can_t_be_carried_out_is_not_fetched_again(
    world: World, session: Session, receiver: Receiver
) -> None:
    taken(world, receiver)
    receiver.pages["/in"] = Reply("<Response><Message>", "application/xml")
    world.alice.text(session.a.proxy_identifier, "hello")
    eventually(lambda: codes(world) == ["80905", "12100"])
    world.server.settle()
    assert len(receiver.at("/in")) == 1
    assert not world.alice.inbox()


def test_documents_without_end(world: World, session: Session, receiver: Receiver) -> None:
    taken(world, receiver)
    receiver.pages["/in"] = twiml("<Message>again</Message><Redirect/>")
    world.alice.text(session.a.proxy_identifier, "hello")
    eventually(lambda: codes(world) == ["80905", "11200"])
    world.server.settle()
    assert len(receiver.at("/in")) == 10
    assert not world.alice.inbox()


def test_it_is_told_again_until_it_answers(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.02,0.02,0.02") as server:
        world = World(server)
        session = world.session()
        taken(world, receiver)
        answers = iter([500, 404])
        receiver.pages["/in"] = lambda _: next(answers, twiml("<Message>at last</Message>"))
        for body in ("one", "two"):
            world.alice.text(session.a.proxy_identifier, body)
        world.alice.receives(2)
        server.settle()
        got = told(receiver, count=4)
        assert [one.form["Body"] for one in got] == ["one", "one", "one", "two"]
        assert len({one.headers["I-Twilio-Idempotency-Token"] for one in got}) == 2
        assert sorted(codes(world)) == ["11200", "80905", "80905"]


def test_what_is_given_up_is_kept(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.02") as server:
        world = World(server)
        session = world.session()
        taken(world, receiver)
        receiver.status = 503
        world.alice.text(session.a.proxy_identifier, "hello")
        told(receiver, count=2)
        eventually(lambda: server.transact(lambda tx: tx.outbox.count("dead")) == 1)
        assert codes(world) == ["80905", "11200", "11200"]
        newest = world.client.monitor.v1.alerts.list()[0]
        fetched = world.client.monitor.v1.alerts(newest.sid).fetch()
        assert "given up" in unquote_plus(fetched.alert_text)
        assert fetched.request_url == f"{receiver.url}/in"
        for shown in (fetched.alert_text, fetched.request_variables, fetched.response_body):
            assert ALICE[1:] not in shown
            assert "hello" not in shown
        assert len(recorded(world, "hello")) == 1
