"""Whether the process lives, and whether it can take traffic in."""

from __future__ import annotations

from collections.abc import Callable

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.store.contract import Store, StoreUnavailable


class Alive:
    """`/healthz`: the process answers."""

    async def on_get(self, _: Request, response: Response) -> None:
        """Always 200."""
        response.media = {"status": "ok"}


class Ready:
    """`/readyz`: the database takes writes, and the queue has room."""

    def __init__(self, store: Store, is_full: Callable[[], bool]) -> None:
        self._store = store
        self._is_full = is_full

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
        try:
            await self._store.transact(lambda tx: tx.outbox.pending(1))
        except StoreUnavailable as error:
            # Names the fault, such as a full disk, and no data.
            return str(error)
        return "the queue is full: too many jobs wait" if self._is_full() else None


def add_routes(
    app: falcon.asgi.App[Request, Response], store: Store, is_full: Callable[[], bool]
) -> None:
    """Adds both."""
    app.add_route("/healthz", Alive())
    app.add_route("/readyz", Ready(store, is_full))
