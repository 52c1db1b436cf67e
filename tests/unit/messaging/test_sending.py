from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import msgspec
import pytest

from maskline.messaging import senders, sending
from maskline.model.clock import DAY
from maskline.model.errors import Fault
from maskline.model.job import Status
from maskline.model.message import Message
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability, Number, NumberKind
from maskline.model.opt_out import OptOut, OptOutSource
from maskline.store.contract import StoreUnavailable
from tests.support.memory import World, form

PERSON = "+12125550187"
OURS = "+14155550100"
URL = "https://program.example/status"
MINUTE = 60_000


@pytest.fixture
def number(world: World) -> Number:
    return world.add_number(OURS)


@pytest.fixture
def service(world: World, number: Number) -> MessagingService:
    """Two American numbers and a German one."""
    return world.add_messaging_service(
        number,
        world.add_number("+14155550101"),
        world.add_number("+4915123456789", iso_country="DE", area_code=""),
    )


def send(world: World, **values: Any) -> Message:
    """`POST Messages`: to the person by our number, unless it says otherwise."""
    fields = {"To": PERSON, "Body": "Hello", **values}
    if "MessagingServiceSid" not in fields:
        fields.setdefault("From", OURS)
    asked = form({name: value for name, value in fields.items() if value is not None})
    return world.do(sending.create(world.env, world.tx, world.account.sid, asked))


def update(world: World, sid: str, **values: str) -> Message:
    return world.do(sending.update(world.env, world.tx, world.account.sid, sid, form(dict(values))))


def stored(world: World, sid: str) -> Message:
    found = world.do(world.tx.messages.by_sid(sid))
    assert found is not None
    return found


def reports(world: World) -> list[dict[str, str]]:
    return [
        dict(msgspec.json.decode(job.payload, type=Status).params)
        for job in world.jobs()
        if job.kind == "status"
    ]


def opt_out(world: World, sender: str) -> None:
    world.do(
        world.tx.opt_outs.add(
            OptOut(
                world.env.sids.new("OO"),
                world.account.sid,
                sender,
                PERSON,
                None,
                None,
                OptOutSource.API.value,
                "",
                1,
                None,
                1,
            )
        )
    )


def at(world: World, ms: int) -> str:
    moment = datetime.datetime.fromtimestamp((world.env.clock() + ms) / 1000, datetime.UTC)
    return moment.isoformat()


class TestByNumber:
    def test_it_is_queued_and_on_its_way(self, world: World, number: Number) -> None:
        sent = send(world, MediaUrl=["https://a.example/1.png"], ValidityPeriod="60")
        assert stored(world, sent.sid) == sent
        assert (sent.status, sent.direction, sent.sender) == ("queued", "outbound-api", OURS)
        assert (sent.num_media, sent.messaging_service_sid) == (1, None)
        (relay,) = world.relays()
        assert (relay.message_sid, relay.sender, relay.recipient) == (sent.sid, OURS, PERSON)
        assert (relay.valid_seconds, relay.media) == (60, (("https://a.example/1.png", ""),))
        assert sent.sid.startswith("MM")
        assert [one.url for one in world.do(world.tx.messages.media(sent.sid))] == [
            "https://a.example/1.png"
        ]

    def test_a_foreign_form_of_a_number_is_dialled_as_it_was_given(
        self, world: World, number: Number
    ) -> None:
        sent = send(world, To="+5215512345678")
        (relay,) = world.relays()
        assert (sent.recipient, relay.dialled) == ("+525512345678", "+5215512345678")

    def test_digits_are_taken_for_a_number(self, world: World, number: Number) -> None:
        assert send(world, To=" 12125550187").recipient == PERSON

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"To": None}, 21604),
            ({"To": "+1999"}, 21211),
            ({"To": "whatsapp:+12125550187"}, 21211),
            ({"To": "Bob"}, 21211),
            ({"To": "+493012345678"}, 21614),
            ({"From": None}, 21603),
            ({"From": "+14155550199"}, 21606),
            ({"From": "Acme"}, 21606),
            ({"To": OURS}, 21266),
            ({"Body": None}, 21602),
            ({"Body": "x" * 1601}, 21617),
            ({"MediaUrl": ["https://a.example/"] * 11}, 21623),
            ({"MediaUrl": ["nothing"]}, 21620),
            ({"ContentSid": "HX" + "1" * 32}, 21655),
            ({"StatusCallback": "nothing"}, 80701),
            ({"ValidityPeriod": "0"}, 80701),
            ({"ValidityPeriod": "36001"}, 80701),
            ({"SmartEncoded": "perhaps"}, 80701),
            ({"ProvideFeedback": "perhaps"}, 80701),
            ({"RiskCheck": "perhaps"}, 80701),
            ({"Attempt": "0"}, 80701),
            ({"MessagingServiceSid": "MG" + "9" * 32}, 21701),
            ({"MessagingServiceSid": "AC" + "9" * 32}, 21705),
            ({"MessagingServiceSid": "MG9"}, 21705),
            ({"SendAt": "2030-01-01T00:00:00Z"}, 35111),
            ({"ScheduleType": "fixed"}, 35112),
            ({"ScheduleType": "fixed", "SendAt": "2030-01-01T00:00:00Z"}, 35118),
        ],
    )
    def test_refusals(
        self, world: World, number: Number, values: dict[str, Any], code: int
    ) -> None:
        with pytest.raises(Fault) as refused:
            send(world, **values)
        assert refused.value.code == code
        assert not world.rows("SELECT 1 FROM messages")
        assert not world.jobs()

    def test_numbers_that_cannot(self, world: World) -> None:
        stranger = world.add_account()
        world.add_number("+14155550120", account=stranger)
        world.add_number("+14155550121", capabilities=int(Capability.VOICE))
        world.add_number("+14155550122", capabilities=int(Capability.SMS))
        for sender, media, code in (
            ("+14155550120", [], 21606),
            ("+14155550121", [], 21606),
            ("+14155550122", ["https://a.example/1.png"], 21612),
        ):
            with pytest.raises(Fault) as refused:
                send(world, From=sender, MediaUrl=media)
            assert refused.value.code == code

    def test_who_opted_out_gets_nothing(self, world: World, number: Number) -> None:
        opt_out(world, OURS)
        with pytest.raises(Fault) as refused:
            send(world)
        assert refused.value.code == 21610
        assert not world.rows("SELECT 1 FROM messages")

    def test_a_full_queue(self, world: World, number: Number) -> None:
        full = msgspec.structs.replace(world.env, is_full=lambda: True)
        with pytest.raises(StoreUnavailable):
            world.do(sending.create(full, world.tx, world.account.sid, form({})))

    def test_a_senders_full_queue(
        self, world: World, number: Number, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def is_full(*_: object) -> bool:
            return True

        monkeypatch.setattr(sending, "is_full", is_full)
        with pytest.raises(Fault) as refused:
            send(world)
        assert refused.value.code == 21611

    @pytest.mark.covers("code:21408")
    def test_countries(self, world: World, number: Number) -> None:
        world.change("messages", countries=("US",))
        send(world)
        with pytest.raises(Fault) as refused:
            send(world, To="+4915112345678")
        assert refused.value.code == 21408

    def test_what_is_kept(self, world: World, number: Number) -> None:
        sent = send(world, ContentRetention="discard", AddressRetention="obfuscate")
        kept = stored(world, sent.sid)
        assert kept.body == ""
        assert kept.num_segments == 1
        assert PERSON not in kept.recipient
        (relay,) = world.relays()
        assert (relay.body, relay.recipient) == ("Hello", PERSON)

    def test_smart_encoding_is_asked_for(self, world: World, number: Number) -> None:
        assert send(world, Body="it\u2019s").body == "it\u2019s"
        assert send(world, Body="it\u2019s", SmartEncoded="true").body == "it's"


class TestByService:
    def test_it_is_accepted_before_a_sender_is_seen(
        self, world: World, service: MessagingService
    ) -> None:
        shown = send(world, MessagingServiceSid=service.sid)
        assert (shown.status, shown.sender) == ("accepted", "")
        kept = stored(world, shown.sid)
        assert (kept.status, kept.sender) == ("queued", OURS)
        assert kept.messaging_service_sid == service.sid
        (relay,) = world.relays()
        assert relay.sender == OURS
        assert relay.valid_seconds == service.validity_period

    def test_a_person_keeps_their_sender_and_the_load_is_spread(
        self, world: World, service: MessagingService
    ) -> None:
        people = [f"+1212555{line:04}" for line in range(100, 120)]
        first: dict[str, str] = {}
        for _ in range(3):
            for person in people:
                sent = send(world, To=person, MessagingServiceSid=service.sid)
                sender = stored(world, sent.sid).sender
                assert first.setdefault(person, sender) == sender
        assert Counter(first.values()) == {OURS: 10, "+14155550101": 10}

    def test_without_sticky_senders(self, world: World, service: MessagingService) -> None:
        world.do(
            world.tx.messaging_services.update(msgspec.structs.replace(service, sticky_sender=0))
        )
        sids = [send(world, MessagingServiceSid=service.sid).sid for _ in range(4)]
        assert Counter(stored(world, sid).sender for sid in sids) == {OURS: 2, "+14155550101": 2}

    def test_a_sender_that_left_is_nobodys(
        self, world: World, service: MessagingService, number: Number
    ) -> None:
        assert stored(world, send(world, MessagingServiceSid=service.sid).sid).sender == OURS
        world.do(
            senders.remove(
                world.env, world.tx, world.account.sid, service.sid, NumberKind.PHONE, number.sid
            )
        )
        again = send(world, MessagingServiceSid=service.sid)
        assert stored(world, again.sid).sender == "+14155550101"

    def test_a_sender_of_the_recipients_country_and_area(
        self, world: World, service: MessagingService
    ) -> None:
        local = world.add_number("+12125550100", area_code="212")
        world.do(world.tx.messaging_services.join(local.sid, service.sid, 1))
        for person, sender in (("+4915112345678", "+4915123456789"), (PERSON, "+12125550100")):
            sent = send(world, To=person, MessagingServiceSid=service.sid)
            assert stored(world, sent.sid).sender == sender
        unmatched = msgspec.structs.replace(service, area_code_geomatch=0)
        world.do(world.tx.messaging_services.update(unmatched))
        sent = send(world, To="+12125550199", MessagingServiceSid=service.sid)
        assert stored(world, sent.sid).sender == OURS

    def test_kinds_of_senders(self, world: World) -> None:
        code = world.add_number("894546", kind="short-code", sid="SC" + "1" * 32)
        free = world.add_number("+18885550100", area_code="888")
        pool = world.add_messaging_service(code, free)
        sent = send(world, MessagingServiceSid=pool.sid)
        assert stored(world, sent.sid).sender == "894546"
        sent = send(world, To="+16045550187", MessagingServiceSid=pool.sid)
        assert stored(world, sent.sid).sender == free.number

    def test_a_named_sender_of_the_pool(self, world: World, service: MessagingService) -> None:
        sent = send(world, MessagingServiceSid=service.sid, From="+4915123456789")
        assert stored(world, sent.sid).sender == "+4915123456789"
        world.add_number("+14155550177")
        with pytest.raises(Fault) as refused:
            send(world, MessagingServiceSid=service.sid, From="+14155550177")
        assert refused.value.code == 21711

    def test_one_without_senders(self, world: World) -> None:
        empty = world.add_messaging_service()
        with pytest.raises(Fault) as refused:
            send(world, MessagingServiceSid=empty.sid)
        assert refused.value.code == 21704

    def test_anothers(self, world: World, service: MessagingService) -> None:
        stranger = world.add_account()
        with pytest.raises(Fault) as refused:
            world.do(
                sending.create(
                    world.env,
                    world.tx,
                    stranger.sid,
                    form({"To": PERSON, "Body": "x", "MessagingServiceSid": service.sid}),
                )
            )
        assert refused.value.code == 21701

    @pytest.mark.covers("code:21703")
    def test_what_fails_once_it_is_under_way(self, world: World) -> None:
        """The program sees it accepted, and learns the rest by its status callback."""
        code = world.add_number("894546", kind="short-code", sid="SC" + "1" * 32)
        only_codes = world.add_messaging_service(code, status_callback=URL)
        abroad = send(world, To="+4915112345678", MessagingServiceSid=only_codes.sid)
        pool = world.add_messaging_service(world.add_number(OURS), status_callback=URL)
        opt_out(world, OURS)
        stopped = send(world, MessagingServiceSid=pool.sid)
        itself = send(world, To=OURS, MessagingServiceSid=pool.sid)
        assert {abroad.status, stopped.status, itself.status} == {"accepted"}
        for sent, error in ((abroad, 21703), (stopped, 21610), (itself, 21266)):
            kept = stored(world, sent.sid)
            assert (kept.status, kept.error_code) == ("failed", error)
        told = {one["MessageSid"]: one for one in reports(world)}
        assert told[stopped.sid]["MessageStatus"] == "failed"
        assert told[stopped.sid]["ErrorCode"] == "21610"
        assert told[stopped.sid]["MessagingServiceSid"] == pool.sid
        assert not world.relays()
        assert sorted(world.codes()) == [21266, 21610, 21703]

    def test_the_services_ways(self, world: World, service: MessagingService) -> None:
        changed = msgspec.structs.replace(service, validity_period=30)
        world.do(world.tx.messaging_services.update(changed))
        sent = send(world, Body="it\u2019s", MessagingServiceSid=service.sid)
        assert stored(world, sent.sid).body == "it's"
        assert world.relays()[0].valid_seconds == 30
        sent = send(world, Body="\u2019", SmartEncoded="false", MessagingServiceSid=service.sid)
        assert stored(world, sent.sid).body == "\u2019"

    def test_another_gave_the_person_a_sender_at_this_moment(
        self, world: World, service: MessagingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = next(
            one
            for one, _ in world.do(world.tx.sending.pool(service.sid))
            if one.number == "+14155550101"
        )
        repository = type(world.tx.sending)
        ask = repository.sticky
        asked: list[str] = []

        async def sticky(self: Any, service_sid: str, person: str) -> Any:
            found = await ask(self, service_sid, person)
            if not asked:
                asked.append(person)
                await self.keep(service_sid, person, theirs.sid, world.env.clock(), None)
            return found

        monkeypatch.setattr(repository, "sticky", sticky)
        sent = send(world, MessagingServiceSid=service.sid)
        assert stored(world, sent.sid).sender == theirs.number


class TestAtItsHour:
    @pytest.mark.parametrize(
        ("ms", "is_right"),
        [
            (15 * MINUTE - 1000, False),
            (15 * MINUTE + 1000, True),
            (35 * DAY - 1000, True),
            (35 * DAY + 1000, False),
        ],
    )
    def test_how_far_ahead(
        self, world: World, service: MessagingService, ms: int, is_right: bool
    ) -> None:
        values = {
            "MessagingServiceSid": service.sid,
            "ScheduleType": "fixed",
            "SendAt": at(world, ms),
        }
        if is_right:
            assert send(world, **values).status == "scheduled"
        else:
            with pytest.raises(Fault) as refused:
                send(world, **values)
            assert refused.value.code == 35114

    def scheduled(self, world: World, service: MessagingService, **values: Any) -> Message:
        return send(
            world,
            MessagingServiceSid=service.sid,
            ScheduleType="fixed",
            SendAt=at(world, 20 * MINUTE),
            **values,
        )

    def due(self, world: World) -> int:
        return world.do(sending.send_due(world.env, world.tx, 10))

    def test_it_goes_then_and_once(self, world: World, service: MessagingService) -> None:
        media = ["https://a.example/1.png"]
        sent = self.scheduled(world, service, MediaUrl=media, ContentRetention="discard")
        assert (sent.status, sent.sender) == ("scheduled", "")
        assert (stored(world, sent.sid).status, world.relays()) == ("scheduled", [])
        world.clock.advance(20 * MINUTE - 1)
        assert self.due(world) == 0
        world.clock.advance(1)
        assert self.due(world) == 1
        assert self.due(world) == 0
        (relay,) = world.relays()
        assert (relay.message_sid, relay.body, relay.sender) == (sent.sid, "Hello", OURS)
        kept = stored(world, sent.sid)
        assert (kept.status, kept.sender) == ("queued", OURS)
        assert [one.url for one in world.do(world.tx.messages.media(sent.sid))] == media

    def test_it_is_cancelled(self, world: World, service: MessagingService) -> None:
        sent = self.scheduled(world, service)
        assert update(world, sent.sid, Status="canceled").status == "canceled"
        assert stored(world, sent.sid).status == "canceled"
        world.clock.advance(DAY)
        assert self.due(world) == 0
        with pytest.raises(Fault) as refused:
            update(world, sent.sid, Status="canceled")
        assert refused.value.code == 30409

    def test_its_service_is_gone(self, world: World, service: MessagingService) -> None:
        sent = self.scheduled(world, service)
        world.do(world.tx.messaging_services.delete(service.sid))
        world.clock.advance(DAY)
        assert self.due(world) == 1
        kept = stored(world, sent.sid)
        assert (kept.status, kept.error_code) == ("failed", 21701)


class TestDelete:
    def delete(self, world: World, sid: str, account_sid: str = "") -> None:
        account_sid = account_sid or world.account.sid
        world.do(sending.delete(world.tx, account_sid, sid))

    @pytest.mark.parametrize("status", ["queued", "sending"])
    def test_not_while_it_is_under_way(self, world: World, number: Number, status: str) -> None:
        sent = send(world, StatusCallback=URL)
        world.rows(f"UPDATE messages SET status = '{status}'")
        with pytest.raises(Fault) as refused:
            self.delete(world, sent.sid)
        assert refused.value.code == 20009
        assert stored(world, sent.sid).status == status

    @pytest.mark.parametrize("status", ["sent", "delivered", "failed", "canceled", "received"])
    def test_one_that_is_over(self, world: World, number: Number, status: str) -> None:
        sent = send(world)
        world.rows(f"UPDATE messages SET status = '{status}'")
        self.delete(world, sent.sid)
        assert world.do(world.tx.messages.by_sid(sent.sid)) is None

    def test_a_scheduled_one_is_never_sent(self, world: World, service: MessagingService) -> None:
        at = datetime.datetime.fromtimestamp((world.clock.now + DAY) / 1000, datetime.UTC)
        fields = {"ScheduleType": "fixed", "SendAt": at.isoformat()}
        sent = send(world, MessagingServiceSid=service.sid, **fields)
        self.delete(world, sent.sid)
        world.clock.advance(2 * DAY)
        assert world.do(sending.send_due(world.env, world.tx, 9)) == 0
        assert world.do(world.tx.messages.by_sid(sent.sid)) is None

    def test_another_accounts(self, world: World, number: Number) -> None:
        sent = send(world)
        world.rows("UPDATE messages SET status = 'delivered'")
        with pytest.raises(Fault) as refused:
            self.delete(world, sent.sid, "AC" + "9" * 32)
        assert refused.value.code == 20404
        assert stored(world, sent.sid).sid == sent.sid


class TestUpdate:
    def test_a_text_is_removed(self, world: World, number: Number) -> None:
        sent = send(world)
        with pytest.raises(Fault) as refused:
            update(world, sent.sid, Body="")
        assert refused.value.code == 20009
        world.rows("UPDATE messages SET status = 'delivered'")
        assert update(world, sent.sid, Body="").body == ""
        assert stored(world, sent.sid).body == ""

    @pytest.mark.parametrize("values", [{"Body": "x"}, {"Status": "sent"}])
    def test_nothing_else(self, world: World, number: Number, values: dict[str, str]) -> None:
        sent = send(world)
        with pytest.raises(Fault) as refused:
            update(world, sent.sid, **values)
        assert refused.value.code == 80701
        with pytest.raises(Fault) as refused:
            update(world, "SM" + "1" * 32, **values)
        assert refused.value.code == 20404
