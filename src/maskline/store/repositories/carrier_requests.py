"""Requests at carriers' doors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from maskline.model import sid as sids
from maskline.model.carrier import CarrierRequest
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row


class CarrierRequestFilter(msgspec.Struct, frozen=True):
    """What a list of requests is narrowed to: "" and 0 mean any; `status` is the least one."""

    account_sid: str = ""
    carrier: str = ""
    status: int = 0


class CarrierRequests(Repository):
    """What carriers asked, without secrets."""

    __slots__ = ()

    async def add_many(self, requests: Iterable[CarrierRequest]) -> None:
        """Adds requests."""
        await self._x.add_every("carrier_request_add", map(row, requests))

    async def get(self, sid: str, account_sid: str = "") -> CarrierRequest | None:
        """The request with that SID, of an account where one is named."""
        return await self._one(CarrierRequest, "carrier_request_get", sid, account_sid)

    async def page(
        self, narrow: CarrierRequestFilter, request: PageRequest
    ) -> Page[CarrierRequest]:
        """Requests, newest first."""
        return await self._page(CarrierRequest, "carrier_request_page", request, *row(narrow))

    async def owners(self, numbers: Sequence[str]) -> list[str]:
        """Which account owns each number; "" where none does."""
        found = await self._x.one_each("number_owner", [(one,) for one in numbers])
        return ["" if one is None else str(one[0]) for one in found]

    async def remove(self, before: int, limit: int) -> int:
        """Removes requests made before then (ms); how many."""
        edge = sids.edge(sids.CARRIER_REQUEST, before)
        return await self._x.run("aged_carrier_requests_remove", edge, limit)
