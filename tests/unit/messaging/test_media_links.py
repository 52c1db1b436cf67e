from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from maskline.messaging import answers, media_links, sending
from maskline.messaging.answers import Answered
from maskline.model.alpha_sender import AlphaSender
from maskline.model.clock import DAY
from maskline.model.job import Inbound
from maskline.model.message import Message
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Capability, Number
from maskline.model.traffic import InboundMessage
from maskline.numbers.e164 import iso_country
from tests.support.memory import World, form
from tests.unit.messaging.test_sending import OURS, PERSON, opt_out, reports, send, stored

PICTURES = ["https://bucket.example/secret/1.png", "https://bucket.example/secret/2.png"]
GERMAN = "+4915112345678"
TEXT = Capability.SMS.value
LINK = re.compile(r"https://mask\.example\.com/m/([0-9A-Za-z]{16})")


@pytest.fixture
def number(world: World) -> Number:
    return world.add_number(OURS)


@pytest.fixture
def plain(world: World) -> Number:
    """A number without MMS."""
    return world.add_number("+14155550101", capabilities=TEXT)


@pytest.mark.parametrize(
    ("country", "capabilities", "recipient", "carries"),
    [
        ("US", 7, PERSON, True),
        ("US", 7, "+14165550187", True),
        ("CA", 7, "+17875550187", True),
        ("US", TEXT, PERSON, False),
        ("US", 7, GERMAN, False),
        ("AU", 7, "+61491570156", True),
        ("AU", 7, PERSON, False),
        ("DE", TEXT, GERMAN, False),
    ],
)
def test_where_media_arrive(
    world: World, country: str, capabilities: int, recipient: str, carries: bool
) -> None:
    number = world.add_number(iso_country=country, capabilities=capabilities)
    assert media_links.carries_media(number, iso_country(recipient)) is carries


def linked(world: World, sent: Message, body: str, media: list[str] = PICTURES) -> list[str]:
    """Checks a message that leads to its media, as it is recorded and as it is sent; its tokens."""
    (relay,) = world.relays()
    record = stored(world, sent.sid)
    assert record.body == relay.body
    assert relay.media == ()
    assert (record.num_media, sent.sid[:2]) == (len(media), "MM")
    lines = relay.body.split("\n")
    assert lines[: len(lines) - len(media)] == ([body] if body else [])
    found = [LINK.fullmatch(line) for line in lines[len(lines) - len(media) :]]
    tokens = [one[1] for one in found if one is not None]
    assert len(set(tokens)) == len(media)
    now = world.env.clock()
    assert [world.do(world.tx.messages.linked(one, now)) for one in tokens] == media
    for secret in ("bucket", "secret", PERSON.lstrip("+"), GERMAN.lstrip("+")):
        assert secret not in relay.body
    return tokens


class TestSending:
    def test_a_country_without_media_gets_links(self, world: World, number: Number) -> None:
        service = world.add_messaging_service(number)
        sent = send(
            world, MessagingServiceSid=service.sid, To=GERMAN, Body="Look", MediaUrl=PICTURES
        )
        linked(world, sent, "Look")
        rows = world.do(world.tx.messages.media(sent.sid))
        assert [one.url for one in rows] == PICTURES

    def test_media_alone_become_links_alone(self, world: World, plain: Number) -> None:
        service = world.add_messaging_service(plain)
        sent = send(world, MessagingServiceSid=service.sid, Body=None, MediaUrl=PICTURES[:1])
        linked(world, sent, "", PICTURES[:1])

    def test_where_media_arrive_there_are_no_links(
        self, world: World, number: Number, plain: Number
    ) -> None:
        """And the sender that carries them is chosen, though the other has rested as long."""
        service = world.add_messaging_service(number, plain)
        for _ in range(3):
            sent = send(world, MessagingServiceSid=service.sid, MediaUrl=PICTURES)
            assert stored(world, sent.sid).sender == OURS
        assert [len(one.media) for one in world.relays()] == [2, 2, 2]
        assert not world.rows("SELECT 1 FROM media_links")

    def test_links_go_by_any_sender(self, world: World, number: Number) -> None:
        """A German number without MMS is nearer to a German than an American one with it."""
        german = world.add_number("+4915123456789", iso_country="DE", area_code="", capabilities=3)
        service = world.add_messaging_service(number, german)
        sent = send(world, MessagingServiceSid=service.sid, To=GERMAN, MediaUrl=PICTURES)
        assert stored(world, sent.sid).sender == german.number
        linked(world, sent, "Hello")

    def test_a_pinned_sender(self, world: World, number: Number, plain: Number) -> None:
        service = world.add_messaging_service(number, plain)
        fields: dict[str, Any] = {
            "MessagingServiceSid": service.sid,
            "From": plain.number,
            "MediaUrl": PICTURES,
        }
        linked(world, send(world, **fields), "Hello")

    @pytest.mark.parametrize("pinned", [None, "ACME"])
    def test_a_name(self, world: World, plain: Number, pinned: str | None) -> None:
        """A name carries no media, but reaches more countries than any number."""
        service = world.add_messaging_service(plain)
        name = AlphaSender("AI1", world.account.sid, service.sid, "ACME", "", "", 1)
        assert world.do(world.tx.messaging_services.add_name(name))
        fields: dict[str, Any] = {"MessagingServiceSid": service.sid, "MediaUrl": PICTURES}
        sent = send(world, To=GERMAN, From=pinned, **fields)
        assert stored(world, sent.sid).sender == "ACME"
        linked(world, sent, "Hello")

    @pytest.mark.covers("code:21612")
    def test_without_the_converter_it_fails(self, world: World, number: Number) -> None:
        service = world.add_messaging_service(number, mms_converter=0)
        fields: dict[str, Any] = {"To": GERMAN, "MediaUrl": PICTURES, "StatusCallback": "https://p"}
        sent = send(world, MessagingServiceSid=service.sid, **fields)
        failed = stored(world, sent.sid)
        assert (failed.status, failed.error_code, failed.num_media) == ("failed", 21612, 2)
        assert [one["ErrorCode"] for one in reports(world)] == ["21612"]
        assert world.relays() == []

    @pytest.mark.covers("code:21617")
    def test_too_long_with_its_links(self, world: World, plain: Number) -> None:
        service = world.add_messaging_service(plain)
        room = 1600 - len("\nhttps://mask.example.com/m/") - media_links.LENGTH
        fields: dict[str, Any] = {"MessagingServiceSid": service.sid, "MediaUrl": PICTURES[:1]}
        sent = send(world, **fields, Body="x" * (room + 1))
        assert stored(world, sent.sid).error_code == 21617
        assert not world.rows("SELECT 1 FROM media_links")
        linked(world, send(world, **fields, Body="x" * room), "x" * room, PICTURES[:1])
        assert len(world.relays()[0].body) == 1600

    def test_a_scheduled_one_is_converted_when_it_is_sent(
        self, world: World, plain: Number
    ) -> None:
        service = world.add_messaging_service(plain)
        hour = {"ScheduleType": "fixed", "SendAt": "2100-01-01T00:00:00Z"}
        world.clock.now = 4102444800000 - DAY
        fields: dict[str, Any] = {"MessagingServiceSid": service.sid, "MediaUrl": PICTURES}
        sent = send(world, **fields, **hour)
        assert not world.rows("SELECT 1 FROM media_links")
        world.clock.now += DAY
        assert world.do(sending.send_due(world.env, world.tx, 10)) == 1
        linked(world, sent, "Hello")


class TestLinks:
    def test_they_begin_as_the_settings_say(self, world: World, plain: Number) -> None:
        world.change("media_links", url="https://t.example/")
        service = world.add_messaging_service(plain)
        send(world, MessagingServiceSid=service.sid, Body=None, MediaUrl=PICTURES[:1])
        assert re.fullmatch(r"https://t\.example/m/\w{16}", world.relays()[0].body)

    def test_they_end(self, world: World, plain: Number) -> None:
        world.change("media_links", days=2)
        service = world.add_messaging_service(plain)
        sent = send(world, MessagingServiceSid=service.sid, MediaUrl=PICTURES)
        (token, _) = linked(world, sent, "Hello")
        end = world.env.clock() + 2 * DAY
        assert world.do(world.tx.messages.linked(token, end - 1)) == PICTURES[0]
        assert world.do(world.tx.messages.linked(token, end)) is None

    def test_they_end_with_the_medium_and_the_message(self, world: World, plain: Number) -> None:
        service = world.add_messaging_service(plain)
        sent = send(world, MessagingServiceSid=service.sid, MediaUrl=PICTURES)
        first, second = linked(world, sent, "Hello")
        now = world.env.clock()
        medium = world.do(world.tx.messages.media(sent.sid))[0]
        assert world.do(world.tx.messages.delete_medium(medium.sid, sent.sid, world.account.sid))
        assert world.do(world.tx.messages.linked(first, now)) is None
        assert world.do(world.tx.messages.linked(second, now)) == PICTURES[1]
        assert world.do(world.tx.messages.delete(sent.sid, world.account.sid))
        assert world.do(world.tx.messages.linked(second, now)) is None

    @pytest.mark.parametrize(
        ("text", "is_one"),
        [
            ("aZ09" * 4, True),
            ("aZ09" * 4 + "a", False),
            ("aZ09" * 3 + "aZ0", False),
            ("aZ09" * 3 + "aZ0-", False),
            ("aZ09" * 3 + "aZ0é", False),
            ("", False),
        ],
    )
    def test_their_form(self, text: str, is_one: bool) -> None:
        assert media_links.is_token(text) is is_one


class TestAnswers:
    """What programs answer with goes out by the number that was written to, and its service."""

    def answer(self, world: World, number: Number, one: Answered, person: str = PERSON) -> None:
        asked = Inbound(
            url="https://program.example/",
            method="POST",
            fallback_url=None,
            fallback_method="POST",
            account_sid=world.account.sid,
            service_sid=None,
            message_sid=world.env.sids.new("SM"),
            message=InboundMessage("simulator", "theirs", person, number.number, "Hello"),
        )
        world.do(answers.send(world.env, world.tx, asked, [one]))

    def service(self, world: World, number: Number, **changes: Any) -> MessagingService:
        return world.add_messaging_service(number, **changes)

    def test_links_where_the_service_converts(self, world: World, plain: Number) -> None:
        self.service(world, plain)
        self.answer(world, plain, Answered("Here", tuple(PICTURES)))
        (relay,) = world.relays()
        linked(world, stored(world, relay.message_sid), "Here")

    def test_links_abroad(self, world: World, number: Number) -> None:
        self.service(world, number)
        self.answer(world, number, Answered("Here", tuple(PICTURES)), GERMAN)
        (relay,) = world.relays()
        linked(world, stored(world, relay.message_sid), "Here")

    def test_media_where_they_arrive(self, world: World, number: Number) -> None:
        self.service(world, number)
        self.answer(world, number, Answered("Here", tuple(PICTURES)))
        assert [len(one.media) for one in world.relays()] == [2]

    @pytest.mark.parametrize("service", [None, {"mms_converter": 0}])
    def test_a_number_without_media_and_nobody_who_converts(
        self, world: World, plain: Number, service: dict[str, int] | None
    ) -> None:
        if service is not None:
            self.service(world, plain, **service)
        self.answer(world, plain, Answered("Here", tuple(PICTURES)))
        assert (world.relays(), world.codes()) == ([], [21612])

    def test_too_long_with_its_links(self, world: World, plain: Number) -> None:
        self.service(world, plain)
        self.answer(world, plain, Answered("x" * 1600, tuple(PICTURES)))
        assert (world.relays(), world.codes()) == ([], [21617])

    def test_a_sender_that_takes_no_messages(self, world: World, number: Number) -> None:
        world.add_number("+14155550177", capabilities=Capability.VOICE.value)
        self.answer(world, number, Answered("Here", sender="+14155550177"))
        assert (world.relays(), world.codes()) == ([], [21606])

    def test_somebody_who_opted_out_gets_no_link(self, world: World, plain: Number) -> None:
        self.service(world, plain)
        opt_out(world, plain.number)
        self.answer(world, plain, Answered("Here", tuple(PICTURES)))
        assert world.relays() == []
        assert world.rows("SELECT status, error_code FROM messages") == [("failed", 21610)]
        assert world.rows("SELECT count(*) FROM media_links") == [(0,)]


def test_the_draft_that_is_kept_has_no_links(world: World, plain: Number) -> None:
    """Links are made when it is sent: what waits for a month must not lead anywhere yet."""
    service = world.add_messaging_service(plain)
    world.clock.now = 4102444800000 - DAY
    hour = {"ScheduleType": "fixed", "SendAt": "2100-01-01T00:00:00Z"}
    asked = form({"To": PERSON, "MessagingServiceSid": service.sid, "MediaUrl": PICTURES, **hour})
    world.do(sending.create(world.env, world.tx, world.account.sid, asked))
    ((draft,),) = world.rows("SELECT draft FROM scheduled_messages")
    assert msgspec.json.decode(draft)["linked"] == 0
