"""The queue's bound: how many jobs wait, and whether there is room for what would make more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Final

from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: Seconds between looks, at the least. What comes in meanwhile goes beyond the bound.
_PAUSE: Final = 1.0
#: A long queue takes long to count: no more than this share of the time.
_SHARE: Final = 0.02
#: A full queue has room again when it is down to this share of its bound, so that it isn't full and
#: not full by turns.
_ROOM: Final = 0.9


class Queue:
    """The jobs of one database that wait, as of the last look. `bound` 0 is none.

    While it is full nothing is taken in that makes further jobs: a carrier that is told so comes
    again, and a database that runs over helps nobody.
    """

    def __init__(self, store: Store, bound: int) -> None:
        self._store = store
        self._bound = bound
        self._task: asyncio.Task[None] | None = None
        self.is_full = False

    async def look(self) -> None:
        """Counts them, up to the bound. Raises StoreUnavailable."""
        bound = self._bound
        waiting = await self._store.read(lambda tx: tx.outbox.pending(bound))
        was_full = self.is_full
        self.is_full = waiting >= (bound * _ROOM if was_full else bound)
        if self.is_full and not was_full:
            log.warning("the queue is full: %d jobs wait, and no message is taken in", waiting)
        elif was_full and not self.is_full:
            log.warning("the queue has room again: %d jobs wait", waiting)

    def start(self) -> None:
        """Begins to look, if there is a bound."""
        if self._bound:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        while True:
            began = time.monotonic()
            # While the database is away, that alone is reason enough to refuse.
            with contextlib.suppress(StoreUnavailable):
                await self.look()
            await asyncio.sleep(max(_PAUSE, (time.monotonic() - began) / _SHARE))
