from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging import inbound, outbound
from maskline.model.errors import Fault
from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Job, Relay
from maskline.model.message import Message, MessageStatus
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.model.traffic import InboundMessage, LegReport
from maskline.proxy import participants, services, sessions
from maskline.store.contract import StoreUnavailable
from tests.support.memory import ALICE, BOB, World, form

NUMBER = "+14158670001"
CALLBACK = "https://a.example/cb"
INTERCEPT = "https://a.example/icb"
MEDIA = ["https://m.example/1", "https://m.example/2"]


@pytest.fixture
def service(world: World) -> Service:
    """A Service with one number, told of everything."""
    return furnished(world, CallbackUrl=CALLBACK)


def furnished(world: World, **params: str) -> Service:
    """A Service with one number."""
    service = world.add_service(**params)
    world.add_number(NUMBER, service=service, carrier="telnyx")
    return service


def send(
    world: World, service: Service, session: Session, to: str = ALICE, **params: Any
) -> Interaction:
    """A message from the application."""
    person = world.person(session, to)
    current = world.session(session)
    return world.do(outbound.send(world.env, world.tx, service, current, person, form(params)))


def code(act: Any, *args: Any, **params: Any) -> int:
    """The code that an act is refused with."""
    with pytest.raises(Fault) as caught:
        act(*args, **params)
    return caught.value.code


def leg(world: World, sid: str | None) -> Message:
    """The leg as it is now."""
    assert sid is not None
    found = world.do(world.tx.messages.by_sid(sid))
    assert found is not None
    return found


def interaction_now(world: World, interaction: Interaction) -> Interaction | None:
    """The interaction as it is now."""
    return world.do(world.tx.interactions.by_sid(interaction.sid))


class TestSend:
    def test_a_text(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE, Ttl="60")
        person = world.person(session, ALICE)
        now = world.clock.advance(1000)
        interaction = send(world, service, session, Body="hello\nthere")
        sent = leg(world, interaction.outbound_resource_sid)
        assert interaction == Interaction(
            sid=interaction.sid,
            account_sid=world.account.sid,
            service_sid=service.sid,
            session_sid=session.sid,
            type="message",
            data='{"body":"hello\\nthere"}',
            num_media=0,
            inbound_participant_sid=None,
            inbound_resource_sid=None,
            inbound_resource_status=None,
            outbound_participant_sid=person.sid,
            outbound_resource_sid=sent.sid,
            outbound_resource_status="queued",
            date_created=now,
            date_updated=now,
        )
        assert interaction_now(world, interaction) == interaction
        assert sent == Message(
            sid=sent.sid,
            account_sid=world.account.sid,
            direction="outbound-api",
            sender=NUMBER,
            recipient=ALICE,
            body="hello\nthere",
            status="queued",
            error_code=None,
            num_media=0,
            num_segments=1,
            carrier="telnyx",
            provider_id=None,
            interaction_sid=interaction.sid,
            date_created=now,
            date_sent=None,
            date_updated=now,
        )
        assert sent.sid.startswith("SM")
        relay, callback = world.jobs()
        assert msgspec.json.decode(relay.payload, type=Relay) == Relay(
            message_sid=sent.sid,
            interaction_sid=interaction.sid,
            account_sid=world.account.sid,
            participant_sid=person.sid,
            carrier="telnyx",
            sender=NUMBER,
            recipient=ALICE,
            body="hello\nthere",
            media=(),
            direction="outbound-api",
            intercept=None,
        )
        assert relay.ordering_key == f"{NUMBER}>{ALICE}"
        assert msgspec.json.decode(callback.payload, type=Callback) == Callback(
            CALLBACK, interaction
        )
        assert world.session(session) == msgspec.structs.replace(
            session,
            status="in-progress",
            date_started=now,
            date_last_interaction=now,
            expires_at=now + 60_000,
            date_updated=now,
        )

    def test_media(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        interaction = send(world, service, session, MediaUrl=MEDIA)
        sent = leg(world, interaction.outbound_resource_sid)
        assert sent.sid.startswith("MM")
        assert (sent.body, sent.num_media, interaction.num_media) == ("", 2, 2)
        stored = world.do(world.tx.messages.media(sent.sid))
        assert [one.url for one in stored] == MEDIA
        assert world.relays()[0].media == tuple((url, "") for url in MEDIA)
        assert world.callbacks()[0].media == tuple(MEDIA)

    def test_a_program_s_own_messages_are_not_intercepted(self, world: World) -> None:
        service = furnished(world, InterceptCallbackUrl=INTERCEPT)
        session = world.add_session(service, ALICE)
        send(world, service, session, Body="hi")
        assert [relay.intercept for relay in world.relays()] == [None]
        assert [job.kind for job in world.jobs()] == ["relay"]

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, 21602),
            ({"Body": "", "MediaUrl": [""]}, 21602),
            ({"Body": "x" * 1601}, 21617),
            ({"Body": "🙂" * 1601}, 21617),
            ({"Body": "\0"}, 80701),
            ({"Body": ["a", "b"]}, 80701),
            ({"MediaUrl": ["https://m.example/"] * 11}, 21623),
            ({"MediaUrl": ["https://m.example/", "m.example"]}, 21620),
            ({"Body": "x", "MediaUrl": ["ftp://m.example"]}, 21620),
        ],
    )
    def test_what_can_not_be_sent(
        self, world: World, service: Service, params: dict[str, Any], expected: int
    ) -> None:
        session = world.add_session(service, ALICE)
        assert code(send, world, service, session, **params) == expected
        assert world.rows("SELECT COUNT(*) FROM messages") == [(0,)]
        assert world.session(session) == session

    @pytest.mark.parametrize(
        "params",
        [{"Body": "x" * 1600}, {"Body": "🙂" * 1600}, {"MediaUrl": ["https://m.example/"] * 10}],
    )
    def test_as_much_as_can_be_sent(
        self, world: World, service: Service, params: dict[str, Any]
    ) -> None:
        send(world, service, world.add_session(service, ALICE), **params)
        assert len(world.relays()) == 1

    @pytest.mark.covers("code:21611")
    def test_a_number_with_a_full_queue(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        bucket = f"number:telnyx:{NUMBER}"
        world.do(world.tx.paces.queues([bucket]))
        end = (world.clock() + 36_000_000) * 1000
        world.do(world.tx.paces.set_queues({bucket: end + 1000}))
        assert code(send, world, service, session, Body="hi") == 21611
        assert world.relays() == []
        world.do(world.tx.paces.set_queues({bucket: end}))
        send(world, service, session, Body="hi")
        assert len(world.relays()) == 1

    def test_a_closed_session(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
        assert code(send, world, service, session, Body="hi") == 80607

    def test_a_session_whose_time_is_over(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE, Ttl="60")
        world.clock.advance(60_000)
        assert code(send, world, service, session, Body="hi") == 80607

    def test_a_session_for_voice(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE, Mode="voice-only")
        assert code(send, world, service, session, Body="hi") == 80910

    def test_a_person_who_was_removed(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        sid = world.person(session, ALICE).sid
        world.do(participants.remove(world.env, world.tx, session, sid))
        assert code(send, world, service, session, Body="hi") == 80610


def intercepted(world: World, **params: str) -> tuple[Session, Job, Relay]:
    """A message that waits for the program's answer."""
    service = furnished(world, InterceptCallbackUrl=INTERCEPT, **params)
    session = world.add_session(service, ALICE, BOB)
    message = InboundMessage("telnyx", "id-1", ALICE, NUMBER, "hi", (("https://m/1", "image/png"),))
    world.do(inbound.receive(world.env, world.tx, [message]))
    (job,) = world.jobs()
    (relay,) = world.relays()
    return session, job, relay


class TestAdmit:
    def test_the_leg_begins(self, world: World) -> None:
        session, job, relay = intercepted(world, CallbackUrl=CALLBACK)
        now = world.clock.advance(1000)
        assert world.do(
            outbound.admit(world.env, world.tx, relay, job.sid, world.records.exchange())
        )
        interaction = world.do(world.tx.interactions.by_sid(relay.interaction_sid))
        assert interaction is not None
        assert interaction.outbound_participant_sid == world.person(session, BOB).sid
        assert interaction.outbound_resource_sid == relay.message_sid
        assert interaction.outbound_resource_status == "queued"
        assert interaction.date_updated == now
        begun = leg(world, relay.message_sid)
        assert (begun.status, begun.recipient, begun.num_media) == ("queued", BOB, 1)
        stored = world.do(world.tx.messages.media(begun.sid))
        assert [(one.url, one.content_type) for one in stored] == [("https://m/1", "image/png")]
        asked, told = world.jobs()
        assert msgspec.json.decode(asked.payload, type=Relay) == msgspec.structs.replace(
            relay, intercept=None
        )
        assert asked == msgspec.structs.replace(job, payload=asked.payload)
        assert msgspec.json.decode(told.payload, type=Callback) == Callback(
            CALLBACK, interaction, ("https://m/1",)
        )

    def test_a_service_that_wants_no_callbacks(self, world: World) -> None:
        _, job, relay = intercepted(world)
        assert world.do(
            outbound.admit(world.env, world.tx, relay, job.sid, world.records.exchange())
        )
        assert [job.kind for job in world.jobs()] == ["relay"]

    def test_a_session_that_was_deleted_meanwhile(self, world: World) -> None:
        session, job, relay = intercepted(world, CallbackUrl=CALLBACK)
        service = world.do(world.tx.services.get(session.service_sid, world.account.sid))
        assert service is not None
        world.do(sessions.delete(world.env, world.tx, service, session.sid))
        assert not world.do(
            outbound.admit(world.env, world.tx, relay, job.sid, world.records.exchange())
        )
        assert world.do(world.tx.messages.by_sid(relay.message_sid)) is None
        assert world.jobs() == [job]


@pytest.mark.covers("code:80909")
def test_block(world: World) -> None:
    session, job, relay = intercepted(world, CallbackUrl=CALLBACK)
    world.do(outbound.block(world.env, world.tx, relay, job.sid, world.records.exchange(403)))
    (alert,) = world.alerts()
    assert (alert.error_code, alert.log_level) == (80909, "warning")
    assert (alert.service_sid, alert.resource_sid) == (session.service_sid, relay.interaction_sid)
    assert world.jobs() == []
    assert world.do(world.tx.messages.by_sid(relay.message_sid)) is None
    interaction = world.do(world.tx.interactions.by_sid(relay.interaction_sid))
    assert interaction is not None
    assert interaction.outbound_resource_sid is None


def report(world: World, *reports: LegReport) -> None:
    """Takes them in, together."""
    world.do(outbound.report(world.env, world.tx, reports))


WAY = ["queued", "sending", "sent", "delivered"]
FINAL = ["delivered", "undelivered", "failed"]
STATUSES = [status.value for status in MessageStatus]


class TestOptOut:
    def opt_out(self, world: World, number: str = NUMBER, **changes: Any) -> None:
        """Alice wants nothing more from a number."""
        made = world.records.opt_out(world.account.sid, number, ALICE, **changes)
        assert world.do(world.tx.opt_outs.add(made))

    @pytest.mark.covers("code:21610")
    def test_nothing_is_created(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        self.opt_out(world)
        before = world.session(session)
        assert code(send, world, service, session, Body="hi") == 21610
        for table in ("messages", "interactions", "outbox", "alerts"):
            assert world.rows(f"SELECT * FROM {table}") == []
        assert world.session(session) == before

    @pytest.mark.parametrize(("scope", "stops"), [("number", False), ("service", True)])
    def test_what_it_holds_for(
        self, world: World, service: Service, scope: str, stops: bool
    ) -> None:
        world.change("optout", scope=scope)
        session = world.add_session(service, ALICE)
        self.opt_out(world, "+14158670009", service_sid=service.sid)
        if stops:
            assert code(send, world, service, session, Body="hi") == 21610
        else:
            assert send(world, service, session, Body="hi").outbound_resource_status == "queued"

    @pytest.mark.parametrize("status", ["failed", "undelivered"])
    def test_a_carrier_that_stops_it_is_told(
        self, world: World, service: Service, status: str
    ) -> None:
        interaction = send(world, service, world.add_session(service, ALICE), Body="hi")
        sid = interaction.outbound_resource_sid
        for _ in range(2):
            report(world, LegReport("telnyx", status, sid, error_code=21610, fault=80613))
        (alert,) = world.alerts()
        assert (alert.error_code, alert.resource_sid, alert.service_sid) == (
            21610,
            interaction.sid,
            service.sid,
        )
        (opt_out,) = world.rows("SELECT sender, identifier, source, detail FROM opt_outs")
        assert opt_out == (NUMBER, ALICE, "carrier", "telnyx")

    def test_a_leg_whose_interaction_is_gone(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        interaction = send(world, service, session, Body="hi")
        world.do(world.tx.interactions.delete(interaction.sid, session.sid))
        sid = interaction.outbound_resource_sid
        report(world, LegReport("telnyx", "failed", sid, error_code=21610))
        (alert,) = world.alerts()
        assert (alert.error_code, alert.resource_sid, alert.service_sid) == (21610, sid, None)


class TestAnswersToKeywords:
    @pytest.fixture
    def answer(self, world: World, service: Service) -> Relay:
        """The answer to somebody who opted out."""
        message = InboundMessage("telnyx", "id-1", ALICE, NUMBER, "STOP")
        world.do(inbound.receive(world.env, world.tx, [message]))
        world.rows("DELETE FROM alerts")
        (relay,) = world.relays()
        return relay

    def test_one_that_arrives_is_no_news(self, world: World, answer: Relay) -> None:
        report(world, LegReport("telnyx", "sent", answer.message_sid, provider_id="theirs"))
        report(world, LegReport("telnyx", "delivered", provider_id="theirs"))
        assert leg(world, answer.message_sid).status == "delivered"
        assert (world.alerts(), world.callbacks()) == ([], [])

    @pytest.mark.covers("code:80613")
    @pytest.mark.parametrize("status", ["failed", "undelivered"])
    @pytest.mark.parametrize(("fault", "told"), [(None, 80613), (80502, 80502)])
    def test_one_that_is_lost_is_told(
        self, world: World, answer: Relay, status: str, fault: int | None, told: int
    ) -> None:
        lost = LegReport("telnyx", status, answer.message_sid, error_code=30003, fault=fault)
        report(world, lost)
        (alert,) = world.alerts()
        assert (alert.error_code, alert.resource_sid) == (told, answer.message_sid)
        assert "telnyx did not take the message: 30003" in alert.alert_text
        assert world.callbacks() == []

    def test_a_carrier_that_answered_by_itself_is_no_news(
        self, world: World, answer: Relay
    ) -> None:
        refused = LegReport("telnyx", "failed", answer.message_sid, error_code=21610, fault=80613)
        report(world, refused)
        assert world.alerts() == []


def test_a_full_queue_takes_nothing_in(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE)
    world.env = msgspec.structs.replace(world.env, is_full=lambda: True)
    with pytest.raises(StoreUnavailable):
        send(world, service, session, Body="hi")
    assert world.rows("SELECT * FROM outbox") == []


class TestReport:
    @pytest.fixture
    def sent(self, world: World, service: Service) -> Interaction:
        """A message that is queued, after whose jobs nothing is left."""
        interaction = send(world, service, world.add_session(service, ALICE), Body="hi")
        world.rows("DELETE FROM outbox")
        return interaction

    def test_it_was_sent(self, world: World, service: Service) -> None:
        interaction = send(world, service, world.add_session(service, ALICE), Body="hi")
        before = leg(world, interaction.outbound_resource_sid)
        relay, queued = world.jobs()
        now = world.clock.advance(1000)
        report(
            world,
            LegReport("telnyx", "sent", before.sid, provider_id="theirs", job_sid=relay.sid),
        )
        assert leg(world, before.sid) == msgspec.structs.replace(
            before, status="sent", provider_id="theirs", date_sent=now, date_updated=now
        )
        changed = msgspec.structs.replace(
            interaction, outbound_resource_status="sent", date_updated=now
        )
        assert interaction_now(world, interaction) == changed
        assert world.jobs()[0] == queued
        assert [told.interaction for told in world.callbacks()] == [interaction, changed]

    def test_it_failed(self, world: World, sent: Interaction) -> None:
        report(world, LegReport("telnyx", "failed", sent.outbound_resource_sid, error_code=30008))
        failed = leg(world, sent.outbound_resource_sid)
        assert (failed.status, failed.error_code, failed.date_sent) == ("failed", 30008, None)
        (told,) = world.callbacks()
        assert told.interaction.outbound_resource_status == "failed"

    @pytest.mark.covers("code:80502")
    @pytest.mark.covers("code:80613")
    @pytest.mark.parametrize("fault", [80502, 80613])
    def test_a_carrier_that_did_not_take_it_is_told(
        self, world: World, sent: Interaction, fault: int
    ) -> None:
        failed = LegReport(
            "telnyx", "failed", sent.outbound_resource_sid, error_code=30008, fault=fault
        )
        report(world, failed)
        report(world, failed)
        (alert,) = world.alerts()
        assert (alert.error_code, alert.log_level) == (fault, "error")
        assert (alert.service_sid, alert.resource_sid) == (sent.service_sid, sent.sid)
        assert "telnyx did not take the message: 30008" in alert.alert_text

    def test_it_is_told_of_a_leg_that_outlives_its_session(
        self, world: World, service: Service, sent: Interaction
    ) -> None:
        world.do(sessions.delete(world.env, world.tx, service, sent.session_sid))
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", "failed", sid, error_code=30008, fault=80613))
        (alert,) = world.alerts()
        assert (alert.service_sid, alert.resource_sid) == (None, sid)

    @pytest.mark.covers("code:80990")
    def test_one_that_may_have_been_sent_twice_is_marked(
        self, world: World, service: Service, sent: Interaction
    ) -> None:
        sid = sent.outbound_resource_sid
        now = world.clock.advance(1000)
        twice = LegReport("telnyx", "sent", sid, provider_id="p", possible_duplicate=True)
        report(world, twice, LegReport("telnyx", "delivered", sid))
        found = world.do(world.tx.interactions.by_sid(sent.sid))
        assert found is not None
        assert msgspec.json.decode(found.data) == {"body": "hi", "possible_duplicate": True}
        assert (found.outbound_resource_status, found.date_updated) == ("delivered", now)
        (alert,) = world.alerts()
        assert (alert.error_code, alert.log_level) == (80990, "warning")
        assert (alert.resource_sid, alert.service_sid) == (sent.sid, service.sid)
        assert alert.alert_text.endswith(f"message {sid}")
        told = [one.interaction for one in world.callbacks()]
        assert [one.data for one in told] == [found.data] * 2

    def test_one_that_was_delivered_before_is_marked_all_the_same(
        self, world: World, sent: Interaction
    ) -> None:
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", "delivered", sid))
        world.rows("DELETE FROM outbox")
        report(world, LegReport("telnyx", "sent", sid, provider_id="p", possible_duplicate=True))
        found = world.do(world.tx.interactions.by_sid(sent.sid))
        assert found is not None
        assert msgspec.json.decode(found.data) == {"body": "hi", "possible_duplicate": True}
        assert found.outbound_resource_status == "delivered"
        assert [alert.error_code for alert in world.alerts()] == [80990]
        assert world.callbacks() == []

    def test_one_without_an_interaction_is_told_of_by_its_own_sid(
        self, world: World, sent: Interaction
    ) -> None:
        sid = sent.outbound_resource_sid
        world.do(world.tx.interactions.delete(sent.sid, sent.session_sid))
        report(world, LegReport("telnyx", "sent", sid, provider_id="p", possible_duplicate=True))
        (alert,) = world.alerts()
        assert (alert.error_code, alert.resource_sid) == (80990, sid)

    @pytest.mark.parametrize("after", STATUSES)
    @pytest.mark.parametrize("before", ["queued", "sending", "sent", *FINAL])
    def test_a_leg_only_moves_on(
        self, world: World, sent: Interaction, before: str, after: str
    ) -> None:
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", before, sid, error_code=1))
        world.rows("DELETE FROM outbox")
        stood = leg(world, sid)
        assert stood.status == before
        report(world, LegReport("telnyx", after, sid, error_code=2, provider_id="theirs"))
        ends = before in FINAL
        rank = {
            "scheduled": -1,
            "accepted": -1,
            **{status: place for place, status in enumerate(WAY)},
        }
        moves = not ends and rank.get(after, 9) > rank[before]
        now = leg(world, sid)
        assert now.status == (after if moves else before)
        assert now.error_code == (2 if moves else stood.error_code)
        assert now.provider_id == "theirs"
        assert len(world.callbacks()) == moves

    def test_a_receipt_that_overtook_the_answer(self, world: World, sent: Interaction) -> None:
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", "delivered", sid))
        assert leg(world, sid).date_sent is None
        now = world.clock.advance(1000)
        report(world, LegReport("telnyx", "sent", sid, provider_id="theirs"))
        found = leg(world, sid)
        assert (found.status, found.provider_id, found.date_sent) == ("delivered", "theirs", now)
        assert len(world.callbacks()) == 1

    def test_when_it_was_sent_is_kept(self, world: World, sent: Interaction) -> None:
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", "sent", sid))
        first = world.clock()
        world.clock.advance(1000)
        report(world, LegReport("telnyx", "sent", sid))
        assert leg(world, sid).date_sent == first

    def test_by_the_carrier_s_own_id(self, world: World, sent: Interaction) -> None:
        sid = sent.outbound_resource_sid
        report(world, LegReport("telnyx", "sent", sid, provider_id="theirs"))
        report(
            world,
            LegReport("vonage", "failed", provider_id="theirs"),
            LegReport("telnyx", "failed", provider_id="other"),
            LegReport("telnyx", "delivered", provider_id="theirs"),
        )
        assert leg(world, sid).status == "delivered"

    def test_several_of_one_leg_together(self, world: World, sent: Interaction) -> None:
        sid = sent.outbound_resource_sid
        report(
            world,
            LegReport("telnyx", "sent", sid, provider_id="theirs"),
            LegReport("telnyx", "delivered", sid),
            LegReport("telnyx", "sending", sid),
        )
        found = leg(world, sid)
        assert (found.status, found.provider_id) == ("delivered", "theirs")
        told = [one.interaction.outbound_resource_status for one in world.callbacks()]
        assert told == ["sent", "delivered"]

    def test_what_nobody_knows(self, world: World, sent: Interaction) -> None:
        job = world.records.job(world.account.sid)
        world.do(world.tx.outbox.add_many([job]))
        report(world, LegReport("telnyx", "sent", "SM" + "0" * 32, job_sid=job.sid))
        assert world.jobs() == []
        assert interaction_now(world, sent) == sent

    def test_an_inbound_message_takes_no_reports(self, world: World, service: Service) -> None:
        world.add_session(service, ALICE, BOB)
        message = InboundMessage("telnyx", "id-1", ALICE, NUMBER, "hi")
        (receipt,) = world.do(inbound.receive(world.env, world.tx, [message]))
        came = leg(world, receipt.message_sid)
        report(world, LegReport("telnyx", "failed", came.sid, provider_id="theirs"))
        assert leg(world, came.sid) == came

    def test_media_are_told_again(self, world: World, service: Service) -> None:
        session = world.add_session(service, ALICE)
        interaction = send(world, service, session, MediaUrl=MEDIA)
        report(world, LegReport("telnyx", "sent", interaction.outbound_resource_sid))
        assert [told.media for told in world.callbacks()] == [tuple(MEDIA)] * 2

    def test_a_service_that_wants_no_callbacks(self, world: World) -> None:
        service = furnished(world)
        interaction = send(world, service, world.add_session(service, ALICE), Body="hi")
        report(world, LegReport("telnyx", "sent", interaction.outbound_resource_sid))
        assert leg(world, interaction.outbound_resource_sid).status == "sent"
        assert world.callbacks() == []

    @pytest.mark.parametrize("gone", ["session", "service"])
    def test_a_leg_outlives_its_session(
        self, world: World, service: Service, sent: Interaction, gone: str
    ) -> None:
        if gone == "session":
            world.do(sessions.delete(world.env, world.tx, service, sent.session_sid))
        else:
            world.do(services.delete(world.env, world.tx, service.account_sid, service.sid))
        sid = sent.outbound_resource_sid
        report(
            world,
            LegReport("telnyx", "sent", sid, provider_id="theirs"),
            LegReport("telnyx", "delivered", sid),
            LegReport("telnyx", "sent", sid),
        )
        found = leg(world, sid)
        assert (found.status, found.provider_id) == ("delivered", "theirs")
        assert world.callbacks() == []

    def test_nothing_to_report(self, world: World) -> None:
        report(world)
        assert world.jobs() == []
