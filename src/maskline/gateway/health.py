"""Whether the process lives, and whether it can take traffic in."""

from __future__ import annotations

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.store.contract import Store, StoreUnavailable


class Alive:
    """`/healthz`: the process answers."""

    async def on_get(self, _: Request, response: Response) -> None:
        """Always 200."""
        response.media = {"status": "ok"}


class Ready:
    """`/readyz`: the database takes writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def on_get(self, _: Request, response: Response) -> None:
        """200, or 503 with the reason."""
        try:
            await self._store.transact(lambda tx: tx.outbox.count("dead"))
        except StoreUnavailable:
            response.status = falcon.HTTP_503
            response.media = {"status": "unavailable", "reason": "the database refuses writes"}
        else:
            response.media = {"status": "ready"}


def add_routes(app: falcon.asgi.App[Request, Response], store: Store) -> None:
    """Adds both."""
    app.add_route("/healthz", Alive())
    app.add_route("/readyz", Ready(store))
