"""Calls that no session carries: asked about, and what the program answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.call import Call, CallStatus
from maskline.model.errors import Fault
from maskline.model.problem import Problem
from maskline.model.service import Service
from maskline.model.session import ClosedReason
from maskline.model.traffic import Adopted, CallEvent, InboundCall
from maskline.proxy import sessions
from maskline.proxy.invitation import Invitation
from maskline.proxy.routing import Reason
from maskline.voice import calls, dials, events, out_of_session
from maskline.voice.answers import Instructions
from maskline.voice.caller_ids import Parties, permitted
from maskline.voice.calls import CallPlan
from maskline.voice.instructions import LEG_EVENTS, Dial, Hangup, Number, Redirect, Response, Say
from maskline.voice.questions import Question
from maskline.voice.sentences import sentence
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


def ring(world: World, caller: str = ALICE, **changes: Any) -> CallPlan:
    call = InboundCall("telnyx", "id-1", caller, NEAR)
    call = msgspec.structs.replace(call, **changes)
    (plan,) = world.do(calls.receive(world.env, world.tx, [call]))
    assert plan is not None
    return plan


def question(world: World, **changes: Any) -> Question:
    asked = ring(world, **changes).question
    assert asked is not None
    return asked


def accept(world: World, asked: Question, invitation: Invitation = PARTNER) -> CallPlan:
    return world.do(out_of_session.accept(world.env, world.tx, asked, invitation))


def legs(world: World) -> list[Call]:
    found = world.rows("SELECT sid FROM calls ORDER BY sid")
    records = [world.do(world.tx.calls.by_sid(sid)) for (sid,) in found]
    return [record for record in records if record is not None]


def test_a_stranger_s_call_is_asked_about_and_not_reported(world: World, service: Service) -> None:
    plan = ring(world)
    (call,) = legs(world)
    asked = plan.question
    assert asked is not None
    assert plan.response == sentence(world.env, Reason.NO_SESSION)
    assert (asked.url, asked.call_sid, asked.service_sid) == (OOS, call.sid, service.sid)
    assert (asked.reason, asked.account_sid) == (Reason.NO_SESSION, world.account.sid)
    params = dict(asked.params)
    assert (params["CallSid"], params["CallStatus"]) == (call.sid, "ringing")
    assert "sessionSid" not in params
    assert not world.codes()


def test_details_of_the_moment_go_along(world: World, service: Service) -> None:
    details = (("CallStatus", "in-progress"), ("Digits", "7"))
    params = dict(question(world, details=details).params)
    assert (params["CallStatus"], params["Digits"]) == ("in-progress", "7")


@pytest.mark.parametrize("closed", [True, False])
def test_a_past_session_is_told(world: World, service: Service, closed: bool) -> None:
    session = world.add_session(service, Ttl="60")
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.clock.advance(60_000)
    if closed:
        world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
    asked = question(world)
    assert asked.reason is Reason.EXPIRED
    assert dict(asked.params)["sessionSid"] == session.sid
    assert world.codes() == ([] if closed else [80904])


def test_without_a_url_nobody_is_asked(world: World) -> None:
    world.add_number(NEAR, service=world.add_service(), carrier="telnyx")
    assert ring(world).question is None
    assert world.codes() == [80902]


def test_the_door_of_another_service_asks_nobody(world: World, service: Service) -> None:
    other = world.add_service(OutOfSessionCallbackUrl=OOS)
    assert ring(world, service_sid=other.sid).question is None
    assert world.codes() == [80905]


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active(world: World, service: Service, status: str) -> None:
    world.rows(f"UPDATE accounts SET status = '{status}'")
    plan = ring(world)
    assert plan.question is None
    assert plan.response == sentence(world.env, Reason.SUSPENDED)
    assert not world.codes()
    assert len(legs(world)) == 1


def test_a_new_session_connects_the_call(world: World, service: Service) -> None:
    asked = question(world)
    plan = accept(world, asked)
    assert plan.dialled is not None
    assert (plan.dialled.number, plan.dialled.caller_id) == (BOB, NEAR)
    came, goes = legs(world)
    assert plan.call_sid == came.sid == asked.call_sid
    assert came.interaction_sid == goes.interaction_sid is not None
    ((sid,),) = world.rows("SELECT sid FROM sessions")
    people = world.do(world.tx.participants.of_session(sid))
    assert (people[0].identifier, people[0].proxy_identifier) == (ALICE, NEAR)


def test_a_session_that_has_come_to_be_serves_as_well(world: World, service: Service) -> None:
    asked = question(world)
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, CAROL, ProxyIdentifier=FAR)
    plan = accept(world, asked)
    assert plan.dialled is not None
    assert plan.dialled.number == CAROL
    assert len(world.rows("SELECT 1 FROM sessions")) == 1


def test_a_session_for_messages_does_not_take_the_call(world: World, service: Service) -> None:
    invitation = Invitation({"Identifier": BOB, "Mode": "message-only"})
    plan = accept(world, question(world), invitation)
    assert plan.response == sentence(world.env, Reason.WRONG_MODE)
    assert world.codes() == [80911]


def test_what_can_t_be_made(world: World, service: Service) -> None:
    with pytest.raises(Fault) as refused:
        accept(world, question(world), Invitation({"Identifier": ALICE}))
    assert refused.value.code == 80103
    assert not world.rows("SELECT 1 FROM sessions")


@pytest.mark.parametrize("gone", ["UPDATE numbers SET service_sid = NULL", "DELETE FROM numbers"])
def test_a_number_that_has_left(world: World, service: Service, gone: str) -> None:
    asked = question(world)
    world.rows(gone)
    with pytest.raises(Fault) as refused:
        accept(world, asked)
    assert refused.value.code == 80905


def test_a_service_that_is_gone(world: World, service: Service) -> None:
    asked = question(world)
    world.rows("DELETE FROM services")
    with pytest.raises(Fault) as refused:
        accept(world, asked)
    assert refused.value.code == 80905


def test_a_session_that_does_not_carry_the_call_is_not_made(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a person kept under another identifier, the program would be asked for ever."""
    asked = question(world)

    async def elsewhere(*_: Any) -> None:
        return None

    monkeypatch.setattr("maskline.proxy.invitation.accept", elsewhere)
    with pytest.raises(Fault) as refused:
        accept(world, asked)
    assert refused.value.code == 80905


def test_instructions_are_made_fit_and_their_problems_told(world: World, service: Service) -> None:
    asked = question(world)
    door = f"/v1/Accounts/{world.account.sid}/Proxy/{service.sid}/Webhooks/Call"
    verbs = (Dial((Number(BOB),)), Redirect(f"https://webhooks.twilio.com{door}"))
    answer = Instructions(Response(verbs), (Problem(13212, "line 1: timeout"),))
    plan = world.do(out_of_session.carry_out(world.env, world.tx, asked, answer))
    legs = f"https://mask.example.com/webhooks{door}/Leg?Parent={asked.call_sid}"
    told = Number(BOB, status_callback=legs, status_callback_events=LEG_EVENTS)
    assert plan == CallPlan(
        asked.call_sid,
        world.account.sid,
        Response(
            (
                Dial((told,), caller_id=NEAR),
                Redirect(f"https://mask.example.com/webhooks{door}"),
            )
        ),
    )
    (alert,) = world.alerts()
    assert (alert.error_code, alert.resource_sid) == (12200, asked.call_sid)


def test_a_failure_is_told_and_heard(world: World, service: Service) -> None:
    asked = question(world)
    problem = Problem(80913, "answered with status 500")
    leave = out_of_session.leave(world.env, world.tx, asked, Reason.FAILED, problem)
    plan = world.do(leave)
    voice = world.env.settings.voice
    assert plan.response == Response((Say(voice.say_failed, language=voice.language), Hangup()))
    assert world.codes() == [80913]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_has_a_sentence(world: World, reason: Reason) -> None:
    say, hangup = sentence(world.env, reason).verbs
    assert isinstance(say, Say)
    assert say.text.endswith("Goodbye.")
    assert hangup == Hangup()


# Dials of programs


def dial(world: World, parent: str, caller_id: str) -> str | None:
    return world.do(dials.dial(world.env, world.tx, parent, caller_id, BOB))


@pytest.mark.parametrize("caller_id", [NEAR, FAR, ALICE])
def test_a_program_s_dial_is_recorded(world: World, service: Service, caller_id: str) -> None:
    asked = question(world)
    sid = dial(world, asked.call_sid, caller_id)
    parent, leg = legs(world)
    assert leg.sid == sid
    assert (leg.caller, leg.called, leg.parent_call_sid) == (caller_id, BOB, parent.sid)
    assert (leg.direction, leg.status, leg.carrier) == ("outbound-dial", "initiated", "telnyx")
    assert leg.interaction_sid is None


@pytest.mark.covers("code:13214")
def test_a_program_shows_no_number_of_others(world: World, service: Service) -> None:
    other = world.add_account()
    world.add_number("+14158670009", account=other)
    asked = question(world)
    for caller_id in ("+14158670009", CAROL, ""):
        assert dial(world, asked.call_sid, caller_id) is None
    assert world.codes() == [13214] * 3
    assert {alert.service_sid for alert in world.alerts()} == {service.sid}
    assert len(legs(world)) == 1


@pytest.mark.parametrize("caller_id", [None, "", NEAR, FAR, ALICE, CAROL, "+14158670009"])
def test_a_document_shows_no_number_of_others(
    world: World, service: Service, caller_id: str | None
) -> None:
    """Not every carrier looks whose a caller ID is."""
    world.add_number("+14158670009", account=world.add_account())
    asked = question(world)
    dial = Dial((Number(BOB),), caller_id=caller_id, action="https://a.example/over")
    answer = Instructions(Response((Say("hi"), dial, Hangup())))
    plan = world.do(out_of_session.carry_out(world.env, world.tx, asked, answer))
    said, dialled, over = plan.response.verbs
    assert (said, over) == (Say("hi"), Hangup())
    assert isinstance(dialled, Dial)
    is_own = caller_id in (None, "", NEAR, FAR, ALICE)
    assert len(dialled.targets) == int(is_own)
    assert world.codes() == ([] if is_own else [13214])


def test_another_number_is_looked_at_beside_those_of_the_call(
    world: World, service: Service
) -> None:
    """One Dial among several is not what the others are."""
    asked = question(world)
    dials_ = [Dial((Number(BOB),), caller_id=shown) for shown in (ALICE, CAROL, FAR)]
    answer = Instructions(Response(tuple(dials_)))
    plan = world.do(out_of_session.carry_out(world.env, world.tx, asked, answer))
    rung = [len(one.targets) for one in plan.response.verbs if isinstance(one, Dial)]
    assert rung == [1, 0, 1]
    unnamed = Response((Dial((Number(BOB),)), Dial((Number(BOB),), caller_id=FAR)))
    parties = Parties("CA1", world.account.sid, None, ALICE, NEAR)
    assert world.do(permitted(world.env, world.tx, parties, unnamed)) == unnamed


def test_a_call_that_is_over_dials_nobody(world: World, service: Service) -> None:
    asked = question(world)
    world.rows(f"UPDATE calls SET status = '{CallStatus.COMPLETED}'")
    assert dial(world, asked.call_sid, NEAR) is None
    assert dial(world, "CAnone", NEAR) is None


def test_a_document_s_problem_is_told_even_when_the_number_is_gone(
    world: World, service: Service
) -> None:
    ring(world)
    (call,) = legs(world)
    world.rows("DELETE FROM numbers")
    world.do(out_of_session.report(world.env, world.tx, call, Problem(11200, "x")))
    (alert,) = world.alerts()
    assert (alert.service_sid, alert.resource_sid) == (None, call.sid)


def tell(
    world: World, status: str, parent: str, provider: str | None = "CAx", account: str = ""
) -> None:
    """A Twilio-shaped carrier tells of a leg that it dialled by itself."""
    event = CallEvent(
        "",
        status,
        provider,
        with_parent=status == "in-progress",
        account_sid=account or world.account.sid,
        adopted=Adopted(parent, NEAR, BOB),
    )
    world.do(events.progress(world.env, world.tx, [event]))


def test_a_leg_that_the_carrier_dials_is_recorded_when_it_is_told_of(
    world: World, service: Service
) -> None:
    asked = question(world)
    for status in ("initiated", "ringing", "in-progress", "completed"):
        tell(world, status, asked.call_sid)
    parent, leg = legs(world)
    assert (leg.caller, leg.called, leg.provider_id) == (NEAR, BOB, "CAx")
    assert (leg.parent_call_sid, leg.status) == (parent.sid, "completed")
    assert parent.status == "in-progress"
    tell(world, "ringing", asked.call_sid, "CAy")
    assert [one.status for one in legs(world)] == ["in-progress", "completed", "ringing"]
    assert not world.codes()


@pytest.mark.covers("code:80907")
def test_a_leg_of_nobody_s_call_is_not_recorded(world: World, service: Service) -> None:
    other = world.add_account()
    asked = question(world)
    tell(world, "ringing", "CAnone")
    tell(world, "ringing", asked.call_sid, None)
    assert world.codes() == [80907, 80907]
    tell(world, "ringing", asked.call_sid, account=other.sid)
    assert len(legs(world)) == 1


@pytest.mark.parametrize("caller", ["", "anonymous", "+266696687"])
def test_a_caller_without_a_number_is_asked_about_where_that_is_set(
    world: World, service: Service, caller: str
) -> None:
    plan = ring(world, caller)
    assert plan.question is None
    assert plan.response == sentence(world.env, Reason.WITHHELD)
    assert world.codes() == [80902]
    world.change("voice", withheld_callers="out-of-session")
    asked = question(world, caller=caller, provider_id="id-2")
    # Instructions may be carried out, but there is nobody to make a session with.
    with pytest.raises(Fault) as caught:
        accept(world, asked)
    assert caught.value.code == 80404
    assert world.rows("SELECT COUNT(*) FROM participants") == [(0,)]


@pytest.mark.parametrize("caller", ["+525512345678", "+5215512345678"])
def test_a_caller_with_two_numbers_is_invited_as_one(
    world: World, service: Service, caller: str
) -> None:
    assert accept(world, question(world, caller=caller)).dialled is not None
    people = [one for (one,) in world.rows("SELECT identifier FROM participants ORDER BY sid")]
    assert people == ["+525512345678", BOB]
    # Whatever form they call from next, the session is theirs.
    for number, form in enumerate(("+525512345678", "+5215512345678")):
        plan = ring(world, form, provider_id=f"next-{number}")
        assert plan.dialled is not None
        assert plan.dialled.number == BOB
