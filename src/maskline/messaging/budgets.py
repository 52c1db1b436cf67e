"""Budgets: what is told of those that are nearly spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.messaging.buckets import Budget
from maskline.model.clock import iso
from maskline.model.pace import Level
from maskline.store.contract import Transaction

#: By the percent of a day's segments that are used.
_CODES: Final = MappingProxyType({50: 30025, 70: 30026, 100: 30027})


class Mark(msgspec.Struct, frozen=True):
    """A budget of which so many percent are used now."""

    budget: Budget
    percent: int
    level: Level


def marks(
    budgets: Sequence[Budget], before: Mapping[str, Level], after: Mapping[str, Level]
) -> list[Mark]:
    """What budgets came to between two looks at their levels."""
    by_name = {budget.name: budget for budget in budgets}
    return [
        Mark(budget, percent, level)
        for name, budget in by_name.items()
        if (level := after.get(name)) is not None
        for percent in budget.passed(before.get(name), level)
    ]


async def tell(env: Env, tx: Transaction, marks: Sequence[Mark]) -> None:
    """Has the debugger say so, in the transaction that used it."""
    await raise_alerts(
        env,
        tx,
        [
            new_alert(
                env,
                _CODES[one.percent],
                one.budget.account_sid,
                None,
                one.budget.resource_sid,
                f"{one.level.used} of {one.budget.amount} segments until "
                f"{iso(one.level.at // 1000)}",
            )
            for one in marks
        ],
    )
