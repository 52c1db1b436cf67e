"""`/monitor/v1/CarrierRequests`, which is ours: what carriers posted about an account's numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import msgspec
from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import Resource, answer
from maskline.env import Env
from maskline.model.carrier import CarrierRequest
from maskline.model.clock import iso
from maskline.model.errors import Fault, not_found
from maskline.store.contract import Store
from maskline.store.repositories.carrier_requests import CarrierRequestFilter

#: Takes a request in once more; what became of it, in a word. Raises Fault.
Replay = Callable[[CarrierRequest], Awaitable[str]]


class Action(StrEnum):
    """What can be done with a request."""

    REPLAY = "replay"


class CarrierRequests(Resource):
    """Requests, without their secrets. They hold what people wrote."""

    product = "/monitor"
    largest_page = 1000

    def __init__(self, env: Env, store: Store, replay: Replay | None) -> None:
        super().__init__(env, store)
        self._replay = replay

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them, newest first: those of a `Carrier`, or that were not taken (`Failed`)."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        narrow = CarrierRequestFilter(
            account_sid=account,
            carrier=query.text("Carrier", 64) or "",
            status=400 if query.boolean("Failed") else 0,
        )
        page = await self.store.read(lambda tx: tx.carrier_requests.page(narrow, request))
        url = self._url(req)
        filters = kept(query, "Carrier", "Failed")
        answer(resp, listed(page, request, url, "requests", lambda one: shown(one, url), filters))

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """Fetches one."""
        found = await self._found(req, sid)
        answer(resp, shown(found, self._url(req)) | details(found))

    async def on_post(self, req: Request, resp: Response, sid: str) -> None:
        """Takes one in once more, as `Action` says; `outcome` is what became of it."""
        form = await self.form(req)
        if form.choice("Action", Action) is None:
            raise form.wrong("Action", "is required")
        found = await self._found(req, sid)
        if self._replay is None:
            raise Fault(20503)
        outcome = await self._replay(found)
        answer(resp, shown(found, self._url(req)) | details(found) | {"outcome": outcome})

    async def _found(self, req: Request, sid: str) -> CarrierRequest:
        account = self.account(req)
        found = await self.store.read(lambda tx: tx.carrier_requests.get(sid, account))
        if found is None:
            raise not_found("CarrierRequest")
        return found

    def _url(self, req: Request) -> str:
        return f"{self.base(req)}/v1/CarrierRequests"


def shown(one: CarrierRequest, requests_url: str) -> dict[str, Any]:
    """The resource in a list."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "carrier": one.carrier,
        "method": one.method,
        "path": one.path,
        "status": one.status,
        "truncated": bool(one.truncated),
        "date_created": iso(one.date_created),
        "url": f"{requests_url}/{one.sid}",
    }


def details(one: CarrierRequest) -> dict[str, Any]:
    """What is shown of one alone."""
    return {
        "query": one.query,
        "headers": msgspec.json.decode(one.headers),
        "body": one.body,
    }
