"""`/metrics`: one process's metrics in Prometheus' text form."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

import falcon
import falcon.asgi
from falcon.asgi import Request, Response
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from maskline import __version__
from maskline.messaging.pacing import carrier_of, is_number
from maskline.metrics.collector import MeterCollector, Values
from maskline.model.clock import SECOND, Clock
from maskline.model.meter import Meter
from maskline.settings import Settings
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.store.repositories.outbox import Backlog

#: What was read from the store is good for so long (ms), however many scrape.
_FRESH: Final = 5 * SECOND
#: The most queues that are looked at.
_QUEUES: Final = 1000


class Metrics:
    """The resource. Without a token in the settings it answers this machine and private networks
    only, and to all others is not there."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, meter: Meter, held: Callable[[], int]
    ) -> None:
        self._token = settings.metrics.token
        self._store = store
        self._clock = clock
        self._held = held
        self._read_at: int | None = None
        self._from_store: dict[str, Values] = {}
        database = "sqlite" if settings.sqlite_path is not None else "postgresql"
        self._always: dict[str, Values] = {
            "maskline_build_info": {(__version__, database): 1},
            "maskline_start_time_seconds": {(): clock() / 1000},
        }
        self._collector = MeterCollector(meter)
        # Its own: the library's global one would hold every server of the process.
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self._collector)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    async def on_get(self, req: Request, resp: Response) -> None:
        """All metrics. 401 for a wrong token; 404 for strangers where none is set."""
        if self._token is None:
            if not _is_near(req.scope):
                raise falcon.HTTPNotFound
        elif not _is_bearer(req.get_header("Authorization") or "", self._token):
            raise falcon.HTTPUnauthorized(challenges=["Bearer"])
        resp.data = await self.text()
        resp.content_type = CONTENT_TYPE_PLAIN_0_0_4

    async def text(self) -> bytes:
        """The metrics as they are now."""
        await self._look()
        held: dict[str, Values] = {"maskline_jobs_held": {(): self._held()}}
        self._collector.gauges = {**self._always, **self._from_store, **held}
        return generate_latest(self.registry)

    async def _look(self) -> None:
        now = self._clock()
        if self._read_at is not None and 0 <= now - self._read_at < _FRESH:
            return
        # Before the store is asked, so that those who come meanwhile do not ask as well.
        self._read_at = now
        try:
            backlog, (total, used), queued = await self._store.read(lambda tx: _state(tx, now))
        except StoreUnavailable:
            self._from_store = {"maskline_store_up": {(): 0}}
            return
        late = 0 if backlog.oldest is None else max(0, now - backlog.oldest)
        self._from_store = {
            "maskline_store_up": {(): 1},
            "maskline_outbox_jobs": {("pending",): backlog.pending, ("dead",): backlog.dead},
            "maskline_outbox_oldest_due_seconds": {(): late / 1000},
            **_queues(queued, now),
            "maskline_pool_numbers": {("free",): total - used, ("used",): used},
        }


def application(metrics: Metrics) -> falcon.asgi.App[Request, Response]:
    """An application of the metrics alone."""
    app: falcon.asgi.App[Request, Response] = falcon.asgi.App()
    app.add_route("/metrics", metrics)
    return app


async def _state(
    tx: Transaction, now: int
) -> tuple[Backlog, tuple[int, int], list[tuple[str, int]]]:
    queued = await tx.paces.queued(now * 1000, _QUEUES)
    return await tx.outbox.backlog(), await tx.numbers.pool_usage(), queued


def _queues(queued: Iterable[tuple[str, int]], now: int) -> dict[str, Values]:
    """Of each carrier's numbers, how many have a queue, and the longest of these in seconds."""
    found: dict[str, list[float]] = {}
    for bucket, end in queued:
        if is_number(bucket):
            found.setdefault(carrier_of(bucket), []).append(end / 1_000_000 - now / 1000)
    return {
        "maskline_queued_numbers": {(name,): len(ends) for name, ends in found.items()},
        "maskline_longest_queue_seconds": {(name,): max(ends) for name, ends in found.items()},
    }


def _is_near(scope: dict[str, Any]) -> bool:
    """Whether the caller is on this machine or in a private network."""
    client = scope.get("client")
    try:
        address = ip_address(next(iter(client or ())))
    except (StopIteration, ValueError):
        return False
    if isinstance(address, IPv6Address):
        # Written as IPv6, every address of the old kind would be taken for a private one.
        address = address.ipv4_mapped or address
    return address.is_private


def _is_bearer(header: str, token: str) -> bool:
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        given.strip().encode(), token.encode()
    )
