"""What the debugger is told of a brand's day."""

from __future__ import annotations

from maskline.messaging.buckets import Budget
from maskline.messaging.budgets import marks, tell
from maskline.model.pace import Level
from tests.support.memory import World

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
