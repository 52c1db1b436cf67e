"""Two phones and a program: what each of them sees of a masked conversation and a masked call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.support.receiver import Receiver
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, BOB, POOL, World, eventually

pytestmark = pytest.mark.both_engines

SERVICE = "/proxy/v1/Services/{ServiceSid}"
SESSION = f"{SERVICE}/Sessions/{{SessionSid}}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(
        tmp_path,
        **database,
        MASKLINE_WEBHOOKS_INTERCEPT_TIMEOUT="0.5",
        MASKLINE_WEBHOOKS_RETRY_DELAYS="0.05,0.05",
        MASKLINE_DELIVERY_SEND_RETRY_DELAYS="0.05,0.05",
        MASKLINE_VOICE_DIAL_TIMEOUT="5",
    ) as server:
        yield server


@pytest.fixture
def world(server: RunningServer, receiver: Receiver) -> World:
    return World(server, callback_url=f"{receiver.url}/callback")


def leaks(world: World) -> list[str]:
    """Real numbers that show on the other side."""
    return [
        name
        for name, seen, number in (
            ("alice sees bob", world.alice.everything(), BOB),
            ("bob sees alice", world.bob.everything(), ALICE),
        )
        if number in seen or number[1:] in seen
    ]


def test_a_conversation(world: World, receiver: Receiver) -> None:
    session = world.session(unique_name="ride 1")
    assert session.a.proxy_identifier in POOL
    assert world.alice.text(session.a.proxy_identifier, "I'm here 🚗").status_code == 201
    (seen,) = world.bob.receives()
    assert (seen["from"], seen["body"]) == (session.b.proxy_identifier, "I'm here 🚗")
    assert world.bob.text(seen["from"], "coming down").status_code == 201
    (seen,) = world.alice.receives()
    assert (seen["from"], seen["body"]) == (session.a.proxy_identifier, "coming down")
    session.settles("delivered")
    reply, first = session.interactions()
    assert json.loads(first.data) == {"body": "I'm here 🚗"}
    assert (first.inbound_participant_sid, first.outbound_participant_sid) == (
        session.a.sid,
        session.b.sid,
    )
    assert (reply.inbound_participant_sid, reply.outbound_participant_sid) == (
        session.b.sid,
        session.a.sid,
    )
    fresh = session.here.fetch()
    assert fresh.status == "in-progress"
    assert fresh.date_started is not None
    assert fresh.date_last_interaction >= fresh.date_started
    assert not leaks(world)


def test_both_legs_are_message_resources(world: World) -> None:
    session = world.session()
    world.alice.text(session.a.proxy_identifier, "x" * 161)
    interaction = session.settles("delivered")
    inbound = world.client.messages(interaction.inbound_resource_sid).fetch()
    outbound = world.client.messages(interaction.outbound_resource_sid).fetch()
    assert (inbound.direction, inbound.status, inbound.num_segments) == ("inbound", "received", "2")
    assert (inbound.from_, inbound.to) == (ALICE, session.a.proxy_identifier)
    assert (outbound.from_, outbound.to) == (session.b.proxy_identifier, BOB)
    assert outbound.status == "delivered"
    assert outbound.date_sent is not None


def test_callbacks_tell_every_step_in_order_and_are_signed(
    world: World, receiver: Receiver
) -> None:
    session = world.session()
    world.alice.text(session.a.proxy_identifier, "hi")
    interaction = session.settles("delivered")
    world.server.settle()
    posted = eventually(lambda: len(p := receiver.at("/callback")) == 3 and p)
    assert posted
    assert [one.form["outboundResourceStatus"] for one in posted] == ["queued", "sent", "delivered"]
    validator = RequestValidator(AUTH_TOKEN)
    for one in posted:
        assert validator.validate(one.url, one.form, one.headers["X-Twilio-Signature"])
    tokens = {one.headers["I-Twilio-Idempotency-Token"] for one in posted}
    assert len(tokens) == 3
    form = posted[-1].form
    account = world.server.account_sid
    messages = f"{world.server.url}/api/2010-04-01/Accounts/{account}/Messages"
    assert form.pop("interactionDateCreated").endswith("Z")
    assert form.pop("interactionDateUpdated").endswith("Z")
    assert form == {
        "interactionSid": interaction.sid,
        "interactionSessionSid": session.sid,
        "interactionServiceSid": world.service.sid,
        "interactionAccountSid": account,
        "interactionType": "Message",
        "interactionData": '{"body":"hi"}',
        "interactionNumMedia": "0",
        "inboundParticipantSid": session.a.sid,
        "inboundResourceSid": interaction.inbound_resource_sid,
        "inboundResourceStatus": "received",
        "inboundResourceType": "message",
        "inboundResourceUrl": f"{messages}/{interaction.inbound_resource_sid}.json",
        "outboundParticipantSid": session.b.sid,
        "outboundResourceSid": interaction.outbound_resource_sid,
        "outboundResourceStatus": "delivered",
        "outboundResourceType": "message",
        "outboundResourceUrl": f"{messages}/{interaction.outbound_resource_sid}.json",
    }


@pytest.mark.covers("says:media.status")
def test_media_are_relayed_both_ways(world: World, receiver: Receiver) -> None:
    session = world.session()
    urls = [f"https://media.example/{i}.png" for i in range(10)]
    world.alice.text(session.a.proxy_identifier, "look", urls)
    assert world.bob.receives()[0]["media"] == urls
    world.bob.text(session.b.proxy_identifier, "", urls[:1])
    assert world.alice.receives()[0]["media"] == urls[:1]
    interaction = session.settles("delivered")
    assert interaction.inbound_resource_sid.startswith("MM")
    (medium,) = world.client.messages(interaction.outbound_resource_sid).media.list()
    assert medium.parent_sid == interaction.outbound_resource_sid
    form = receiver.at("/callback")[0].form
    assert form["interactionNumMedia"] == "10"
    assert [form[f"interactionMediaUrl{i}"] for i in range(10)] == urls


@pytest.mark.parametrize("body", ["a" * 1600, "ё" * 1600, "👋" * 800, "{}[]~^|€\\", "a\nb\tc"])
def test_texts_arrive_as_they_were_sent(world: World, body: str) -> None:
    session = world.session()
    assert world.alice.text(session.a.proxy_identifier, body).status_code == 201
    assert world.bob.receives()[0]["body"] == body
    assert json.loads(session.interactions()[0].data)["body"] == body


@pytest.mark.covers(f"POST {SESSION}/Participants/{{ParticipantSid}}/MessageInteractions")
def test_the_application_writes_to_one_person_and_the_reply_reaches_the_partner(
    world: World, receiver: Receiver
) -> None:
    session = world.session()
    participant = session.here.participants(session.b.sid)
    sent = participant.message_interactions.create(body="your ride is near")
    assert (sent.outbound_participant_sid, sent.inbound_participant_sid) == (session.b.sid, None)
    (seen,) = world.bob.receives()
    assert (seen["from"], seen["body"]) == (session.b.proxy_identifier, "your ride is near")
    session.settles("delivered")
    world.bob.text(seen["from"], "thanks")
    assert world.alice.receives()[0]["body"] == "thanks"
    told = eventually(lambda: receiver.at("/callback"))[0]
    assert not [name for name in told.form if name.startswith("inbound")]


def test_messages_of_one_sender_arrive_in_order(world: World) -> None:
    session = world.session()
    for i in range(30):
        world.alice.text(session.a.proxy_identifier, str(i))
    assert [one["body"] for one in world.bob.receives(30)] == [str(i) for i in range(30)]


def test_a_stranger_reaches_nobody(world: World) -> None:
    session = world.session()
    assert world.stranger.text(session.a.proxy_identifier, "hello?").status_code == 201
    call = world.stranger.call(session.a.proxy_identifier)
    over = world.stranger.ends(call["id"])
    assert "does not connect you" in json.dumps(over["heard"])
    world.server.settle()
    assert not world.alice.messages()
    assert not world.bob.messages()
    assert not world.bob.calls()
    assert not session.interactions()


def test_a_closed_session_relays_nothing_until_it_is_reopened(world: World) -> None:
    session = world.session()
    session.here.update(status="closed")
    world.alice.text(session.a.proxy_identifier, "one")
    world.server.settle()
    assert not world.bob.inbox()
    session.here.update(status="in-progress")
    world.alice.text(session.a.proxy_identifier, "two")
    assert [one["body"] for one in world.bob.receives()] == ["two"]


def test_a_session_ends_by_itself_and_frees_its_numbers(world: World) -> None:
    session = world.session(ttl=1)
    closed = eventually(lambda: (one := session.here.fetch()).status == "closed" and one)
    assert closed
    assert closed.closed_reason == "ttl"
    assert {one.in_use for one in world.here.phone_numbers.list()} == {0}
    world.alice.text(session.a.proxy_identifier, "too late")
    world.server.settle()
    assert not world.bob.inbox()


# Intercept


@pytest.mark.parametrize(("status", "arrives"), [(403, False), (200, True), (500, True)])
def test_only_a_403_of_the_intercept_callback_blocks(
    server: RunningServer, receiver: Receiver, status: int, arrives: bool
) -> None:
    world = World(
        server,
        intercept_callback_url=f"{receiver.url}/intercept",
        callback_url=f"{receiver.url}/callback",
    )
    session = world.session()
    receiver.answer = lambda form: 200 if "outboundResourceSid" in form else status
    world.alice.text(session.a.proxy_identifier, "may I?")
    asked = eventually(lambda: receiver.at("/intercept"))[0]
    assert asked.form["inboundResourceStatus"] == "received"
    assert not [name for name in asked.form if name.startswith("outbound")]
    assert RequestValidator(AUTH_TOKEN).validate(
        asked.url, asked.form, asked.headers["X-Twilio-Signature"]
    )
    if arrives:
        world.bob.receives()
        session.settles("delivered")
    server.settle()
    (interaction,) = session.interactions()
    assert bool(world.bob.inbox()) == arrives
    assert (interaction.outbound_resource_sid is not None) == arrives
    assert bool(receiver.at("/callback")) == arrives


@pytest.mark.covers("says:media.intercept")
def test_an_intercept_callback_is_told_of_media(server: RunningServer, receiver: Receiver) -> None:
    world = World(server, intercept_callback_url=f"{receiver.url}/intercept")
    session = world.session()
    urls = [f"https://media.example/{name}.png" for name in ("one", "two")]
    world.alice.text(session.a.proxy_identifier, "look", urls)
    form = eventually(lambda: receiver.at("/intercept"))[0].form
    assert form["interactionNumMedia"] == "2"
    assert [form[f"interactionMediaUrl{place}"] for place in (0, 1)] == urls
    assert world.bob.receives()[0]["media"] == urls


def test_an_intercept_callback_that_hangs_lets_the_message_pass(
    server: RunningServer, receiver: Receiver
) -> None:
    world = World(server, intercept_callback_url=f"{receiver.url}/intercept")
    session = world.session()
    receiver.delay = 2
    began = time.monotonic()
    assert world.alice.text(session.a.proxy_identifier, "hello").status_code == 201
    assert time.monotonic() - began < 0.5
    world.bob.receives()
    assert 0.4 < time.monotonic() - began < 1.9


def test_an_intercepted_call_is_not_connected(server: RunningServer, receiver: Receiver) -> None:
    world = World(server, intercept_callback_url=f"{receiver.url}/intercept")
    session = world.session()
    receiver.status = 403
    call = world.alice.call(session.a.proxy_identifier)
    over = world.alice.ends(call["id"])
    assert "cannot be connected" in json.dumps(over["heard"])
    assert not world.bob.calls()
    assert receiver.at("/intercept")[0].form["interactionType"] == "Voice"
    receiver.status = 200
    world.alice.call(session.a.proxy_identifier)
    assert world.bob.rings()["from"] == session.b.proxy_identifier


# Calls


def test_a_call_rings_with_the_callee_s_own_proxy_number(world: World, receiver: Receiver) -> None:
    session = world.session()
    call = world.alice.call(session.a.proxy_identifier)
    ringing = world.bob.rings()
    assert (ringing["from"], ringing["to"]) == (session.b.proxy_identifier, BOB)
    assert world.bob.act(ringing["id"], "answer").status_code == 200
    eventually(lambda: world.alice.calls()[0]["status"] == "in-progress")
    time.sleep(1.1)
    assert world.alice.act(call["id"], "hangup").status_code == 200
    world.bob.ends(ringing["id"])
    interaction = session.settles("completed")
    assert interaction.type == "voice"
    assert int(json.loads(interaction.data)["duration"]) in (1, 2)
    assert interaction.inbound_resource_status == "completed"
    inbound = world.client.calls(interaction.inbound_resource_sid).fetch()
    outbound = world.client.calls(interaction.outbound_resource_sid).fetch()
    assert (inbound.direction, outbound.direction) == ("inbound", "outbound-dial")
    assert outbound.parent_call_sid == inbound.sid
    assert outbound.duration in ("1", "2")
    assert (outbound._from, outbound.to) == (session.b.proxy_identifier, BOB)
    world.server.settle()
    posted = eventually(
        lambda: (
            (p := receiver.at("/callback"))
            and p[-1].form["outboundResourceStatus"] == "completed"
            and p
        )
    )
    assert posted
    assert [one.form["outboundResourceStatus"] for one in posted] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert {one.form["interactionType"] for one in posted} == {"Voice"}
    assert not leaks(world)


@pytest.mark.parametrize(
    ("action", "body", "outbound", "inbound"),
    [
        ("reject", {}, "busy", "busy"),
        ("reject", {"reason": "busy"}, "busy", "busy"),
    ],
)
def test_a_call_that_is_turned_away(
    world: World, action: str, body: dict[str, str], outbound: str, inbound: str
) -> None:
    session = world.session()
    call = world.alice.call(session.a.proxy_identifier)
    world.bob.act(world.bob.rings()["id"], action, **body)
    world.alice.ends(call["id"])
    interaction = session.settles(outbound)
    assert interaction.inbound_resource_status == inbound
    assert json.loads(interaction.data) == {"duration": "0"}


@pytest.mark.parametrize(
    ("behaviour", "outbound"),
    [("busy", "busy"), ("no-answer", "no-answer"), ("unreachable", "failed")],
)
def test_a_call_that_nobody_takes(world: World, behaviour: str, outbound: str) -> None:
    session = world.session()
    world.bob.behave(on_call=behaviour)
    call = world.alice.call(session.a.proxy_identifier)
    world.alice.ends(call["id"])
    interaction = session.settles(outbound)
    assert interaction.inbound_resource_status == outbound


def test_the_caller_gives_up_while_it_rings(world: World) -> None:
    session = world.session()
    call = world.alice.call(session.a.proxy_identifier)
    ringing = world.bob.rings()
    world.alice.act(call["id"], "hangup")
    world.bob.ends(ringing["id"])
    interaction = session.settles("canceled")
    assert interaction.inbound_resource_status == "canceled"


def test_the_callee_hangs_up(world: World) -> None:
    session = world.session()
    call = world.alice.call(session.a.proxy_identifier)
    ringing = world.bob.rings()
    world.bob.act(ringing["id"], "answer")
    world.bob.act(ringing["id"], "hangup")
    world.alice.ends(call["id"])
    assert session.settles("completed").inbound_resource_status == "completed"


# Carriers


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"outcome": "undelivered", "error_code": 30003}, "undelivered", 30003),
        ({"outcome": "failed", "error_code": 30007}, "failed", 30007),
        ({"refuse": {"code": 21610, "retry": False}}, "failed", 21610),
        ({"refuse": {"code": 30001, "retry": True, "attempts": 2}}, "delivered", None),
        ({"refuse": {"code": 30001, "retry": True}}, "failed", 30001),
        ({"duplicate_receipts": 3, "out_of_order": True}, "delivered", None),
        ({"lose_receipt": True}, "sent", None),
        ({"delay_ms": 100}, "delivered", None),
    ],
)
def test_what_carriers_do_with_a_message_shows(
    world: World, behaviour: dict[str, object], status: str, code: int | None
) -> None:
    session = world.session()
    world.bob.behave(**behaviour)
    world.alice.text(session.a.proxy_identifier, "hi")
    interaction = session.settles(status)
    message = world.client.messages(interaction.outbound_resource_sid).fetch()
    assert (message.status, message.error_code) == (status, code)


def test_a_message_that_is_handed_over_twice_is_relayed_once(world: World) -> None:
    session = world.session()
    world.alice.behave(duplicate_inbound=1)
    world.alice.text(session.a.proxy_identifier, "once")
    world.bob.receives()
    world.server.settle()
    assert len(world.bob.inbox()) == 1
    assert len(session.interactions()) == 1


def door(world: World, what: str, form: dict[str, str]) -> requests.Response:
    """A Twilio-shaped carrier posts a signed form."""
    account, service = world.server.account_sid, world.service.sid
    url = f"{world.server.url}/webhooks/v1/Accounts/{account}/Proxy/{service}/Webhooks/{what}"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=10)


def test_the_door_for_twilio_shaped_carriers_takes_the_same_way(world: World) -> None:
    session = world.session()
    form = {"MessageSid": "SMx", "From": ALICE, "To": session.a.proxy_identifier, "Body": "hi"}
    for _ in range(2):
        answer = door(world, "Message", form)
        assert answer.status_code == 200
        assert answer.text.endswith("<Response/>")
    assert [one["body"] for one in world.bob.receives()] == ["hi"]
    session.settles("delivered")
    assert len(session.interactions()) == 1

    form = {"CallSid": "CAx", "From": ALICE, "To": session.a.proxy_identifier}
    answer = door(world, "Call", form | {"CallStatus": "ringing"})
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert f'callerId="{session.b.proxy_identifier}"' in answer.text
    assert f">{BOB}</Number>" in answer.text
    assert 'answerOnBridge="true"' in answer.text
    again = door(world, "Call", form | {"CallStatus": "ringing"})
    assert again.text == answer.text
    leg = answer.text.partition("Leg?CallLeg=")[2][:34]
    for status in ("ringing", "in-progress"):
        door(world, f"Call/Leg?CallLeg={leg}", {"CallSid": "CAy", "CallStatus": status})
    interaction = session.settles("in-progress")
    assert interaction.inbound_resource_status == "in-progress"
    over = {"DialCallSid": "CAy", "DialCallStatus": "completed", "DialCallDuration": "42"}
    assert "<Hangup/>" in door(world, f"Call/Done?CallLeg={leg}", over).text
    interaction = session.settles("completed")
    assert json.loads(interaction.data) == {"duration": "42"}
    assert interaction.inbound_resource_status == "completed"


def test_a_failing_callback_is_retried_with_the_same_token(
    world: World, receiver: Receiver
) -> None:
    session = world.session()
    answers = iter([500, 500])
    receiver.answer = lambda form: next(answers, 200)
    world.alice.text(session.a.proxy_identifier, "hi")
    session.settles("delivered")
    world.server.settle()
    posted = eventually(lambda: len(p := receiver.at("/callback")) == 5 and p)
    assert posted
    assert [one.form["outboundResourceStatus"] for one in posted] == [
        *["queued"] * 3,
        "sent",
        "delivered",
    ]
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in posted[:3]}) == 1


def test_private_callbacks_are_refused_unless_allowed(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(
        tmp_path,
        MASKLINE_ALLOW_PRIVATE_WEBHOOKS="false",
        MASKLINE_WEBHOOKS_RETRY_DELAYS="0.01",
    ) as server:
        world = World(server, callback_url=f"{receiver.url}/callback")
        session = world.session()
        world.alice.text(session.a.proxy_identifier, "hi")
        session.settles("delivered")
        server.settle()
        assert not receiver.posted


def test_numbers_in_use_cannot_leave_the_pool(world: World) -> None:
    session = world.session()
    with pytest.raises(TwilioRestException) as refused:
        world.here.phone_numbers(session.a.proxy_identifier_sid).delete()
    assert refused.value.code == 80611
    in_use = {one.phone_number: one.in_use for one in world.here.phone_numbers.list()}
    assert in_use == {
        number: int(number in (session.a.proxy_identifier, session.b.proxy_identifier))
        for number in POOL
    }
