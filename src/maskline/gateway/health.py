"""Whether the process lives, and whether it can take traffic in."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.model.meter import Meter
from maskline.store.contract import Store, StoreUnavailable

#: The row that proves room: dated so that nobody counts it, and removed at once.
_PROBE: Final = "readyz"
_FILLER: Final = 32_768


class Alive:
    """`/healthz`: the process answers."""

    async def on_get(self, _: Request, response: Response) -> None:
        """Always 200."""
        response.media = {"status": "ok"}


class Ready:
    """`/readyz`: the database takes writes, and the queue has room."""

    def __init__(self, store: Store, meter: Meter, is_full: Callable[[], bool]) -> None:
        self._store = store
        self._is_full = is_full
        self._commits = meter.commits
        self._failures = 0
        self._refused = False

    async def on_get(self, _: Request, response: Response) -> None:
        """200, or 503 with the reason."""
        reason = await self._reason()
        if reason is None:
            response.media = {"status": "ready"}
            return
        response.status = falcon.HTTP_503
        response.set_header("Retry-After", "1")
        response.media = {"status": "unavailable", "reason": reason}

    async def _reason(self) -> str | None:
        failures = self._commits["failed",]
        # A full disk takes what needs no more room of it. After a refusal the proof is a row that
        # does, and until then what costs next to nothing is enough.
        thorough = self._refused or failures != self._failures
        try:
            if thorough:
                filler = os.urandom(_FILLER)
                await self._store.transact(lambda tx: tx.rates.put(_PROBE, filler, 0))
                await self._store.transact(lambda tx: tx.rates.expire(0))
            else:
                await self._store.transact(lambda tx: tx.outbox.pending(1))
        except StoreUnavailable as error:
            self._refused = True
            # Names the fault, such as a full disk, and no data.
            return str(error)
        self._refused, self._failures = False, failures
        return "the queue is full: too many jobs wait" if self._is_full() else None


def add_routes(
    app: falcon.asgi.App[Request, Response],
    store: Store,
    meter: Meter,
    is_full: Callable[[], bool],
) -> None:
    """Adds both."""
    app.add_route("/healthz", Alive())
    app.add_route("/readyz", Ready(store, meter, is_full))
