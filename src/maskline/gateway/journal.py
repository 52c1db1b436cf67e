"""The journal of carriers' requests: what came in, without secrets, for support to look at."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.carriers.contract import Inbound, Webhooks
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Request
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.carrier import CarrierRequest
from maskline.model.parts import MessagePart
from maskline.model.traffic import InboundCall, InboundMessage
from maskline.store.contract import Store, StoreUnavailable, Transaction

log = logging.getLogger(__name__)

#: Seconds for which requests are gathered: one write for all of them.
_GATHER: Final = 0.25
#: What is kept in memory at most, and written at once. What comes beyond it is not kept: a journal
#: must not be what a server falls over.
_MOST: Final = 5000
_AT_ONCE: Final = 256
#: What says which number of ours it is about.
_NUMBERED: Final = (InboundMessage, MessagePart, InboundCall)


class _Noted(msgspec.Struct, frozen=True):
    carrier: Webhooks
    request: Request
    status: int
    number: str
    at: int


class Journal:
    """Notes requests at once, and writes them a little later, beside the traffic."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._waiting: deque[_Noted] = deque()
        self._lost = 0
        self._task: asyncio.Task[None] | None = None

    def __call__(
        self, carrier: Webhooks, request: Request, status: int, inbound: Sequence[Inbound]
    ) -> None:
        """Notes a request that was answered with a status, and what it said."""
        if len(self._waiting) >= _MOST:
            self._lost += 1
            return
        number = ""
        if inbound and isinstance(inbound[0], _NUMBERED):
            number = inbound[0].number
        self._waiting.append(_Noted(carrier, request, status, number, self._env.clock()))
        if self._task is None:
            self._task = asyncio.create_task(self._write())

    async def drain(self) -> None:
        """Returns when all is written."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        try:
            await asyncio.sleep(_GATHER)
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
                await self._write_some(some)
            if self._lost:
                log.warning("%d requests of carriers were not noted: too many", self._lost)
                self._lost = 0
        finally:
            self._task = None

    async def _write_some(self, noted: Sequence[_Noted]) -> None:
        with contextlib.suppress(StoreUnavailable):
            await self._store.transact(lambda tx: self._keep(tx, noted))

    async def _keep(self, tx: Transaction, noted: Sequence[_Noted]) -> None:
        known = sorted({one.number for one in noted if one.number})
        owners = dict(zip(known, await tx.carrier_requests.owners(known), strict=True))
        await tx.carrier_requests.add_many(
            [self._row(one, owners.get(one.number, "")) for one in noted]
        )

    def _row(self, one: _Noted, owner: str) -> CarrierRequest:
        limit = self._env.settings.carriers.request_bytes
        kept = redacted(one.request, one.carrier.secrets, limit)
        return CarrierRequest(
            sid=self._env.sids.new(sids.CARRIER_REQUEST),
            account_sid=owner,
            carrier=one.carrier.name,
            method=kept.method,
            path=kept.path,
            query=kept.query,
            headers=msgspec.json.encode(kept.headers).decode(),
            body=kept.body,
            truncated=int(kept.truncated),
            status=one.status,
            date_created=one.at,
        )


def request_of(kept: CarrierRequest) -> Request:
    """A request that was kept, as an adapter reads it."""
    headers = msgspec.json.decode(kept.headers, type=dict[str, str])
    return Request(kept.method, kept.path, kept.query, headers, kept.body.encode(), ())
