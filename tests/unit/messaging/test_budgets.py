"""What the debugger is told of a brand's day."""

from __future__ import annotations

import pytest

from maskline.messaging import outbound, sending
from maskline.messaging.buckets import Budget
from maskline.messaging.budgets import marks, tell
from maskline.model.pace import Level
from maskline.model.registration import Registration, Terms
from maskline.model.traffic import LegReport
from tests.support.memory import World, form

NOON = 1_790_000_000_000_000


def test_marks_of_a_batch_are_told_once_for_each_budget() -> None:
    one, two = Budget("brand:1", 10), Budget("brand:2", 10)
    end = one.ends(NOON)
    before = {"brand:1": Level("brand:1", end, 4)}
    after = {
        "brand:1": Level("brand:1", end, 7),
        "brand:2": Level("brand:2", end, 4),
        "number:x:1": Level("number:x:1", NOON),
    }
    found = marks([one, two, one, Budget("brand:3", 1)], before, after)
    assert [(mark.budget.name, mark.percent) for mark in found] == [
        ("brand:1", 50),
        ("brand:1", 70),
    ]


@pytest.mark.covers("code:30025")
@pytest.mark.covers("code:30026")
@pytest.mark.covers("code:30027")
def test_the_debugger_says_how_much_and_until_when(world: World) -> None:
    account = world.account.sid
    budget = Budget("brand:1", 10, account_sid=account, resource_sid="BN1")
    level = Level("brand:1", budget.ends(NOON), 10)
    world.do(tell(world.env, world.tx, marks([budget], {}, {"brand:1": level})))
    found = world.rows(
        "SELECT error_code, log_level, resource_sid, alert_text FROM alerts ORDER BY error_code"
    )
    assert [row[:3] for row in found] == [
        (30025, "warning", "BN1"),
        (30026, "warning", "BN1"),
        (30027, "warning", "BN1"),
    ]
    assert all(row[3].endswith("10 of 10 segments until 2026-09-22T07:00:00Z") for row in found)


class TestCarrier:
    """A carrier says that T-Mobile takes no more of a brand today."""

    def send(self, world: World) -> str:
        number = world.add_number("+14158670001", carrier="telnyx").number
        one = Terms(world.account.sid, "QE1", "BN1", "B1", 60, 60, per_number=False, daily_cap=1000)
        world.env.registry.replace({number: Registration(one)})
        params = form({"From": number, "To": "+12125551234", "Body": "hi"})
        return world.do(sending.create(world.env, world.tx, world.account.sid, params)).sid

    def report(self, world: World, sid: str, code: int, fault: int | None = None) -> int:
        one = LegReport("telnyx", "failed", message_sid=sid, error_code=code, fault=fault)
        world.do(outbound.report(world.env, world.tx, [one]))
        level = world.do(world.tx.paces.peek("brand:B1"))
        return 0 if level is None else level.used

    @pytest.mark.parametrize("code", [30023, 30027])
    def test_what_comes_waits_for_tomorrow(self, world: World, code: int) -> None:
        assert self.report(world, self.send(world), code) == 1000
        told = world.rows("SELECT error_code FROM alerts WHERE error_code > 30023")
        assert sorted(told) == [(30025,), (30026,), (30027,)]

    def test_not_by_what_we_held_ourselves(self, world: World) -> None:
        assert self.report(world, self.send(world), 30023, 30023) == 0

    def test_not_by_another_code(self, world: World) -> None:
        assert self.report(world, self.send(world), 30007) == 0

    def test_not_where_others_are_to_go_on(self, world: World) -> None:
        world.change("a2p", tmobile_share=0.34)
        assert self.report(world, self.send(world), 30023) == 0

    def test_not_for_a_number_of_no_campaign(self, world: World) -> None:
        sid = self.send(world)
        world.env.registry.replace({})
        assert self.report(world, sid, 30023) == 0
