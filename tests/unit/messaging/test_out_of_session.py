"""Messages that no session carries: asked about, answered once, and taken along into a session."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging import answers, inbound, out_of_session, outbound
from maskline.messaging.answers import MAX_TEXTS, Answered
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.job import Job, OutOfSession, Relay, Status
from maskline.model.message import Message
from maskline.model.problem import Problem
from maskline.model.service import Service
from maskline.model.traffic import InboundMessage, LegReport
from maskline.proxy import participants, services, sessions
from maskline.proxy.invitation import Invitation
from maskline.proxy.routing import Reason
from maskline.store.contract import Conflict
from maskline.store.repositories.outbox import Outbox
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR = "+14158670001"
FAR = "+14158670002"
OOS = "https://a.example/oos"
PARTNER = Invitation({"Identifier": BOB})


@pytest.fixture
def service(world: World) -> Service:
    """A Service that wants to be asked, with two numbers at different carriers."""
    service = world.add_service(OutOfSessionCallbackUrl=OOS)
    world.add_number(NEAR, service=service, carrier="telnyx")
    world.add_number(FAR, service=service, carrier="vonage")
    return service


def receive(world: World, body: str = "hi", sender: str = ALICE, **changes: Any) -> None:
    """Takes in a text to NEAR."""
    sid = world.records.sids.new("XX")
    one = InboundMessage("telnyx", sid, sender, NEAR, body)
    one = msgspec.structs.replace(one, **changes)
    world.do(inbound.receive(world.env, world.tx, [one]))


def waiting(world: World) -> list[tuple[Job, OutOfSession]]:
    """The jobs that ask, oldest first."""
    jobs = [job for job in world.jobs() if job.kind == "out-of-session"]
    return [(job, msgspec.json.decode(job.payload, type=OutOfSession)) for job in jobs]


def only(world: World) -> tuple[Job, OutOfSession]:
    ((job, asked),) = waiting(world)
    return job, asked


def begin(world: World, job: Job, asked: OutOfSession, *texts: Answered) -> dict[str, str] | None:
    found = world.do(out_of_session.begin(world.env, world.tx, job.sid, asked, texts))
    return None if found is None else dict(found)


def accept(world: World, job: Job, asked: OutOfSession, invitation: Invitation = PARTNER) -> None:
    world.do(out_of_session.accept(world.env, world.tx, job.sid, asked, invitation))


def carry_out(world: World, job: Job, asked: OutOfSession, *texts: Answered) -> None:
    problems = [Problem(12200, "line 1")] if len(texts) == 2 else []
    world.do(answers.carry_out(world.env, world.tx, job.sid, asked, texts, problems))


def leave(world: World, job: Job, asked: OutOfSession, *, done: bool = True) -> None:
    problem = Problem(80913, "a.example: it answered with status 404")
    world.do(
        out_of_session.leave(world.env, world.tx, job.sid, asked, Reason.FAILED, problem, done=done)
    )


def messages(world: World) -> list[Message]:
    """All legs, oldest first."""
    found = world.rows("SELECT sid FROM messages ORDER BY sid")
    legs = [world.do(world.tx.messages.by_sid(sid)) for (sid,) in found]
    return [leg for leg in legs if leg is not None]


def invited(world: World, service: Service) -> None:
    """A session of Alice and Bob comes to be elsewhere."""
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)


# Asking


def test_a_stranger_s_text_is_asked_about_and_not_reported(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    (came,) = messages(world)
    assert job.ordering_key == f"oos:{NEAR}<{ALICE}"
    assert job.account_sid == world.account.sid
    assert asked == OutOfSession(OOS, world.account.sid, service.sid, came.sid, asked.message)
    assert not world.codes()
    params = begin(world, job, asked)
    assert params is not None
    assert (params["Body"], params["From"], params["MessageSid"]) == ("hi", ALICE, came.sid)
    assert "sessionSid" not in params


def test_an_expired_session_is_closed_reported_and_asked_about(
    world: World, service: Service
) -> None:
    session = world.add_session(service, Ttl="60")
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.clock.advance(60_000)
    receive(world)
    assert world.codes() == [80904]
    assert world.session(session).status == "closed"
    params = begin(world, *only(world))
    assert params is not None
    assert params["sessionSid"] == session.sid
    assert params["inboundParticipantIdentifier"] == ALICE
    assert "outboundParticipantSid" not in params


def test_without_a_url_nobody_is_asked(world: World) -> None:
    world.add_number(NEAR, service=world.add_service(), carrier="telnyx")
    receive(world)
    assert not world.jobs()
    assert world.codes() == [80903]


def test_an_opt_out_word_is_not_asked_about(world: World, service: Service) -> None:
    receive(world, " stop ")
    assert not waiting(world)
    assert world.codes() == [80901]


def test_a_job_that_is_done_asks_nothing(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    world.do(world.tx.outbox.done_many([job.sid]))
    assert begin(world, job, asked) is None
    accept(world, job, asked)
    carry_out(world, job, asked, Answered("x"))
    leave(world, job, asked)
    leave(world, job, asked, done=False)
    assert not world.jobs()
    assert not world.codes()
    assert len(messages(world)) == 1
    assert not world.rows("SELECT 1 FROM sessions")


def test_a_session_that_has_come_to_be_takes_the_message(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    invited(world, service)
    assert begin(world, job, asked) is None
    (relay,) = world.relays()
    assert (relay.sender, relay.recipient, relay.body) == (FAR, BOB, "hi")
    assert not waiting(world)
    came = messages(world)[0]
    assert came.interaction_sid == relay.interaction_sid
    assert begin(world, job, asked) is None
    assert len(world.relays()) == 1


def test_a_job_that_another_process_runs_at_once_is_done_once(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(world)
    job, asked = only(world)
    invited(world, service)

    async def gone(*_: Any) -> bool:
        return False

    monkeypatch.setattr(Outbox, "finish", gone)
    with pytest.raises(Conflict):
        begin(world, job, asked)
    assert not world.relays()


def test_what_was_answered_before_it_was_handed_back_is_sent(
    world: World, service: Service
) -> None:
    receive(world)
    job, asked = only(world)
    invited(world, service)
    assert begin(world, job, asked, Answered("one moment")) is None
    assert [relay.body for relay in world.relays()] == ["hi", "one moment"]


def test_a_session_that_has_come_to_be_may_refuse_the_message(
    world: World, service: Service
) -> None:
    receive(world)
    job, asked = only(world)
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    assert begin(world, job, asked) is None
    assert world.codes() == [80614]
    assert not waiting(world)


def test_a_session_that_has_come_to_be_and_is_over_leaves_it_open(
    world: World, service: Service
) -> None:
    receive(world)
    job, asked = only(world)
    session = world.add_session(service, Ttl="60")
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.clock.advance(60_000)
    params = begin(world, job, asked)
    assert params is not None
    assert params["sessionSid"] == session.sid
    assert world.session(session).status == "closed"
    assert world.codes() == [80904]


def test_a_number_that_has_left_the_pool_ends_it(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))
    assert begin(world, job, asked) is None
    assert not world.jobs()
    assert not world.codes()


def test_an_account_that_was_suspended_ends_it(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    world.rows("UPDATE accounts SET status = 'suspended'")
    assert begin(world, job, asked) is None
    assert not world.jobs()
    receive(world)
    assert not world.jobs()
    assert not world.codes()
    assert len(messages(world)) == 2


# Sessions that are answered with


def test_the_waiting_messages_of_the_person_go_on_in_order(world: World, service: Service) -> None:
    for body in ("one", "two"):
        receive(world, body)
    receive(world, "another's", CAROL)
    receive(world, "stop")
    (job, asked), *_ = waiting(world)
    accept(world, job, asked)
    to_bob = [relay.body for relay in world.relays() if relay.recipient == BOB]
    assert to_bob == ["one", "two"]
    assert [one.message.body for _, one in waiting(world)] == ["another's"]
    ((sid,),) = world.rows("SELECT sid FROM sessions")
    first, _ = world.do(world.tx.participants.of_session(sid))
    assert (first.identifier, first.proxy_identifier) == (ALICE, NEAR)
    accept(world, job, asked)
    assert len(world.rows("SELECT 1 FROM sessions")) == 1


def test_a_session_of_somebody_else_serves_as_well(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    invited(world, service)
    accept(world, job, asked)
    assert len(world.rows("SELECT 1 FROM sessions")) == 1
    assert [relay.body for relay in world.relays()] == ["hi"]


def test_a_session_for_calls_does_not_take_the_message(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    accept(world, job, asked, Invitation({"Identifier": BOB, "Mode": "voice-only"}))
    assert world.codes() == [80910]
    assert not waiting(world)


def test_what_can_t_be_made_leaves_no_trace(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    with pytest.raises(Fault) as refused:
        accept(world, job, asked, Invitation({"Identifier": ALICE}))
    assert refused.value.code == 80103
    assert not world.rows("SELECT 1 FROM sessions")
    assert only(world)[0] == job


def test_a_session_that_does_not_carry_the_message_is_not_made(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a person kept under another identifier, the message would be asked about for ever."""
    receive(world)
    job, asked = only(world)

    async def elsewhere(*_: Any) -> None:
        return None

    monkeypatch.setattr("maskline.proxy.invitation.accept", elsewhere)
    with pytest.raises(Fault) as refused:
        accept(world, job, asked)
    assert refused.value.code == 80905


def test_a_service_that_is_gone(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers leave the pool with it, so only a mistake of ours can come to this."""
    receive(world)
    job, asked = only(world)
    world.rows("DELETE FROM services")
    with pytest.raises(Fault) as refused:
        accept(world, job, asked)
    assert refused.value.code == 80905


# Messages that are answered with


@pytest.mark.covers("code:12200")
def test_messages_are_sent_and_listened_for(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    listeners = (("GET", "https://a.example/told"), ("POST", "https://a.example/status"))
    carry_out(
        world,
        job,
        asked,
        Answered("hello"),
        Answered("", ("https://a.example/1.png",), CAROL, FAR, listeners),
    )
    first, second = world.relays()
    assert (first.sender, first.recipient, first.carrier) == (NEAR, ALICE, "telnyx")
    assert (second.sender, second.recipient, second.carrier) == (FAR, CAROL, "vonage")
    assert second.media == (("https://a.example/1.png", ""),)
    assert not waiting(world)
    assert world.codes() == [12200]
    report(world, first, "delivered")
    report(world, second, "sent")
    report(world, second, "sent")
    report(world, second, "failed", 30003)
    report(world, second, "delivered")
    told = statuses(world)
    assert [(one.method, one.url) for one in told] == list(listeners) * 2
    params = dict(told[0].params)
    assert params == {
        "AccountSid": world.account.sid,
        "ApiVersion": "2010-04-01",
        "From": FAR,
        "To": CAROL,
        "MessageSid": second.message_sid,
        "SmsSid": second.message_sid,
        "MessageStatus": "sent",
        "SmsStatus": "sent",
    }
    assert dict(told[2].params)["ErrorCode"] == "30003"
    assert {one.service_sid for one in told} == {service.sid}
    assert not world.rows("SELECT 1 FROM message_statuses")


def report(world: World, relay: Relay, status: str, code: int | None = None) -> None:
    one = LegReport(relay.carrier, status, relay.message_sid, error_code=code)
    world.do(outbound.report(world.env, world.tx, [one]))


def statuses(world: World) -> list[Status]:
    jobs = [job.payload for job in world.jobs() if job.kind == "status"]
    return [msgspec.json.decode(payload, type=Status) for payload in jobs]


def test_a_leg_that_was_deleted_is_not_told_of(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    carry_out(world, job, asked, Answered("x", listeners=(("POST", OOS),)))
    (relay,) = world.relays()
    world.do(world.tx.messages.delete(relay.message_sid, world.account.sid))
    report(world, relay, "sent")
    assert not statuses(world)
    assert not world.rows("SELECT 1 FROM message_statuses")


@pytest.mark.covers("code:14109")
def test_an_answer_has_so_many_messages_at_most(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    carry_out(world, job, asked, *[Answered(str(i)) for i in range(MAX_TEXTS + 1)])
    assert [relay.body for relay in world.relays()] == [str(i) for i in range(MAX_TEXTS)]
    assert world.codes() == [14109]


@pytest.mark.covers("code:21211")
@pytest.mark.covers("code:21266")
@pytest.mark.covers("code:21606")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (Answered("x" * 1601), 21617),
        (Answered("", ("https://a.example/1",) * 11), 21623),
        (Answered("", ("1.png",)), 21620),
        (Answered("x", sender="+14158679999"), 21606),
        (Answered("x", recipient="alice"), 21211),
        (Answered("x", recipient=NEAR), 21266),
    ],
)
def test_a_message_that_can_t_be_sent_is_reported_and_the_others_go(
    world: World, service: Service, text: Answered, code: int
) -> None:
    receive(world)
    job, asked = only(world)
    carry_out(world, job, asked, text, Answered("y"))
    assert [relay.body for relay in world.relays()] == ["y"]
    assert world.codes() == [code, 12200]


def test_a_number_of_another_account_sends_nothing(world: World, service: Service) -> None:
    other = world.add_account()
    world.add_number("+14158670009", account=other)
    receive(world)
    carry_out(world, *only(world), Answered("x", sender="+14158670009"))
    assert not world.relays()
    assert world.codes() == [21606]


# Nothing


@pytest.mark.covers("code:80913")
def test_a_failure_is_reported_and_the_sender_told(world: World, service: Service) -> None:
    receive(world)
    leave(world, *only(world))
    assert world.codes() == [80913]
    assert [relay.body for relay in world.relays()] == [world.env.settings.messages.reply_failed]
    assert not waiting(world)


def test_a_job_may_be_kept(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    leave(world, job, asked, done=False)
    assert only(world)[0] == job


def test_a_failure_that_may_pass_is_reported(world: World, service: Service) -> None:
    receive(world)
    _, asked = only(world)
    world.do(answers.report(world.env, world.tx, asked, [Problem(99999, "odd")]))
    (alert,) = world.alerts()
    assert alert.error_code == 12200
    assert "99999 odd" in alert.alert_text
    assert alert.resource_sid == asked.message_sid


def test_texts_that_are_empty_say_nothing(world: World) -> None:
    world.change("messages", reply_expired="", reply_failed="")
    service = world.add_service(OutOfSessionCallbackUrl=OOS)
    world.add_number(NEAR, service=service, carrier="telnyx")
    session = world.add_session(service, ALICE)
    world.do(sessions.delete(world.env, world.tx, service, session.sid))
    receive(world)
    leave(world, *only(world))
    assert not world.jobs()


def test_a_number_that_is_ours_no_more_says_nothing(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    world.rows("DELETE FROM numbers")
    leave(world, job, asked)
    assert not world.jobs()


def test_a_blocked_sender_is_told_where_the_settings_say_so(world: World) -> None:
    world.change("messages", reply_blocked="blocked")
    service = world.add_service(InterceptCallbackUrl="https://a.example/icb")
    world.add_number(NEAR, service=service, carrier="telnyx")
    world.add_number(FAR, service=service)
    invited(world, service)
    receive(world)
    (job,) = world.jobs()
    (relay,) = world.relays()
    refused = Exchange("POST", "https://a.example/icb", status=403)
    world.do(outbound.block(world.env, world.tx, relay, job.sid, refused))
    (answer,) = world.relays()
    assert (answer.sender, answer.recipient, answer.body) == (NEAR, ALICE, "blocked")


def test_a_person_who_was_removed_has_a_past(world: World, service: Service) -> None:
    session = world.add_session(service)
    alice = world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    world.do(participants.remove(world.env, world.tx, session, alice.sid))
    receive(world)
    params = begin(world, *only(world))
    assert params is not None
    assert (params["sessionStatus"], params["inboundParticipantSid"]) == ("open", alice.sid)
    assert params["outboundParticipantIdentifier"] == BOB


def test_a_blocked_text_that_was_deleted_is_answered_by_nobody(world: World) -> None:
    world.change("messages", reply_blocked="blocked")
    service = world.add_service(InterceptCallbackUrl="https://a.example/icb")
    world.add_number(NEAR, service=service, carrier="telnyx")
    world.add_number(FAR, service=service)
    invited(world, service)
    receive(world)
    (job,) = world.jobs()
    (relay,) = world.relays()
    world.rows("DELETE FROM messages")
    refused = Exchange("POST", "https://a.example/icb", status=403)
    world.do(outbound.block(world.env, world.tx, relay, job.sid, refused))
    assert not world.jobs()


def test_a_text_that_nobody_listens_for(world: World, service: Service) -> None:
    receive(world)
    job, asked = only(world)
    carry_out(world, job, asked, Answered("x"))
    report(world, world.relays()[0], "sent")
    assert not statuses(world)


@pytest.mark.covers("code:21610")
def test_somebody_who_opted_out_is_not_written_to_and_the_program_told(
    world: World, service: Service
) -> None:
    """Argentina's mobiles have a 9 in calls only; an opt-out holds however they are dialled."""
    person, other = "+541123456789", "+5491123456789"
    receive(world, "stop", other)
    before = len(world.relays())
    receive(world)
    job, asked = only(world)
    listeners = (("POST", "https://a.example/status"),)
    carry_out(
        world,
        job,
        asked,
        Answered("x", recipient=other, listeners=listeners),
        Answered("y", recipient=person),
        Answered("z", recipient=other, sender=FAR),
    )
    (sent,) = world.relays()[before:]
    assert (sent.body, sent.recipient, sent.dialled) == ("z", person, other)
    assert world.codes() == [80901, 21610, 21610]
    (told,) = statuses(world)
    assert dict(told.params)["MessageStatus"] == "failed"
    assert dict(told.params)["ErrorCode"] == "21610"
