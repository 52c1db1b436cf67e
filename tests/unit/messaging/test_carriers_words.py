"""What carriers say of opt-outs, and of legs."""

from __future__ import annotations

import msgspec
import pytest

from maskline.messaging import inbound, outbound, sending
from maskline.model.traffic import InboundMessage, LegReport
from tests.support.memory import ALICE, World, form

NUMBER = "+14158670001"


def send(world: World) -> str:
    given = form({"To": ALICE, "From": NUMBER, "Body": "hi"})
    return world.do(sending.create(world.env, world.tx, world.account.sid, given)).sid


def test_a_carrier_speaks_for_its_own_legs_alone(world: World) -> None:
    world.add_number(NUMBER, carrier="one")
    sid = send(world)
    for carrier, status in (("two", "queued"), ("one", "delivered")):
        report = LegReport(carrier, "delivered", sid, "SM1")
        world.do(outbound.report(world.env, world.tx, [report]))
        leg = world.do(world.tx.messages.leg(sid))
        assert leg is not None
        assert leg.status == status


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
        sid = send(world)
        world.rows("DELETE FROM numbers")
        report = LegReport("simulator", "failed", sid, error_code=21610)
        world.do(outbound.report(world.env, world.tx, [report]))
        assert world.rows("SELECT * FROM opt_outs") == []
