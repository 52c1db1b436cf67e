"""Budgets: what is told of those that are nearly spent, and what carriers say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.messaging.buckets import Budget
from maskline.messaging.pacing import pacing_of
from maskline.model.clock import iso
from maskline.model.pace import Level
from maskline.store.contract import Transaction

#: By the percent of a day's segments that are used.
_CODES: Final = MappingProxyType({50: 30025, 70: 30026, 100: 30027})
#: What a carrier answers when T-Mobile takes no more of a brand today.
SPENT: Final = frozenset({30023, 30027})


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


async def close(env: Env, tx: Transaction, carrier: str, sender: str) -> None:
    """A carrier says that the brand's day is spent: it counts what the brand sends elsewhere too.
    What comes waits for the next day then, unless the settings would rather have some refused."""
    settings, found = env.settings, env.registry.of(sender)
    if found is None or settings.a2p.tmobile_share < 1:
        return
    buckets = pacing_of(settings.pacing, settings.a2p).buckets(carrier, sender, found.terms)
    budgets = {one.name: one for one in buckets if isinstance(one, Budget)}
    before, now = await tx.paces.hold([*budgets], env.clock() * 1000)
    after = {name: one.closed(before.get(name), now) for name, one in budgets.items()}
    await tx.paces.take_many([*after.values()])
    await tell(env, tx, marks([*budgets.values()], before, after))
