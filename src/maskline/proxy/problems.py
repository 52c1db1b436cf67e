"""Problems with programs' answers, told to the debugger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model.errors import CATALOGUE
from maskline.model.problem import Problem
from maskline.store.contract import Transaction

#: Whatever else a document has wrong.
_SCHEMA: Final = 12200


async def tell(
    env: Env,
    tx: Transaction,
    problems: Iterable[Problem],
    account_sid: str,
    service_sid: str | None,
    resource_sid: str,
) -> None:
    """An alert for each. A code that has no line of its own in the dictionary is named in the
    text."""
    alerts = []
    for one in problems:
        known = one.code in CATALOGUE
        code, text = (one.code, one.text) if known else (_SCHEMA, f"{one.code} {one.text}")
        alerts.append(
            new_alert(env, code, account_sid, service_sid or None, resource_sid, text, one.exchange)
        )
    await raise_alerts(env, tx, alerts)
