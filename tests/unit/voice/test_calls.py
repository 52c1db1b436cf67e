from __future__ import annotations

from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest

from maskline.model.call import FINAL, Call, CallStatus
from maskline.model.interaction import Interaction
from maskline.model.job import Callback
from maskline.model.placed_call import PlacedCall
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.model.traffic import CallEvent, InboundCall
from maskline.proxy import participants, services, sessions
from maskline.proxy.routing import Reason
from maskline.store.contract import Conflict
from maskline.store.repositories import Routing
from maskline.voice import calls, events
from maskline.voice.calls import CallPlan, Dialled
from maskline.voice.instructions import Dial, Hangup, Number, Response, Say
from maskline.voice.sentences import sentence
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR = "+14158670001"
FAR = "+14158670002"
LOOSE = "+14158670003"
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


def ring(caller: str = ALICE, number: str = NEAR, **changes: Any) -> InboundCall:
    """A call from Alice to the number that she dials."""
    carrier = {NEAR: "telnyx", FAR: "vonage"}.get(number, "simulator")
    blank = InboundCall(carrier, provider_id="id-1", caller=caller, number=number)
    return msgspec.structs.replace(blank, **changes)


def receive(world: World, call: InboundCall) -> CallPlan:
    """Takes in a call of a number that somebody owns."""
    (plan,) = world.do(calls.receive(world.env, world.tx, [call]))
    assert plan is not None
    return plan


def legs(world: World) -> list[Call]:
    """All legs, oldest first."""
    found = world.rows("SELECT sid FROM calls ORDER BY sid")
    records = [world.do(world.tx.calls.by_sid(sid)) for (sid,) in found]
    return [record for record in records if record is not None]


def interactions(world: World) -> list[Interaction]:
    """All interactions, oldest first."""
    found = world.rows("SELECT sid FROM interactions ORDER BY sid")
    records = [world.do(world.tx.interactions.by_sid(sid)) for (sid,) in found]
    return [record for record in records if record is not None]


def progress(world: World, *changes: CallEvent) -> None:
    """Takes them in, together."""
    world.do(events.progress(world.env, world.tx, changes))


def one_id(status: str, provider_id: str) -> CallEvent:
    """What a carrier tells whose legs have one id."""
    carrier = "telnyx"
    return CallEvent("", status, provider_id, with_parent=True, carrier=carrier, of_dialled=True)


def said(world: World, text: str) -> Response:
    """What a caller hears who is not connected."""
    return Response((Say(text, language=world.env.settings.voice.language), Hangup()))


def dial(service: Service, dialled: Dialled, timeout: int = 30, limit: int = 14_400) -> Response:
    """The instructions that ring the partner."""
    door = (
        f"https://mask.example.com/webhooks/v1/Accounts/{service.account_sid}"
        f"/Proxy/{service.sid}/Webhooks/Call"
    )
    return Response(
        (
            Dial(
                targets=(
                    Number(
                        dialled.number,
                        status_callback=f"{door}/Leg?CallLeg={dialled.call_sid}",
                        status_callback_events=("initiated", "ringing", "answered", "completed"),
                    ),
                ),
                caller_id=dialled.caller_id,
                answer_on_bridge=True,
                timeout=timeout,
                time_limit=limit,
                action=f"{door}/Done?CallLeg={dialled.call_sid}",
            ),
        )
    )


class TestReceive:
    def test_a_call_is_connected(self, world: World, service: Service) -> None:
        session = meet(world, service, Ttl="60")
        now = world.clock.advance(1000)
        plan = receive(world, ring())
        came, goes = legs(world)
        (interaction,) = interactions(world)
        alice, bob = world.person(session, ALICE), world.person(session, BOB)
        assert came == Call(
            sid=came.sid,
            account_sid=world.account.sid,
            parent_call_sid=None,
            direction="inbound",
            caller=ALICE,
            called=NEAR,
            status="ringing",
            carrier="telnyx",
            provider_id="id-1",
            interaction_sid=interaction.sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
            number_sid=world.number(NEAR).sid,
        )
        assert goes == Call(
            sid=goes.sid,
            account_sid=world.account.sid,
            parent_call_sid=came.sid,
            direction="outbound-dial",
            caller=FAR,
            called=BOB,
            status="initiated",
            carrier="vonage",
            provider_id=None,
            interaction_sid=interaction.sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
        )
        assert interaction == Interaction(
            sid=interaction.sid,
            account_sid=world.account.sid,
            service_sid=service.sid,
            session_sid=session.sid,
            type="voice",
            data="",
            num_media=0,
            inbound_participant_sid=alice.sid,
            inbound_resource_sid=came.sid,
            inbound_resource_status="ringing",
            outbound_participant_sid=bob.sid,
            outbound_resource_sid=goes.sid,
            outbound_resource_status="initiated",
            date_created=now,
            date_updated=now,
        )
        assert plan.dialled is not None
        assert plan.dialled.caller_id == FAR
        assert plan.dialled.number == BOB
        assert plan == CallPlan(
            came.sid, world.account.sid, dial(service, plan.dialled), plan.dialled
        )
        assert plan.dialled.call_sid == goes.sid
        assert world.callbacks() == [Callback(CALLBACK, interaction)]
        assert world.session(session) == msgspec.structs.replace(
            session,
            status="in-progress",
            date_started=now,
            date_last_interaction=now,
            expires_at=now + 60_000,
            date_updated=now,
        )

    def test_the_partner_calls_back_the_same_way(self, world: World, service: Service) -> None:
        meet(world, service)
        plan = receive(world, ring(BOB, FAR))
        assert plan.dialled is not None
        found = (plan.dialled.caller_id, plan.dialled.number, plan.dialled.carrier)
        assert found == (NEAR, ALICE, "telnyx")

    def test_nobody_s_real_number_is_shown(self, world: World, service: Service) -> None:
        meet(world, service)
        plan = receive(world, ring())
        assert ALICE.encode() not in msgspec.json.encode(plan)

    def test_how_long_it_rings_and_lasts(self, world: World, service: Service) -> None:
        world.change("voice", dial_timeout=20, time_limit=600)
        meet(world, service)
        plan = receive(world, ring())
        assert plan.dialled is not None
        assert plan.response == dial(service, plan.dialled, 20, 600)

    def test_a_service_that_wants_no_callbacks(self, world: World) -> None:
        meet(world, furnished(world))
        assert receive(world, ring()).dialled is not None
        assert world.jobs() == []

    def test_a_number_that_nobody_owns(self, world: World) -> None:
        assert world.do(calls.receive(world.env, world.tx, [ring()])) == [None]
        assert legs(world) == []

    def test_a_carrier_that_speaks_for_another_account(
        self, world: World, service: Service
    ) -> None:
        meet(world, service)
        stranger = ring(account_sid=world.add_account().sid)
        assert world.do(calls.receive(world.env, world.tx, [stranger])) == [None]
        assert legs(world) == []
        assert receive(world, ring(account_sid=world.account.sid)).dialled is not None

    def test_another_account_s_call(self, world: World, service: Service) -> None:
        """Whoever knows a call's id at the carrier learns nothing of it under another account."""
        meet(world, service)
        receive(world, ring())
        before = legs(world)
        other = world.add_account()
        world.add_number(LOOSE, service=world.add_service(other), account=other)
        stranger = ring(number=LOOSE, carrier="telnyx", account_sid=other.sid)
        assert world.do(calls.receive(world.env, world.tx, [stranger])) == [None]
        assert legs(world) == before


def refused(
    world: World, plan: CallPlan, code: int, text: str, session: Session | None = None
) -> None:
    """The caller heard why, the debugger was told, and nothing else took place."""
    (came,) = legs(world)
    spoken = said(world, text)
    assert plan == CallPlan(came.sid, world.account.sid, spoken, refused=plan.refused)
    assert plan.refused in [one for one in Reason if sentence(world.env, one) == spoken]
    assert (came.direction, came.interaction_sid) == ("inbound", None)
    (alert,) = world.alerts()
    assert alert.error_code == code
    assert alert.resource_sid == (came.sid if session is None else session.sid)
    assert interactions(world) == []
    assert world.jobs() == []


class TestRefuse:
    @pytest.mark.covers("code:80902")
    def test_a_caller_who_is_nobody_there(self, world: World, service: Service) -> None:
        meet(world, service)
        plan = receive(world, ring(CAROL))
        refused(world, plan, 80902, world.env.settings.voice.say_no_session)

    @pytest.mark.parametrize("caller", ["", "anonymous", "+266696687", "Restricted"])
    def test_a_caller_who_withholds_their_number(
        self, world: World, service: Service, caller: str
    ) -> None:
        meet(world, service)
        plan = receive(world, ring(caller))
        refused(world, plan, 80902, world.env.settings.voice.say_withheld)

    @pytest.mark.parametrize("caller", ["", "anonymous", "+266696687", "Restricted"])
    def test_a_withheld_number_may_be_told_as_any_other_without_a_session(
        self, world: World, service: Service, caller: str
    ) -> None:
        world.change("voice", withheld_callers="out-of-session")
        meet(world, service)
        plan = receive(world, ring(caller))
        refused(world, plan, 80902, world.env.settings.voice.say_no_session)

    def test_a_closed_session(self, world: World, service: Service) -> None:
        session = meet(world, service)
        world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
        plan = receive(world, ring())
        refused(world, plan, 80902, world.env.settings.voice.say_expired)

    @pytest.mark.covers("code:80614")
    def test_nobody_on_the_other_side(self, world: World, service: Service) -> None:
        session = meet(world, service)
        bob = world.person(session, BOB)
        world.do(participants.remove(world.env, world.tx, session, bob.sid))
        plan = receive(world, ring())
        refused(world, plan, 80614, world.env.settings.voice.say_no_partner, session)

    @pytest.mark.covers("code:80911")
    @pytest.mark.covers("says:modes.call")
    def test_a_session_for_messages(self, world: World, service: Service) -> None:
        session = meet(world, service, Mode="message-only")
        plan = receive(world, ring())
        refused(world, plan, 80911, world.env.settings.voice.say_wrong_mode, session)
        assert world.session(session) == session

    @pytest.mark.covers("code:80904")
    def test_a_session_whose_time_is_over_is_closed(self, world: World, service: Service) -> None:
        session = meet(world, service, DateExpiry="2024-07-04T12:01:00Z")
        over = world.clock.advance(60_000)
        plan = receive(world, ring())
        refused(world, plan, 80904, world.env.settings.voice.say_expired, session)
        closed = world.session(session)
        assert (closed.status, closed.closed_reason) == ("closed", "date-expiry")
        assert closed.date_ended == over

    @pytest.mark.covers("code:80905")
    def test_a_number_in_no_pool(self, world: World) -> None:
        world.add_number(LOOSE)
        plan = receive(world, ring(number=LOOSE))
        refused(world, plan, 80905, world.env.settings.voice.say_no_session)
        assert world.alerts()[0].service_sid is None

    def test_a_door_of_another_service(self, world: World, service: Service) -> None:
        meet(world, service)
        plan = receive(world, ring(service_sid=world.add_service().sid))
        refused(world, plan, 80905, world.env.settings.voice.say_no_session)
        assert world.alerts()[0].service_sid == service.sid

    def test_the_door_of_the_service(self, world: World, service: Service) -> None:
        meet(world, service)
        assert receive(world, ring(service_sid=service.sid)).dialled is not None

    def test_what_is_said_and_in_which_language(self, world: World, service: Service) -> None:
        world.change("voice", say_no_session="Niemand da.", language="de-DE")
        plan = receive(world, ring(CAROL))
        assert plan.response == Response((Say("Niemand da.", language="de-DE"), Hangup()))


class TestAgain:
    """A carrier that asks again about a call that it asked about before."""

    @pytest.mark.covers("code:80102")
    def test_while_it_goes_on_the_answer_is_the_same(self, world: World, service: Service) -> None:
        meet(world, service)
        first = receive(world, ring())
        assert world.codes() == []
        assert receive(world, ring()) == first
        (alert,) = world.alerts()
        assert (alert.error_code, alert.service_sid) == (80102, service.sid)
        assert alert.resource_sid == interactions(world)[0].sid
        assert first.dialled is not None
        progress(world, CallEvent(first.dialled.call_sid, "in-progress", with_parent=True))
        assert receive(world, ring()) == first
        assert len(legs(world)) == 2
        assert len(interactions(world)) == 1

    def test_while_another_process_takes_it_in(
        self, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When this process looked, the other had not committed it; here by hand."""
        meet(world, service)
        (route,) = world.do(world.tx.routing.of_calls([ring()]))
        first = receive(world, ring())
        look = AsyncMock(return_value=[route])
        with monkeypatch.context() as patched:
            patched.setattr(Routing, "of_calls", look)
            with pytest.raises(Conflict):
                receive(world, ring())
        assert len(interactions(world)) == 1
        assert receive(world, ring()) == first

    def test_a_call_that_is_handed_over_once_more(self, world: World, service: Service) -> None:
        meet(world, service)
        first = receive(world, ring())
        assert first.dialled is not None
        progress(world, CallEvent(first.dialled.call_sid, "busy"))
        second = receive(world, ring())
        assert second.call_sid == first.call_sid
        assert second.dialled is not None
        assert second.dialled.call_sid != first.dialled.call_sid
        came, *goes = legs(world)
        before, after = interactions(world)
        assert came.interaction_sid == after.sid
        assert [leg.parent_call_sid for leg in goes] == [came.sid, came.sid]
        assert [leg.interaction_sid for leg in goes] == [before.sid, after.sid]
        assert after.inbound_resource_sid == came.sid

    def test_after_its_session_was_deleted(self, world: World, service: Service) -> None:
        session = meet(world, service)
        first = receive(world, ring())
        world.do(sessions.delete(world.env, world.tx, service, session.sid))
        again = receive(world, ring())
        text = world.env.settings.voice.say_no_session
        spoken = said(world, text)
        assert again == CallPlan(
            first.call_sid, world.account.sid, spoken, refused=Reason.NO_SESSION
        )
        assert world.codes() == [80902]

    def test_after_a_refusal(self, world: World, service: Service) -> None:
        first = receive(world, ring(CAROL))
        assert receive(world, ring(CAROL)) == first
        assert len(legs(world)) == 1

    def test_outside_every_pool(self, world: World) -> None:
        world.add_number(LOOSE)
        first = receive(world, ring(number=LOOSE))
        assert receive(world, ring(number=LOOSE)) == first
        assert len(legs(world)) == 1


class TestIntercept:
    @pytest.fixture
    def plan(self, world: World) -> CallPlan:
        """A call that waits for the program's answer."""
        meet(world, furnished(world, CallbackUrl=CALLBACK, InterceptCallbackUrl=INTERCEPT))
        return receive(world, ring())

    def test_the_program_is_asked_first(self, world: World, plan: CallPlan) -> None:
        (came,) = legs(world)
        (interaction,) = interactions(world)
        assert plan.intercept == Callback(INTERCEPT, interaction)
        assert plan.response == Response()
        assert plan.call_sid == came.sid
        assert came.interaction_sid == interaction.sid
        assert interaction.outbound_participant_sid is None
        assert interaction.outbound_resource_sid is None
        assert world.jobs() == []

    def test_admit(self, world: World, plan: CallPlan) -> None:
        now = world.clock.advance(1000)
        admitted = world.do(calls.admit(world.env, world.tx, plan, world.records.exchange()))
        came, goes = legs(world)
        (interaction,) = interactions(world)
        assert plan.dialled is not None
        service = world.do(world.tx.services.get(interaction.service_sid, world.account.sid))
        assert service is not None
        assert admitted == CallPlan(
            came.sid, world.account.sid, dial(service, plan.dialled), plan.dialled
        )
        assert (goes.sid, goes.parent_call_sid) == (plan.dialled.call_sid, came.sid)
        assert (goes.caller, goes.called, goes.carrier) == (FAR, BOB, "vonage")
        assert interaction.outbound_resource_sid == goes.sid
        assert interaction.outbound_resource_status == "initiated"
        assert interaction.date_updated == now
        assert world.callbacks() == [Callback(CALLBACK, interaction)]

    def test_admit_after_the_session_was_deleted(self, world: World, plan: CallPlan) -> None:
        (interaction,) = interactions(world)
        service = world.do(world.tx.services.get(interaction.service_sid, world.account.sid))
        assert service is not None
        world.do(sessions.delete(world.env, world.tx, service, interaction.session_sid))
        admitted = world.do(calls.admit(world.env, world.tx, plan, world.records.exchange()))
        text = world.env.settings.voice.say_no_session
        spoken = said(world, text)
        assert admitted == CallPlan(
            plan.call_sid, world.account.sid, spoken, refused=Reason.NO_SESSION
        )
        assert len(legs(world)) == 1
        assert world.jobs() == []

    @pytest.mark.covers("code:80909")
    def test_block(self, world: World, plan: CallPlan) -> None:
        blocked = world.do(calls.block(world.env, world.tx, plan, world.records.exchange(403)))
        text = world.env.settings.voice.say_blocked
        spoken = said(world, text)
        assert blocked == CallPlan(plan.call_sid, world.account.sid, spoken, refused=Reason.BLOCKED)
        (interaction,) = interactions(world)
        (alert,) = world.alerts()
        assert (alert.error_code, alert.resource_sid) == (80909, interaction.sid)
        assert alert.service_sid == interaction.service_sid
        assert len(legs(world)) == 1
        assert world.jobs() == []

    def test_the_caller_hangs_up_meanwhile(self, world: World, plan: CallPlan) -> None:
        progress(world, CallEvent(plan.call_sid, "completed"))
        (interaction,) = interactions(world)
        assert interaction.inbound_resource_status == "completed"
        assert (interaction.outbound_resource_status, interaction.data) == (None, "")


STATUSES = [status.value for status in CallStatus]


class TestProgress:
    @pytest.fixture
    def plan(self, world: World, service: Service) -> CallPlan:
        """A call on its way, of which nothing is left to tell."""
        meet(world, service)
        plan = receive(world, ring())
        world.rows("DELETE FROM outbox")
        return plan

    @pytest.fixture
    def partner(self, plan: CallPlan) -> str:
        """The SID of the partner's leg."""
        assert plan.dialled is not None
        return plan.dialled.call_sid

    def test_a_call_from_end_to_end(self, world: World, plan: CallPlan, partner: str) -> None:
        world.clock.advance(1000)
        progress(world, CallEvent(partner, "ringing", provider_id="theirs"))
        answered = world.clock.advance(4000)
        answer = CallEvent(partner, "in-progress", provider_id="theirs", with_parent=True)
        progress(world, answer)
        ended = world.clock.advance(12_600)
        progress(world, CallEvent(partner, "completed", with_parent=True))
        for leg, provider_id in zip(legs(world), ("id-1", "theirs"), strict=True):
            assert leg.status == "completed"
            assert (leg.start_time, leg.end_time, leg.duration) == (answered, ended, 13)
            assert (leg.provider_id, leg.date_updated) == (provider_id, ended)
        (interaction,) = interactions(world)
        assert interaction.inbound_resource_status == "completed"
        assert interaction.outbound_resource_status == "completed"
        assert interaction.data == '{"duration":"13"}'
        assert interaction.date_updated == ended
        told = [
            (one.interaction.inbound_resource_status, one.interaction.outbound_resource_status)
            for one in world.callbacks()
        ]
        assert told == [
            ("ringing", "ringing"),
            ("in-progress", "in-progress"),
            ("completed", "completed"),
        ]
        assert world.callbacks()[-1] == Callback(CALLBACK, interaction)

    def test_a_carrier_with_one_id_for_both_legs(self, world: World, plan: CallPlan) -> None:
        """What it says of the call that came in is said of the leg that it rings, and shared."""
        for status in ("in-progress", "completed"):
            progress(world, one_id(status, "id-1"))
            assert [one.status for one in legs(world)] == [status, status]
            # The id is that of the call that came in, as it was.
            assert [one.provider_id for one in legs(world)] == ["id-1", None]
        (interaction,) = interactions(world)
        assert interaction.inbound_resource_status == "completed"
        assert interaction.outbound_resource_status == "completed"

    @pytest.mark.parametrize(
        ("carrier", "status"),
        [("telnyx", "ringing"), ("vonage", "ringing"), (None, "ringing"), ("plivo", "initiated")],
    )
    def test_a_leg_is_told_of_by_the_carrier_that_dials_it(
        self, world: World, partner: str, carrier: str | None, status: str
    ) -> None:
        """The call came in by telnyx, which shows a number of vonage."""
        progress(world, CallEvent(partner, "ringing", carrier=carrier))
        assert legs(world)[1].status == status

    def test_another_carrier_tells_nothing_of_a_call_that_came_in(
        self, world: World, plan: CallPlan
    ) -> None:
        progress(world, CallEvent(plan.call_sid, "completed", carrier="vonage"))
        assert legs(world)[0].status == "ringing"

    def test_a_carrier_with_one_id_and_a_call_that_rang_nobody(
        self, world: World, service: Service
    ) -> None:
        receive(world, ring(caller="+17185551234", provider_id="id-9"))
        progress(world, one_id("completed", "id-9"), one_id("completed", "id-7"))
        assert [one.status for one in legs(world)] == ["completed"]

    def test_events_that_come_together_are_told_once(
        self, world: World, plan: CallPlan, partner: str
    ) -> None:
        progress(
            world,
            CallEvent(partner, "ringing"),
            CallEvent(partner, "in-progress"),
            CallEvent(plan.call_sid, "in-progress"),
        )
        (told,) = world.callbacks()
        assert told.interaction == interactions(world)[0]
        assert told.interaction.inbound_resource_status == "in-progress"
        assert told.interaction.outbound_resource_status == "in-progress"

    @pytest.mark.parametrize("after", STATUSES)
    @pytest.mark.parametrize("before", [one for one in STATUSES if one != "queued"])
    def test_a_leg_only_moves_on(self, world: World, partner: str, before: str, after: str) -> None:
        progress(world, CallEvent(partner, before))
        stood = legs(world)[1]
        assert stood.status == before
        world.rows("DELETE FROM outbox")
        world.clock.advance(1000)
        progress(world, CallEvent(partner, after, provider_id="theirs"))
        way = ["queued", "initiated", "ringing", "in-progress"]
        rank = {status: place for place, status in enumerate(way)}
        moves = before not in FINAL and rank.get(after, 9) > rank[before]
        now = legs(world)[1]
        assert now.status == (after if moves else before)
        assert (now == stood) is not moves
        assert len(world.callbacks()) == moves
        (interaction,) = interactions(world)
        assert interaction.outbound_resource_status == now.status

    @pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
    def test_a_partner_who_was_not_reached(self, world: World, partner: str, status: str) -> None:
        now = world.clock.advance(20_000)
        progress(world, CallEvent(partner, status))
        leg = legs(world)[1]
        assert (leg.start_time, leg.end_time, leg.duration) == (None, now, 0)
        (interaction,) = interactions(world)
        assert interaction.data == '{"duration":"0"}'
        assert interaction.inbound_resource_status == "ringing"

    def test_the_end_of_a_masked_call_takes_one_look_at_each_leg(
        self, world: World, partner: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether a program has it do something else is seen with the caller's."""
        ran: list[str] = []
        one = type(world.executor).one

        async def noted(executor: Any, query: str, *args: Any) -> Any:
            ran.append(query)
            return await one(executor, query, *args)

        monkeypatch.setattr(type(world.executor), "one", noted)
        progress(world, CallEvent(partner, "completed", with_parent=True))
        looks = [query for query in ran if query.startswith(("call_", "placed_"))]
        assert looks == ["call_by_sid", "call_and_placed"]

    @pytest.mark.parametrize(("said", "kept"), [(-1, 0), (10**30, 7 * 86_400)])
    def test_a_duration_that_can_t_be(
        self, world: World, partner: str, said: int, kept: int
    ) -> None:
        progress(world, CallEvent(partner, "completed", duration=said))
        assert legs(world)[1].duration == kept

    def test_a_duration_that_the_carrier_states(self, world: World, partner: str) -> None:
        now = world.clock.advance(60_000)
        progress(world, CallEvent(partner, "completed", duration=42))
        leg = legs(world)[1]
        assert (leg.start_time, leg.end_time, leg.duration) == (now - 42_000, now, 42)
        assert interactions(world)[0].data == '{"duration":"42"}'

    def test_a_stated_duration_goes_before_our_own_clock(self, world: World, partner: str) -> None:
        answered = world.clock()
        progress(world, CallEvent(partner, "in-progress"))
        world.clock.advance(60_000)
        progress(world, CallEvent(partner, "completed", duration=42))
        leg = legs(world)[1]
        assert (leg.start_time, leg.duration) == (answered, 42)

    def test_a_call_that_ended_as_soon_as_it_was_answered(self, world: World, partner: str) -> None:
        progress(world, CallEvent(partner, "completed"))
        leg = legs(world)[1]
        assert (leg.start_time, leg.end_time, leg.duration) == (world.clock(), world.clock(), 0)

    def test_the_caller_s_leg_says_nothing_of_the_talk(self, world: World, plan: CallPlan) -> None:
        progress(world, CallEvent(plan.call_sid, "completed", duration=99, provider_id="new"))
        assert legs(world)[0].duration == 99
        assert interactions(world)[0].data == ""

    @pytest.mark.parametrize(
        ("placed", "after"),
        [
            (PlacedCall(url="https://a.example/voice"), "in-progress"),
            (PlacedCall(twiml="<Response/>"), "in-progress"),
            (PlacedCall(status_url="https://a.example/status"), "completed"),
        ],
    )
    def test_a_call_that_a_program_has_go_on_elsewhere(
        self, world: World, plan: CallPlan, partner: str, placed: PlacedCall, after: str
    ) -> None:
        progress(world, CallEvent(partner, "in-progress", with_parent=True))
        world.do(world.tx.placed_calls.put(plan.call_sid, world.account.sid, placed))
        progress(world, CallEvent(partner, "completed", with_parent=True))
        assert [leg.status for leg in legs(world)] == [after, "completed"]

    def test_a_call_with_one_id_does_not_go_on_elsewhere(
        self, world: World, plan: CallPlan
    ) -> None:
        placed = PlacedCall(url="https://a.example/voice")
        world.do(world.tx.placed_calls.put(plan.call_sid, world.account.sid, placed))
        progress(world, one_id("completed", "id-1"))
        assert [leg.status for leg in legs(world)] == ["completed", "completed"]

    def test_with_a_parent_that_is_gone(self, world: World, plan: CallPlan, partner: str) -> None:
        assert world.do(world.tx.calls.delete(plan.call_sid, world.account.sid))
        progress(world, CallEvent(partner, "completed", with_parent=True))
        (leg,) = legs(world)
        assert leg.status == "completed"

    def test_with_a_parent_where_there_is_none(self, world: World, plan: CallPlan) -> None:
        progress(world, CallEvent(plan.call_sid, "in-progress", with_parent=True))
        assert [leg.status for leg in legs(world)] == ["in-progress", "initiated"]

    def test_what_nobody_knows(self, world: World, plan: CallPlan, partner: str) -> None:
        before = legs(world)
        progress(
            world,
            CallEvent("CA" + "0" * 32, "completed"),
            CallEvent(partner, "completed", account_sid=world.add_account().sid),
        )
        assert legs(world) == before
        assert world.callbacks() == []
        progress(world, CallEvent(partner, "completed", account_sid=world.account.sid))
        assert legs(world)[1].status == "completed"

    def test_a_call_without_an_interaction(self, world: World, service: Service) -> None:
        plan = receive(world, ring(CAROL))
        progress(world, CallEvent(plan.call_sid, "completed"))
        assert legs(world)[0].status == "completed"
        assert world.callbacks() == []

    def test_a_service_that_wants_no_callbacks(self, world: World) -> None:
        meet(world, furnished(world))
        plan = receive(world, ring())
        progress(world, CallEvent(plan.call_sid, "completed"))
        assert interactions(world)[0].inbound_resource_status == "completed"
        assert world.jobs() == []

    @pytest.mark.parametrize("gone", ["session", "service"])
    def test_a_leg_outlives_its_session(
        self, world: World, service: Service, partner: str, gone: str
    ) -> None:
        if gone == "session":
            (interaction,) = interactions(world)
            world.do(sessions.delete(world.env, world.tx, service, interaction.session_sid))
        else:
            world.do(services.delete(world.env, world.tx, service.account_sid, service.sid))
        progress(world, CallEvent(partner, "completed", with_parent=True))
        assert [leg.status for leg in legs(world)] == ["completed", "completed"]
        assert world.callbacks() == []

    @pytest.mark.covers("code:80907")
    def test_events_of_no_interaction_are_told(
        self, world: World, service: Service, plan: CallPlan, partner: str
    ) -> None:
        other = world.add_account()
        progress(
            world,
            CallEvent("CA" + "0" * 32, "completed", account_sid=world.account.sid),
            CallEvent(partner, "completed", account_sid=other.sid),
            CallEvent("CA" + "0" * 32, "completed"),
        )
        for account in (world.account, other):
            (alert,) = world.alerts(account)
            assert (alert.error_code, alert.resource_sid) == (80907, None)
        (interaction,) = interactions(world)
        world.do(sessions.delete(world.env, world.tx, service, interaction.session_sid))
        progress(world, CallEvent(partner, "ringing"))
        assert world.codes() == [80907, 80907]
        assert world.alerts()[1].resource_sid == partner
        progress(world, CallEvent(partner, "completed"))
        progress(world, CallEvent(partner, "completed"))
        assert [alert.resource_sid for alert in world.alerts()[2:]] == [partner, partner]

    @pytest.mark.covers("code:80906")
    @pytest.mark.parametrize(
        ("said", "late"),
        [
            # Of the leg itself and of its Dial, in either order: the end is told twice.
            ([("completed", False), ("completed", True)], False),
            ([("completed", True), ("completed", False)], False),
            ([("busy", False), ("canceled", True)], False),
            ([("completed", False), ("completed", False)], True),
            ([("completed", True), ("completed", True)], True),
            ([("in-progress", True), ("in-progress", True), ("completed", True)], False),
            ([("completed", True), ("ringing", False)], False),
        ],
    )
    def test_an_end_that_comes_twice_is_told(
        self, world: World, partner: str, said: list[tuple[str, bool]], late: bool
    ) -> None:
        for status, with_parent in said:
            progress(world, CallEvent(partner, status, with_parent=with_parent))
        assert world.codes() == [80906] * late
        (interaction,) = interactions(world)
        for alert in world.alerts():
            assert alert.resource_sid == interaction.sid
            assert alert.service_sid == interaction.service_sid

    def test_an_end_without_interaction_that_comes_twice_is_nothing(
        self, world: World, service: Service
    ) -> None:
        plan = receive(world, ring(CAROL))
        told = world.codes()
        for _ in range(2):
            progress(world, CallEvent(plan.call_sid, "completed"))
        assert world.codes() == told

    def test_an_end_of_the_caller_s_leg_that_comes_twice_is_nothing(
        self, world: World, plan: CallPlan
    ) -> None:
        for _ in range(2):
            progress(world, CallEvent(plan.call_sid, "completed"))
        assert world.codes() == []

    @pytest.mark.covers("code:80613")
    def test_a_carrier_that_can_t_ring_the_partner_is_told(
        self, world: World, partner: str
    ) -> None:
        progress(world, CallEvent(partner, "failed", with_parent=True))
        (alert,) = world.alerts()
        (interaction,) = interactions(world)
        assert (alert.error_code, alert.resource_sid) == (80613, interaction.sid)
        assert alert.log_level == "error"

    def test_a_call_that_breaks_off_is_no_refusal(self, world: World, partner: str) -> None:
        progress(world, CallEvent(partner, "in-progress"), CallEvent(partner, "failed"))
        assert world.codes() == []

    def test_what_was_cut_off_is_no_refusal(
        self, world: World, service: Service, partner: str
    ) -> None:
        assert world.do(events.recover(world.env, world.tx, "vonage", world.clock())) == 1
        (interaction,) = interactions(world)
        world.do(sessions.delete(world.env, world.tx, service, interaction.session_sid))
        assert world.do(events.recover(world.env, world.tx, "telnyx", world.clock())) == 1
        assert world.codes() == []

    def test_recover(self, world: World, plan: CallPlan, partner: str) -> None:
        progress(world, CallEvent(partner, "in-progress", with_parent=True))
        world.rows("DELETE FROM outbox")

        def recover(carrier: str, before: int) -> int:
            return world.do(events.recover(world.env, world.tx, carrier, before))

        now = world.clock()
        assert recover("simulator", now) == recover("telnyx", now - 1) == 0
        for carrier, left in (("telnyx", ["failed", "in-progress"]), ("vonage", ["failed"] * 2)):
            assert recover(carrier, now) == 1
            assert [leg.status for leg in legs(world)] == left
            assert recover(carrier, now) == 0
        assert len(world.callbacks()) == 2
