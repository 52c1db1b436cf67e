"""The first page's figures, and the Services to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.console.context import Context
from maskline.console.gate import Ask, Handler, text_of
from maskline.console.shapes.overview import CodeCount, Overview, ServiceRef, Services
from maskline.model.clock import DAY
from maskline.store.contract import Transaction

#: Beyond it nobody asks how many exactly, and counting would cost traffic.
COUNTED_TO: Final = 10_000
#: How many alerts are looked at, and how many codes are shown.
_ALERTS: Final = 5000
_CODES: Final = 8
_SERVICES: Final = 500
#: For so long (ms) all who look get the same figures.
_FRESH: Final = 2000
_ACCOUNTS: Final = 1000


class OverviewResource:
    """`/overview` and `/services`."""

    def __init__(self, context: Context) -> None:
        self._env = context.env
        self._store = context.store
        self._kept: dict[tuple[str, bool], Overview] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /overview": self.overview, "GET /services": self.services}

    async def overview(self, ask: Ask) -> Overview:
        """How an account is doing."""
        account = await self._store.read(ask.account)
        whole = ask.seat.user.account_sid is None
        kept = self._kept.get((account, whole))
        now = self._env.clock()
        if kept is not None and 0 <= now - kept.at < _FRESH:
            return kept
        made = await self._store.read(lambda tx: _overview(tx, account, now, whole=whole))
        if len(self._kept) >= _ACCOUNTS:
            self._kept.clear()
        self._kept[account, whole] = made
        return made

    async def services(self, ask: Ask) -> Services:
        """An account's Proxy Services."""

        async def read(tx: Transaction) -> Services:
            found = await tx.support.pools(await ask.account(tx), _SERVICES)
            return Services([ServiceRef(one.service_sid, one.name, one.numbers) for one in found])

        return await self._store.read(read)


async def _overview(tx: Transaction, account: str, now: int, *, whole: bool) -> Overview:
    support, midnight = tx.support, now - now % DAY
    codes = await support.codes(account, now - DAY, _ALERTS, _CODES)
    backlog = await tx.outbox.backlog() if whole else None
    age = None
    if backlog is not None and backlog.oldest is not None:
        age = max(0, now - backlog.oldest)
    return Overview(
        sessions_active=await support.count_sessions(account, COUNTED_TO),
        messages_today=await support.count_messages(account, midnight, COUNTED_TO),
        calls_today=await support.count_calls(account, midnight, COUNTED_TO),
        queue_depth=None if backlog is None else backlog.pending,
        queue_age_ms=age,
        dead_letters=await support.count_dead(account, COUNTED_TO),
        errors=[
            CodeCount(one.code, text_of(one.code) or "", one.count, one.last_at) for one in codes
        ],
        services=await support.count_services(account),
        numbers=await support.count_numbers(account),
        counted_to=COUNTED_TO,
        at=now,
    )
