"""New alerts: made, bounded, kept, and told to the account's program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.debugger.redaction import kept
from maskline.env import Env
from maskline.jobs import new_job
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.clock import SECOND
from maskline.model.errors import CATALOGUE
from maskline.model.exchange import Exchange
from maskline.model.job import JobKind, Notice
from maskline.store.contract import Transaction

#: The span (ms) in which alerts of one kind are counted.
_SPAN: Final = 60 * SECOND
_LAST: Final = "; further alerts like it are left out for a minute"


def new_alert(
    env: Env,
    code: int,
    account_sid: str,
    service_sid: str | None,
    resource_sid: str | None,
    detail: str = "",
    exchange: Exchange | None = None,
) -> Alert:
    """An alert with the dictionary's level and text, to be handed to `raise_alerts`.

    `detail` must hold no personal data. `exchange` is the request behind it, given as it was: what
    is private in it is taken out here.
    """
    now = env.clock()
    entry = CATALOGUE[code]
    details = {} if exchange is None else msgspec.structs.asdict(kept(exchange))
    return Alert(
        sid=env.sids.new(sids.ALERT),
        account_sid=account_sid,
        service_sid=service_sid,
        resource_sid=resource_sid,
        error_code=code,
        log_level=entry.level,
        alert_text=f"{entry.text}: {detail}" if detail else entry.text,
        date_generated=now,
        date_created=now,
        **details,
    )


async def raise_alerts(env: Env, tx: Transaction, alerts: Sequence[Alert]) -> None:
    """Keeps alerts, and has them told to the programs of the accounts that name an address for it,
    all in the transaction of what they tell of.

    Of one code, an account gets so many a minute in all and for one resource as the settings allow:
    the last one says so, and the rest are left out.
    """
    alerts = await _bounded(env, tx, alerts)
    if not alerts:
        return
    await tx.alerts.add_many(alerts)
    jobs = []
    for account_sid in dict.fromkeys(alert.account_sid for alert in alerts):
        url = await tx.accounts.debugger_url(account_sid)
        if url is None:
            continue
        jobs += [
            new_job(
                env,
                JobKind.DEBUGGER.value,
                Notice(url, alert),
                account_sid,
                # In any order: an alert that can't be delivered must not hold up the next.
                "",
                alert.date_created,
            )
            for alert in alerts
            if alert.account_sid == account_sid
        ]
    if jobs:
        await tx.outbox.add_many(jobs)


async def _bounded(env: Env, tx: Transaction, alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts that are within the bounds."""
    settings = env.settings.debugger
    counts: dict[tuple[str, int], dict[str | None, int]] = {}
    within = []
    for alert in alerts:
        kind = (alert.account_sid, alert.error_code)
        if kind not in counts:
            since = sids.edge(sids.ALERT, env.clock() - _SPAN)
            counts[kind] = await tx.alerts.counts(*kind, since)
        count = counts[kind]
        total, same = sum(count.values()) + 1, count.get(alert.resource_sid, 0) + 1
        if total > settings.alerts_per_minute or same > settings.alerts_per_resource:
            continue
        count[alert.resource_sid] = same
        if total == settings.alerts_per_minute or same == settings.alerts_per_resource:
            alert = msgspec.structs.replace(alert, alert_text=alert.alert_text + _LAST)
        within.append(alert)
    return within
