"""Messages that a Messaging Service takes: its program is told, and may hand them to Proxy."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging import diverted, inbound, out_of_session
from maskline.messaging.answers import Answered
from maskline.model.account import AccountStatus
from maskline.model.job import Inbound, Job, OutOfSession
from maskline.model.message import Direction, Message
from maskline.model.messaging_service import MessagingService
from maskline.model.problem import Problem
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR, FAR, LOOSE = "+14158670001", "+14158670002", "+14158670003"
HOOK, FALLBACK, OOS = "https://a.example/in", "https://b.example/in", "https://a.example/oos"


@pytest.fixture
def service(world: World) -> Service:
    """A Proxy Service with two numbers."""
    service = world.add_service()
    for number in (NEAR, FAR):
        world.add_number(number, service=service, carrier="telnyx")
    world.add_number(LOOSE, carrier="telnyx")
    return service


@pytest.fixture
def texts(world: World, service: Service) -> MessagingService:
    """A Messaging Service that takes the messages to one of them, and to one in no pool."""
    return world.add_messaging_service(
        world.number(NEAR),
        world.number(LOOSE),
        inbound_request_url=HOOK,
        inbound_method="GET",
        fallback_url=FALLBACK,
        fallback_method="GET",
    )


@pytest.fixture
def session(world: World, service: Service, texts: MessagingService) -> Session:
    """Alice, who writes to NEAR, and Bob, who writes to FAR."""
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    return session


def receive(world: World, number: str = NEAR, sender: str = ALICE, **changes: Any) -> Message:
    """Takes in a text; its record."""
    one = InboundMessage("telnyx", world.records.sids.new("XX"), sender, number, "hi")
    one = msgspec.structs.replace(one, **changes)
    (receipt,) = world.do(inbound.receive(world.env, world.tx, [one]))
    return record(world, receipt.message_sid)


def record(world: World, sid: str | None) -> Message:
    """The message's record as it is now."""
    found = world.do(world.tx.messages.by_sid(sid))
    assert isinstance(found, Message)
    return found


def told(world: World) -> list[tuple[Job, Inbound]]:
    """The jobs that tell programs, oldest first."""
    jobs = [job for job in world.jobs() if job.kind == "inbound"]
    return [(job, msgspec.json.decode(job.payload, type=Inbound)) for job in jobs]


@pytest.mark.parametrize(("number", "codes"), [(NEAR, [80905]), (LOOSE, [])])
def test_the_program_is_told(
    world: World, session: Session, texts: MessagingService, number: str, codes: list[int]
) -> None:
    came = receive(world, number)
    ((job, asked),) = told(world)
    assert (job.account_sid, job.ordering_key) == (world.account.sid, f"in:{number}<{ALICE}")
    assert asked == Inbound(
        url=HOOK,
        method="GET",
        fallback_url=FALLBACK,
        fallback_method="GET",
        account_sid=world.account.sid,
        service_sid=texts.sid,
        message_sid=came.sid,
        message=asked.message,
    )
    assert (asked.message.sender, asked.message.number, asked.message.body) == (ALICE, number, "hi")
    assert world.codes() == codes
    assert not world.relays()


def test_what_it_is_told(world: World, session: Session, texts: MessagingService) -> None:
    media = (("https://media.example/1.png", "image/png"),)
    came = receive(world, media=media)
    ((_, asked),) = told(world)
    form = diverted.parameters(asked)
    params = dict(form)
    assert len(params) == len(form)
    assert params["MessageSid"] == params["SmsSid"] == params["SmsMessageSid"] == came.sid
    assert params["MessagingServiceSid"] == texts.sid
    assert (params["AccountSid"], params["ApiVersion"]) == (world.account.sid, "2010-04-01")
    assert (params["From"], params["To"], params["Body"]) == (ALICE, NEAR, "hi")
    assert (params["FromCountry"], params["ToCountry"]) == ("US", "US")
    assert (params["NumMedia"], params["NumSegments"]) == ("1", "1")
    assert (params["MediaUrl0"], params["MediaContentType0"]) == media[0]
    assert params["SmsStatus"] == "received"
    assert "OptOutType" not in params
    again = dict(diverted.parameters(asked, Problem(11200, "b.example: answered with status 500")))
    assert again == params | {"ErrorCode": "11200", "ErrorUrl": HOOK}


@pytest.mark.parametrize("number", [NEAR, LOOSE])
def test_nobody_is_told(world: World, session: Session, number: str) -> None:
    """Of a service that names no program, of one that is gone, and for an account that is
    suspended, while its messages are recorded."""
    world.rows("UPDATE messaging_services SET inbound_request_url = NULL")
    assert receive(world, number).status == "received"
    world.rows("UPDATE messaging_services SET inbound_request_url = ?", HOOK)
    suspended = msgspec.structs.replace(world.account, status=AccountStatus.SUSPENDED.value)
    world.do(world.tx.accounts.update(suspended))
    assert receive(world, number).status == "received"
    world.do(world.tx.accounts.update(world.account))
    world.rows("DELETE FROM messaging_services")
    assert receive(world, number).status == "received"
    assert not told(world)
    assert not world.relays()


def hand_over(world: World, *texts: Answered) -> None:
    """The program of the oldest message that waits hands it to Proxy."""
    job, asked = told(world)[0]
    found = [Problem(12200, "line 1")]
    world.do(diverted.hand_over(world.env, world.tx, job.sid, asked, texts, found))


def test_a_message_that_is_handed_to_proxy_is_relayed(world: World, session: Session) -> None:
    came = receive(world)
    job, asked = told(world)[0]
    hand_over(world, Answered("one moment"))
    assert not told(world)
    assert [(one.sender, one.recipient, one.body) for one in world.relays()] == [
        (NEAR, ALICE, "one moment"),
        (FAR, BOB, "hi"),
    ]
    assert record(world, came.sid).interaction_sid == world.relays()[1].interaction_sid
    assert world.codes() == [80905, 12200]
    world.do(diverted.hand_over(world.env, world.tx, job.sid, asked, (), ()))
    assert len(world.relays()) == 2


@pytest.mark.parametrize(
    ("sender", "body", "codes"),
    [(CAROL, "hi", [80903]), (ALICE, "STOP", [80901]), (ALICE, "Arret", [80901])],
)
def test_what_proxy_does_not_carry_is_refused_as_ever(
    world: World, session: Session, sender: str, body: str, codes: list[int]
) -> None:
    receive(world, sender=sender, body=body)
    hand_over(world)
    assert not [one for one in world.relays() if one.direction != Direction.PLATFORM]
    assert not told(world)
    assert world.codes() == [80905, 12200, *codes]


def test_the_out_of_session_callback_is_asked_about_what_is_handed_over(
    world: World, session: Session, service: Service
) -> None:
    world.rows("UPDATE services SET out_of_session_callback_url = ?", OOS)
    receive(world, sender=CAROL)
    hand_over(world)
    (job,) = world.jobs()
    assert job.kind == "out-of-session"
    # And it does not come back to the Messaging Service's program from there.
    asked = msgspec.json.decode(job.payload, type=OutOfSession)
    assert world.do(out_of_session.begin(world.env, world.tx, job.sid, asked)) is not None
    assert world.jobs() == [job]


def test_a_number_in_no_pool_can_t_be_handed_over(world: World, session: Session) -> None:
    receive(world, LOOSE)
    hand_over(world)
    assert world.codes() == [12200, 80905]
    receive(world, LOOSE)
    world.do(world.tx.numbers.delete(world.number(LOOSE).sid))
    hand_over(world)
    assert world.codes() == [12200, 80905, 12200, 80905]
    assert not world.jobs()
