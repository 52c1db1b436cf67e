"""Proxy Services."""

from __future__ import annotations

from maskline.model.page import Page, PageRequest
from maskline.model.service import Service
from maskline.store.repositories.base import Repository, row, single


class Services(Repository):
    """Services, and the memory of those that were deleted."""

    __slots__ = ()

    async def add(self, service: Service) -> bool:
        """Adds it; false when the account has a Service of that name."""
        return await self._x.run("service_add", *row(service)) > 0

    async def get(self, sid: str, account_sid: str) -> Service | None:
        """The account's Service with that SID."""
        return await self._one(Service, "service_get", sid, account_sid)

    async def by_name(self, account_sid: str, name: str) -> Service | None:
        """The account's Service with that unique name."""
        return await self._one(Service, "service_by_name", account_sid, name)

    async def named_page(self, account_sid: str, name: str, request: PageRequest) -> Page[Service]:
        """The account's Service of that name."""
        return single(await self.by_name(account_sid, name), request)

    async def page(self, account_sid: str, request: PageRequest) -> Page[Service]:
        """The account's Services."""
        return await self._page(Service, "service_page", request, account_sid)

    async def update(self, service: Service) -> None:
        """Writes all that can change."""
        await self._x.run(
            "service_update",
            service.sid,
            service.unique_name,
            service.chat_instance_sid,
            service.callback_url,
            service.intercept_callback_url,
            service.out_of_session_callback_url,
            service.default_ttl,
            service.geo_match_level,
            service.number_selection_behavior,
            service.date_updated,
        )

    async def delete(self, service: Service, now: int) -> None:
        """Deletes it with its sessions, participants and interactions, and frees its numbers."""
        await self._x.run("service_delete_interactions", service.sid)
        await self._x.run("service_delete_participants", service.sid)
        await self._x.run("service_delete_sessions", service.sid)
        await self._x.run("affinity_forget_service", service.sid)
        await self._x.run("pool_leave_all", service.sid)
        await self._x.run("service_delete", service.sid)
        await self._x.run("service_bury", service.sid, service.account_sid, now)

    async def was_deleted(self, sid: str, account_sid: str) -> bool:
        """Whether the account once had that Service."""
        return await self._x.one("service_was_deleted", sid, account_sid) is not None
