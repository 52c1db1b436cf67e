"""The sweeper: closes sessions when their time is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from maskline.env import Env
from maskline.proxy import sessions
from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: Sessions in one transaction, so that traffic never waits long behind it.
_AT_ONCE: Final = 100


class Sweeper:
    """Looks every `pause` seconds. An expired session relays nothing in the meantime, since routing
    looks at its end by itself: being late costs its people no privacy, only their numbers."""

    def __init__(self, env: Env, store: Store, pause: float = 1.0) -> None:
        self._env = env
        self._store = store
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def sweep(self) -> None:
        """Closes all that is over now. Raises StoreUnavailable."""
        env, store = self._env, self._store
        while await store.read(lambda tx: tx.sessions.overdue(env.clock(), 1)):
            await store.transact(lambda tx: sessions.expire_overdue(env, tx, _AT_ONCE))

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self.sweep()
            except StoreUnavailable:
                continue
            except Exception as error:
                log.error("closing expired sessions failed: %s", type(error).__name__)
