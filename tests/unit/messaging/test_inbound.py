from __future__ import annotations

from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest

from maskline.messaging import inbound
from maskline.messaging.inbound import UNPOOLED, Receipt
from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Relay
from maskline.model.message import Message
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.model.traffic import InboundMessage, Intake
from maskline.proxy import participants, sessions
from maskline.store.contract import Conflict
from maskline.store.repositories import Routing
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR = "+14158670001"
FAR = "+14158670002"
LOOSE = "+14158670003"
CARRIERS = {NEAR: "telnyx", FAR: "vonage"}
CALLBACK = "https://a.example/cb"
INTERCEPT = "https://a.example/icb"


@pytest.fixture
def service(world: World) -> Service:
    """A Service that is told of everything, with two numbers at different carriers."""
    return furnished(world, CallbackUrl=CALLBACK)


def furnished(world: World, **params: str) -> Service:
    """A Service with two numbers at different carriers."""
    service = world.add_service(**params)
    world.add_number(NEAR, service=service, carrier="telnyx")
    world.add_number(FAR, service=service, carrier="vonage")
    return service


def meet(world: World, service: Service, **params: str) -> Session:
    """Alice, who dials NEAR, and Bob, who dials FAR."""
    session = world.add_session(service, **params)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    return session


def text(sender: str = ALICE, number: str = NEAR, **changes: Any) -> InboundMessage:
    """A message from Alice to the number that she dials."""
    carrier = CARRIERS.get(number, "simulator")
    blank = InboundMessage(
        carrier=carrier, provider_id="id-1", sender=sender, number=number, body="hi"
    )
    return msgspec.structs.replace(blank, **changes)


def receive(world: World, *messages: InboundMessage) -> list[Receipt]:
    """Takes them in, together."""
    return world.do(inbound.receive(world.env, world.tx, messages))


def messages(world: World) -> list[Message]:
    """All legs, oldest first."""
    found = world.rows("SELECT sid FROM messages ORDER BY sid")
    legs = [world.do(world.tx.messages.by_sid(sid)) for (sid,) in found]
    return [leg for leg in legs if leg is not None]


def interactions(world: World) -> list[Interaction]:
    """All interactions, oldest first."""
    found = world.rows("SELECT sid FROM interactions ORDER BY sid")
    records = [world.do(world.tx.interactions.by_sid(sid)) for (sid,) in found]
    return [record for record in records if record is not None]


def test_a_message_is_relayed(world: World, service: Service) -> None:
    session = meet(world, service)
    now = world.clock.advance(1000)
    (receipt,) = receive(world, text())

    came, goes = messages(world)
    (interaction,) = interactions(world)
    assert receipt == Receipt(Intake.TAKEN, came.sid, interaction_sid=interaction.sid)
    assert came == Message(
        sid=came.sid,
        account_sid=world.account.sid,
        direction="inbound",
        sender=ALICE,
        recipient=NEAR,
        body="hi",
        status="received",
        error_code=None,
        num_media=0,
        num_segments=1,
        carrier="telnyx",
        provider_id="id-1",
        interaction_sid=interaction.sid,
        date_created=now,
        date_sent=now,
        date_updated=now,
    )
    assert goes == Message(
        sid=goes.sid,
        account_sid=world.account.sid,
        direction="outbound-reply",
        sender=FAR,
        recipient=BOB,
        body="hi",
        status="queued",
        error_code=None,
        num_media=0,
        num_segments=1,
        carrier="vonage",
        provider_id=None,
        interaction_sid=interaction.sid,
        date_created=now,
        date_sent=None,
        date_updated=now,
    )
    assert (came.sid[:2], goes.sid[:2], interaction.sid[:2]) == ("SM", "SM", "KI")
    assert interaction == Interaction(
        sid=interaction.sid,
        account_sid=world.account.sid,
        service_sid=service.sid,
        session_sid=session.sid,
        type="message",
        data='{"body":"hi"}',
        num_media=0,
        inbound_participant_sid=world.person(session, ALICE).sid,
        inbound_resource_sid=came.sid,
        inbound_resource_status="received",
        outbound_participant_sid=world.person(session, BOB).sid,
        outbound_resource_sid=goes.sid,
        outbound_resource_status="queued",
        date_created=now,
        date_updated=now,
    )
    relay, callback = world.jobs()
    assert (relay.kind, relay.ordering_key) == ("relay", f"{FAR}>{BOB}")
    assert msgspec.json.decode(relay.payload, type=Relay) == Relay(
        message_sid=goes.sid,
        interaction_sid=interaction.sid,
        account_sid=world.account.sid,
        participant_sid=world.person(session, BOB).sid,
        carrier="vonage",
        sender=FAR,
        recipient=BOB,
        body="hi",
        media=(),
        direction="outbound-reply",
        intercept=None,
        dialled=BOB,
    )
    assert (callback.kind, callback.ordering_key) == ("callback", f"cb:{interaction.sid}")
    told = msgspec.json.decode(callback.payload, type=Callback)
    assert told == Callback(CALLBACK, interaction)
    assert world.codes() == []


def test_the_partner_s_answer_goes_back_the_same_way(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, text(BOB, FAR))
    (relay,) = world.relays()
    assert (relay.sender, relay.recipient, relay.carrier) == (NEAR, ALICE, "telnyx")


def test_the_session_is_touched(world: World, service: Service) -> None:
    session = meet(world, service, Ttl="60")
    first = world.clock.advance(1000)
    receive(world, text())
    touched = world.session(session)
    assert touched == msgspec.structs.replace(
        session,
        status="in-progress",
        date_started=first,
        date_last_interaction=first,
        expires_at=first + 60_000,
        date_updated=first,
    )
    second = world.clock.advance(1000)
    receive(world, text(provider_id="id-2"))
    assert world.session(session) == msgspec.structs.replace(
        touched,
        date_last_interaction=second,
        expires_at=second + 60_000,
        date_updated=second,
    )


def test_a_service_that_wants_no_callbacks(world: World) -> None:
    meet(world, furnished(world))
    receive(world, text())
    assert [job.kind for job in world.jobs()] == ["relay"]


def test_media(world: World, service: Service) -> None:
    meet(world, service)
    media = (("https://m/1", "image/png"), ("https://m/2", "video/mp4"))
    receive(world, text(media=media))
    came, goes = messages(world)
    for leg in (came, goes):
        assert leg.sid.startswith("MM")
        assert leg.num_media == 2
        stored = world.do(world.tx.messages.media(leg.sid))
        assert tuple((one.url, one.content_type) for one in stored) == media
        assert [one.position for one in stored] == [0, 1]
        assert all(one.sid.startswith("ME") for one in stored)
    (interaction,) = interactions(world)
    assert interaction.num_media == 2
    assert world.relays()[0].media == media
    assert world.callbacks()[0].media == ("https://m/1", "https://m/2")


def test_segments_are_counted(world: World, service: Service) -> None:
    meet(world, service)
    receive(world, text(body="x" * 161))
    assert [leg.num_segments for leg in messages(world)] == [2, 2]


@pytest.mark.parametrize("body", ['"\\ \n\t', "Grüße 🙂", "", "</script>"])
def test_the_data_of_an_interaction_is_json(world: World, service: Service, body: str) -> None:
    meet(world, service)
    receive(world, text(body=body))
    (interaction,) = interactions(world)
    assert msgspec.json.decode(interaction.data) == {"body": body}
    assert world.relays()[0].body == body


def test_with_an_intercept_the_program_is_asked_first(world: World) -> None:
    session = meet(world, furnished(world, CallbackUrl=CALLBACK, InterceptCallbackUrl=INTERCEPT))
    receive(world, text(media=(("https://m/1", "image/png"),)))
    (came,) = messages(world)
    (interaction,) = interactions(world)
    assert interaction.inbound_resource_sid == came.sid
    assert interaction.outbound_participant_sid is None
    assert interaction.outbound_resource_sid is None
    assert interaction.outbound_resource_status is None
    (relay,) = world.relays()
    assert relay.intercept == Callback(INTERCEPT, interaction, ("https://m/1",))
    assert relay.message_sid.startswith("MM")
    assert relay.participant_sid == world.person(session, BOB).sid
    assert [job.kind for job in world.jobs()] == ["relay"]
    assert world.rows("SELECT message_sid FROM media") == [(came.sid,)]
    assert world.session(session).status == "in-progress"


def test_jobs_are_leased_to_the_process(world: World, service: Service) -> None:
    meet(world, service)
    world.env = msgspec.structs.replace(world.env, lease=lambda now: ("me", now + 60_000))
    receive(world, text())
    assert {(job.owner, job.due_at) for job in world.jobs()} == {("me", world.clock() + 60_000)}


def refused(world: World, session: Session, code: int, resource: str, said: str = "") -> None:
    """The message was recorded, the debugger told, and the sender too where they are to be."""
    came, *answers = messages(world)
    assert [one.body for one in answers] == ([said] if said else [])
    assert {(one.sender, one.recipient) for one in answers} <= {(came.recipient, came.sender)}
    assert came.interaction_sid is None
    assert (came.status, came.direction) == ("received", "inbound")
    (alert,) = world.alerts()
    assert (alert.error_code, alert.service_sid) == (code, session.service_sid)
    assert alert.resource_sid == (came.sid if resource == "message" else session.sid)
    assert interactions(world) == []
    assert [(one.body, one.carrier) for one in world.relays()] == [
        (one.body, "telnyx") for one in answers
    ]
    assert len(world.jobs()) == len(answers)


@pytest.mark.covers("code:80903")
def test_a_sender_who_is_nobody_there(world: World, service: Service) -> None:
    session = meet(world, service)
    for wrong in (text(CAROL), text(ALICE, FAR)):
        (receipt,) = receive(world, wrong)
        assert receipt.intake is Intake.TAKEN
        refused(world, session, 80903, "message")
        world.rows("DELETE FROM messages")
        world.rows("DELETE FROM alerts")
    assert world.session(session) == session


def test_a_session_that_was_closed(world: World, service: Service) -> None:
    session = meet(world, service)
    closed = world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
    receive(world, text())
    refused(world, session, 80903, "message", world.env.settings.messages.reply_expired)
    assert world.session(session) == closed


@pytest.mark.covers("code:80614")
def test_nobody_on_the_other_side(world: World, service: Service) -> None:
    session = meet(world, service)
    bob = world.person(session, BOB)
    world.do(participants.remove(world.env, world.tx, session, bob.sid))
    receive(world, text())
    refused(world, session, 80614, "session", world.env.settings.messages.reply_no_partner)
    assert world.session(session) == session


@pytest.mark.covers("code:80910")
@pytest.mark.covers("says:modes.message")
def test_a_session_for_voice(world: World, service: Service) -> None:
    session = meet(world, service, Mode="voice-only")
    receive(world, text())
    refused(world, session, 80910, "session", world.env.settings.messages.reply_wrong_mode)
    assert world.session(session) == session


@pytest.mark.covers("code:80904")
@pytest.mark.covers("code:80901")
@pytest.mark.parametrize(("sender", "number"), [(ALICE, NEAR), (BOB, FAR)])
@pytest.mark.parametrize("word", ["STOP", " arrett\n", "Unstop"])
def test_an_opt_out_word_is_not_forwarded(
    world: World, service: Service, sender: str, number: str, word: str
) -> None:
    session = meet(world, service)
    receive(world, text(sender, number, body=word))
    assert [alert.error_code for alert in world.alerts()] == [80901]
    assert world.alerts()[0].resource_sid == session.sid
    assert not interactions(world)
    assert not world.callbacks()
    # What the STOP filter answers by itself is no relay.
    assert all(relay.interaction_sid is None for relay in world.relays())
    assert {message.direction for message in messages(world)} <= {"inbound", "platform"}
    assert world.session(session).date_last_interaction is None


def test_opt_in_and_help_words_pass(world: World, service: Service) -> None:
    meet(world, service)
    for i, word in enumerate(["START", "yes", "debut", "HELP", "info", "STOP please"]):
        receive(world, text(body=word, provider_id=f"w{i}"))
    assert not world.codes()
    assert len(interactions(world)) == 6


def test_a_session_whose_time_is_over_is_closed(world: World, service: Service) -> None:
    session = meet(world, service, Ttl="60")
    world.clock.advance(59_999)
    receive(world, text(provider_id="in time"))
    assert len(interactions(world)) == 1
    over = world.clock.advance(60_000)
    receive(world, text(), text(BOB, FAR, provider_id="id-2"))
    closed = world.session(session)
    assert (closed.status, closed.closed_reason, closed.date_ended) == ("closed", "ttl", over)
    assert len(interactions(world)) == 1
    assert world.codes() == [80904, 80904]
    assert {alert.resource_sid for alert in world.alerts()} == {session.sid}
    receive(world, text(provider_id="id-3"))
    assert world.codes() == [80904, 80904, 80903]


def test_a_number_that_nobody_owns(world: World, service: Service) -> None:
    meet(world, service)
    unknown = text(number="+14158679999")
    assert receive(world, unknown) == [Receipt(Intake.UNKNOWN_NUMBER, None)]
    assert messages(world) == []
    assert world.codes() == []


def test_a_carrier_that_speaks_for_another_account(world: World, service: Service) -> None:
    meet(world, service)
    stranger = text(account_sid=world.add_account().sid)
    assert receive(world, stranger) == [Receipt(Intake.UNKNOWN_NUMBER, None)]
    assert messages(world) == []
    (receipt,) = receive(world, text(account_sid=world.account.sid))
    assert receipt.intake is Intake.TAKEN


@pytest.mark.covers("code:80905")
@pytest.mark.parametrize("sender", [ALICE, CAROL])
@pytest.mark.parametrize("body", ["hi", "STOP"])
def test_a_messaging_service_that_keeps_messages_to_itself(
    world: World, service: Service, sender: str, body: str
) -> None:
    session = meet(world, service)
    texts = world.add_messaging_service(world.number(NEAR))
    (receipt,) = receive(world, text(sender, body=body))
    came, *answers = messages(world)
    assert receipt == Receipt(Intake.TAKEN, came.sid, "diverted")
    assert (came.status, came.body, came.interaction_sid) == ("received", body, None)
    assert not interactions(world)
    # The platform's STOP filter comes before both.
    assert [one.direction for one in answers] == ["platform"] * (body == "STOP")
    assert len(world.jobs()) == len(world.relays()) == len(answers)
    assert world.session(session) == session
    (alert,) = world.alerts()
    assert (alert.error_code, alert.log_level) == (80905, "warning")
    assert (alert.service_sid, alert.resource_sid) == (service.sid, came.sid)
    assert texts.sid in alert.alert_text
    assert "UseInboundWebhookOnNumber" in alert.alert_text
    # The partner's number is in no Messaging Service.
    receive(world, text(BOB, FAR, provider_id="id-2", carrier="vonage"))
    assert len(interactions(world)) == 1


def test_a_messaging_service_that_defers(world: World, service: Service) -> None:
    meet(world, service)
    texts = world.add_messaging_service(world.number(NEAR), use_inbound_webhook_on_number=1)
    receive(world, text())
    assert len(world.relays()) == 1
    world.do(
        world.tx.messaging_services.update(
            msgspec.structs.replace(texts, use_inbound_webhook_on_number=0)
        )
    )
    receive(world, text(provider_id="id-2"))
    assert len(world.relays()) == 1
    world.do(world.tx.messaging_services.delete(texts.sid))
    receive(world, text(provider_id="id-3"))
    assert len(world.relays()) == 2
    assert world.codes() == [80905]


def test_a_number_in_no_pool(world: World) -> None:
    world.add_number(LOOSE)
    (receipt,) = receive(world, text(number=LOOSE))
    (came,) = messages(world)
    assert receipt == Receipt(Intake.TAKEN, came.sid, UNPOOLED)
    assert (came.recipient, came.interaction_sid) == (LOOSE, None)
    assert world.codes() == []
    assert world.jobs() == []


def test_a_message_that_comes_again(world: World, service: Service) -> None:
    meet(world, service)
    (first,) = receive(world, text())
    (again,) = receive(world, text(body="whatever"))
    assert again == Receipt(Intake.DUPLICATE, first.message_sid)
    assert len(messages(world)) == 2
    assert len(world.jobs()) == 2
    (elsewhere,) = receive(world, text(number=FAR))
    assert elsewhere.intake is Intake.TAKEN


def test_a_carrier_speaks_for_its_own_numbers_alone(world: World, service: Service) -> None:
    meet(world, service)
    (stranger,) = receive(world, text(carrier="vonage"))
    assert stranger.intake is Intake.UNKNOWN_NUMBER
    assert not messages(world)
    (ours,) = receive(world, text(carrier="vonage", account_sid=service.account_sid))
    assert ours.intake is Intake.TAKEN


def test_a_message_that_another_process_takes_in_at_the_same_time(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When this process looked, the other had not committed it; here by hand."""
    meet(world, service)
    (route,) = world.do(world.tx.routing.of_messages([text()]))
    receive(world, text())
    look = AsyncMock(return_value=[route])
    with monkeypatch.context() as patched:
        patched.setattr(Routing, "of_messages", look)
        with pytest.raises(Conflict):
            receive(world, text())
    assert len(world.relays()) == 1
    assert receive(world, text())[0].intake is Intake.DUPLICATE


def test_a_batch(world: World, service: Service) -> None:
    session = meet(world, service)
    found = receive(
        world,
        text(body="one"),
        text(number="+14158679999", provider_id="id-2"),
        text(body="one again"),
        text(BOB, FAR, provider_id="id-3", body="two"),
        text(CAROL, provider_id="id-4"),
        text(body="three", provider_id="id-5"),
    )
    assert [receipt.intake for receipt in found] == [
        Intake.TAKEN,
        Intake.UNKNOWN_NUMBER,
        Intake.DUPLICATE,
        Intake.TAKEN,
        Intake.TAKEN,
        Intake.TAKEN,
    ]
    assert found[2].message_sid == found[0].message_sid
    came = [leg for leg in messages(world) if leg.direction == "inbound"]
    assert [leg.sid for leg in came] == [found[place].message_sid for place in (0, 3, 4, 5)]
    assert [relay.body for relay in world.relays()] == ["one", "two", "three"]
    assert [relay.recipient for relay in world.relays()] == [BOB, ALICE, BOB]
    assert len(interactions(world)) == 3
    assert world.codes() == [80903]
    assert world.session(session).date_last_interaction == world.clock()


def test_an_empty_batch(world: World) -> None:
    assert receive(world) == []
