"""Messages that a program sends from a number of its own."""

from __future__ import annotations

import msgspec
import pytest

from maskline.messaging import direct, diverted, inbound, outbound
from maskline.messaging.opt_outs import Sender, new_opt_out
from maskline.model.account import AccountStatus
from maskline.model.errors import Fault
from maskline.model.job import Inbound, JobKind, Status
from maskline.model.message import Message
from maskline.model.number import Capability, NumberHooks
from maskline.model.opt_out import OptOutSource
from maskline.model.traffic import InboundMessage, LegReport
from tests.support.memory import ALICE, World, form

NUMBER = "+14158670001"
HOOK = "https://a.example/status"
SMS = "https://a.example/sms"


def send(world: World, **params: str) -> Message:
    fields = {"To": ALICE, "From": NUMBER, "Body": "hi"} | params
    given = form({name: value for name, value in fields.items() if value})
    return world.do(direct.send(world.env, world.tx, world.account.sid, given))


def test_it_is_sent_from_the_number_s_own_carrier(world: World) -> None:
    world.add_number(NUMBER, carrier="one")
    message = send(world, MediaUrl="https://a.example/p.png", StatusCallback=HOOK)
    assert (message.direction, message.status, message.carrier) == (
        "outbound-api",
        "queued",
        "one",
    )
    assert (message.sender, message.recipient, message.num_media) == (NUMBER, ALICE, 1)
    (relay,) = world.relays()
    assert (relay.carrier, relay.dialled, relay.interaction_sid) == ("one", ALICE, None)
    world.do(outbound.report(world.env, world.tx, [LegReport("one", "sent", message.sid, "SM1")]))
    job = next(one for one in world.jobs() if one.kind == JobKind.STATUS)
    status = msgspec.json.decode(job.payload, type=Status)
    assert (status.url, dict(status.params)["MessageStatus"]) == (HOOK, "sent")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "Bob"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "+14158670009"}, 21606),
        ({"From": "+14158670002"}, 21606),
        ({"From": "+14158670003"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"MediaUrl": "ftp://a"}, 21620),
        ({"To": NUMBER}, 21266),
        ({"StatusCallback": "x"}, 80701),
        ({"SendAt": "2030-01-01T00:00:00Z"}, 80701),
    ],
)
def test_what_is_refused(world: World, params: dict[str, str], code: int) -> None:
    world.add_number(NUMBER)
    world.add_number("+14158670002", account=world.add_account())
    world.add_number("+14158670003", capabilities=Capability.VOICE)
    with pytest.raises(Fault) as fault:
        send(world, **params)
    assert fault.value.code == code
    assert not world.jobs()


def test_too_many_media(world: World) -> None:
    world.add_number(NUMBER)
    world.change("limits", media_per_message=0)
    with pytest.raises(Fault, match="media"):
        send(world, MediaUrl="https://a.example/p.png")


def test_a_carrier_speaks_for_its_own_legs_alone(world: World) -> None:
    world.add_number(NUMBER, carrier="one")
    sid = send(world).sid
    for carrier, status in (("two", "queued"), ("one", "delivered")):
        report = LegReport(carrier, "delivered", sid, "SM1")
        world.do(outbound.report(world.env, world.tx, [report]))
        leg = world.do(world.tx.messages.leg(sid))
        assert leg is not None
        assert leg.status == status


def test_who_opted_out_is_sent_nothing(world: World) -> None:
    number = world.add_number(NUMBER)
    sender = Sender(world.account.sid, NUMBER, number)
    world.do(
        world.tx.opt_outs.add(new_opt_out(world.env, sender, ALICE, OptOutSource.API, "others"))
    )
    with pytest.raises(Fault) as fault:
        send(world)
    assert fault.value.code == 21610


class TestOwnAddress:
    """A number in no pool names an address that is told of its messages."""

    def receive(self, world: World, **hooks: str) -> list[Inbound]:
        number = world.number(NUMBER)
        world.do(world.tx.numbers.set_hooks(number.sid, NumberHooks(**hooks)))
        one = InboundMessage(number.carrier, "id-1", ALICE, NUMBER, "hi")
        world.do(inbound.receive(world.env, world.tx, [one]))
        jobs = [one for one in world.jobs() if one.kind == JobKind.INBOUND]
        return [msgspec.json.decode(job.payload, type=Inbound) for job in jobs]

    def test_it_is_told(self, world: World) -> None:
        world.add_number(NUMBER)
        (told,) = self.receive(world, sms_url=SMS, sms_method="GET", sms_fallback_url=f"{SMS}2")
        assert (told.url, told.method, told.fallback_url) == (SMS, "GET", f"{SMS}2")
        params = dict(diverted.parameters(told))
        assert (params["Body"], params["From"]) == ("hi", ALICE)
        assert "MessagingServiceSid" not in params

    @pytest.mark.parametrize(
        "hooks", [{}, {"sms_url": SMS, "sms_application_sid": "AP" + "1" * 32}]
    )
    def test_nobody_is_told(self, world: World, hooks: dict[str, str]) -> None:
        world.add_number(NUMBER)
        assert self.receive(world, **hooks) == []

    def test_of_an_account_that_is_suspended_nobody_is_told(self, world: World) -> None:
        world.add_number(NUMBER)
        world.rows(f"UPDATE accounts SET status = '{AccountStatus.SUSPENDED.value}'")
        assert self.receive(world, sms_url=SMS) == []

    def test_in_a_pool_proxy_goes_before(self, world: World) -> None:
        world.add_number(NUMBER, service=world.add_service())
        assert self.receive(world, sms_url=SMS) == []


class TestCarrierKeepsTheList:
    """What a carrier that answers opt-out words says of a message."""

    def receive(self, world: World, body: str, **changes: str) -> None:
        number = world.number(NUMBER)
        blank = InboundMessage(
            number.carrier, world.records.sids.new("XX"), ALICE, NUMBER, body, answered=True
        )
        one = msgspec.structs.replace(blank, **changes)
        world.do(inbound.receive(world.env, world.tx, [one]))

    @pytest.mark.parametrize(("body", "keyword"), [("STOP", ""), ("No more!", "opt-out")])
    def test_it_is_noted_and_not_answered(self, world: World, body: str, keyword: str) -> None:
        world.add_number(NUMBER)
        self.receive(world, body, keyword=keyword)
        assert world.rows("SELECT identifier, source FROM opt_outs") == [(ALICE, "keyword")]
        assert not world.relays()
        self.receive(world, "I am back", keyword="opt-in")
        assert world.rows("SELECT * FROM opt_outs") == []
        self.receive(world, "What is this?", keyword="help")
        assert not world.relays()

    def test_what_it_did_not_take_for_a_word_is_none(self, world: World) -> None:
        world.add_number(NUMBER)
        self.receive(world, "No more!")
        assert world.rows("SELECT * FROM opt_outs") == []

    def test_its_refusal_of_a_number_that_is_ours_no_more_is_nothing(self, world: World) -> None:
        world.add_number(NUMBER)
        sid = send(world).sid
        world.rows("DELETE FROM numbers")
        world.do(
            outbound.report(
                world.env, world.tx, [LegReport("simulator", "failed", sid, error_code=21610)]
            )
        )
        assert world.rows("SELECT * FROM opt_outs") == []
