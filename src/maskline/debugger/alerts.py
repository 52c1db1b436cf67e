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
from maskline.model.errors import CATALOGUE
from maskline.model.exchange import Exchange
from maskline.model.job import JobKind, Notice
from maskline.store.contract import Store, Transaction

_LAST: Final = "; further alerts like it are left out for up to a minute"


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
    if within := _within_bounds(env, alerts):
        await _keep(env, tx, within)


async def raise_alone(env: Env, store: Store, alert: Alert) -> None:
    """Keeps an alert that tells of nothing in the store; beyond the bounds, without asking it.
    Raises StoreUnavailable."""
    if within := _within_bounds(env, [alert]):
        await store.transact(lambda tx: _keep(env, tx, within))


async def _keep(env: Env, tx: Transaction, alerts: Sequence[Alert]) -> None:
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


def _within_bounds(env: Env, alerts: Sequence[Alert]) -> list[Alert]:
    settings, tally, now = env.settings.debugger, env.tally, env.clock()
    within = []
    counts = env.meter.alerts
    for alert in alerts:
        kind = (alert.account_sid, alert.error_code)
        if tally.count(kind, now) >= settings.alerts_per_minute:
            counts[str(alert.error_code), "left-out"] += 1
            continue
        same = tally.add((*kind, alert.resource_sid), now)
        if same > settings.alerts_per_resource:
            counts[str(alert.error_code), "left-out"] += 1
            continue
        counts[str(alert.error_code), "kept"] += 1
        total = tally.add(kind, now)
        if total == settings.alerts_per_minute or same == settings.alerts_per_resource:
            alert = msgspec.structs.replace(alert, alert_text=alert.alert_text + _LAST)
        within.append(alert)
    return within
