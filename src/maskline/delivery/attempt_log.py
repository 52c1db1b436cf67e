"""The log of webhook attempts, for the console: written some at a time, beside all else.

What went well is kept as little more than its address and time, and shown from what its interaction
says: writing the whole form of each would cost a message as much as sending it. A process that
crashes loses the last second of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from maskline.debugger import redaction
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.exchange import Exchange
from maskline.model.interaction import Interaction
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.store.contract import Store, StoreUnavailable, UseCase

log = logging.getLogger(__name__)

#: Seconds between two times that it is written.
PAUSE: Final = 0.5
#: How many wait at most: while the database is away, the rest is not kept.
ROOM: Final = 2000
#: How many are written at once, so that traffic never waits long behind them.
_AT_ONCE: Final = 100
#: Whose answers say something beyond their status.
_ASKED: Final = frozenset({"intercept", "message", "call"})
#: Parameters that name what a program is told of.
_ABOUT: Final = frozenset({"MessageSid", "CallSid"})

_encode: Final = msgspec.json.Encoder().encode
_address: Final = lru_cache(1000)(redaction.url)


class AttemptLog:
    """Takes note of attempts, and writes them from `start` to `stop`."""

    def __init__(self, env: Env, store: Store) -> None:
        self._new = env.sids.new
        self._store = store
        self._what = env.settings.webhooks.record
        self._waiting: list[WebhookAttempt] = []
        self._lost = 0
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def note(
        self,
        exchange: Exchange,
        kind: str,
        account_sid: str,
        token: str,
        seconds: float,
        about: Interaction | None,
    ) -> None:
        """Takes note of an attempt under the idempotency token `token`; `about` is the interaction
        as it was told, where it was one."""
        well = exchange.succeeded
        if self._what == "none" or (well and self._what == "failures"):
            return
        if len(self._waiting) >= ROOM:
            self._lost += 1
            return
        brief = well and about is not None and not (kind in _ASKED and exchange.response_body)
        kept = None if brief else redaction.kept(exchange)
        self._waiting.append(
            WebhookAttempt(
                sid=self._new(sids.WEBHOOK_ATTEMPT),
                account_sid=account_sid,
                resource_sid=_resource(exchange) if about is None else about.sid,
                session_sid=None if about is None else about.session_sid,
                job_sid=token,
                kind=kind,
                method=exchange.method,
                url=_address(exchange.url) if kept is None else kept.request_url,
                status=exchange.status,
                error=exchange.error or None,
                latency_ms=int(seconds * 1000),
                told=None if about is None else _told(about),
                params=None if kept is None else kept.request_variables,
                response_headers=None if kept is None else kept.response_headers,
                response_body=None if kept is None else kept.response_body,
            )
        )

    def start(self) -> None:
        """Begins to write."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Writes what waits, and ends."""
        if self._task is not None:
            # Not in the middle of a write, whose rows would be written again or lost.
            async with self._writing:
                self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(StoreUnavailable):
            await self.write()

    async def write(self) -> None:
        """Writes what waits. Raises StoreUnavailable, and keeps the rest for the next time."""
        async with self._writing:
            while self._waiting:
                some = self._waiting[:_AT_ONCE]
                await self._store.transact(self._add(some))
                del self._waiting[: len(some)]
            if self._lost:
                log.warning("%d webhook attempts were not kept for the console", self._lost)
                self._lost = 0

    def _add(self, some: Sequence[WebhookAttempt]) -> UseCase[None]:
        return lambda tx: tx.webhook_attempts.add_many(some)

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.write()
            except StoreUnavailable:
                pass
            except Exception as error:
                # What can't be written must not keep the rest from it for ever.
                log.error("webhook attempts are not kept: %s", type(error).__name__)
                self._waiting.clear()


def _told(about: Interaction) -> str:
    told = (
        about.inbound_resource_status,
        about.outbound_resource_status,
        about.date_updated,
    )
    return _encode(told).decode()


def _resource(exchange: Exchange) -> str | None:
    """What the form is about, if it says so."""
    for name, value in exchange.parameters:
        if name in _ABOUT:
            return value if len(value) == 34 else None
    return None
