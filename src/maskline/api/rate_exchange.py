"""How processes that share a database tell each other what requests they let pass."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import msgspec

from maskline.limiter import SharedWindow, Taken
from maskline.model.clock import Clock
from maskline.store.contract import Store, StoreUnavailable, Transaction

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Taken).decode


class RateExchange:
    """Every `pause` seconds, while requests come in, writes what this process (`name`) let pass and
    reads what the others did: so long a request may be counted late, and no request waits."""

    def __init__(
        self, store: Store, limiter: SharedWindow, name: str, clock: Clock, pause: float = 0.25
    ) -> None:
        self._store = store
        self._limiter = limiter
        self._name = name
        self._clock = clock
        self._pause = pause
        self._told = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def exchange(self) -> None:
        """Once. Raises StoreUnavailable."""
        taken = self._limiter.taken()
        if not taken and not self._told:
            return
        # Once more when there is nothing left to tell, so that nothing is left behind.
        self._told = bool(taken)
        now = self._clock()
        since = now - int(self._limiter.seconds * 1000)

        async def swap(tx: Transaction) -> list[bytes]:
            await tx.rates.expire(since)
            await tx.rates.put(self._name, _encode(taken), now)
            return await tx.rates.others(self._name, since)

        others = await self._store.transact(swap)
        self._limiter.learn(map(_decode, others))

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self.exchange()
            except StoreUnavailable:
                continue
            except Exception as error:
                log.error("telling others of requests failed: %s", type(error).__name__)
