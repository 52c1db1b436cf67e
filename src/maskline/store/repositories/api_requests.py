"""The latest requests to the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from maskline.model.api_request import ApiRequest
from maskline.model.page import Page, PageRequest
from maskline.store.executor import narrowed
from maskline.store.repositories.base import Repository, row


class ApiRequests(Repository):
    """Requests that were answered."""

    __slots__ = ()

    async def add_many(self, requests: Sequence[ApiRequest]) -> None:
        """Adds them."""
        await self._x.add_every("api_request_add", map(row, requests))

    async def get(self, sid: str) -> ApiRequest | None:
        """One of any account."""
        return await self._one(ApiRequest, "api_request_get", sid)

    async def page(
        self,
        account_sid: str,
        request: PageRequest,
        fits: Callable[[ApiRequest], bool] | None = None,
    ) -> Page[ApiRequest]:
        """An account's, or those of them that fit: then a page looks through so many and no more,
        and may be short while others follow."""
        if fits is None:
            return await self._page(ApiRequest, "api_request_page", request, account_sid)
        page = await narrowed(
            self._x,
            "api_request_page",
            request,
            lambda found: fits(ApiRequest(*found)),
            account_sid,
        )
        return Page([ApiRequest(*found) for found in page.rows], *page[1:])

    async def remove(self, keep: int, limit: int) -> int:
        """Removes, `limit` at once, all but the latest `keep`; how many."""
        return await self._x.run("aged_api_requests_remove", keep, limit)
