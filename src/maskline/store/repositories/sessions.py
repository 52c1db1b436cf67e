"""Sessions."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from maskline.model.page import Page, PageRequest
from maskline.model.session import Session
from maskline.store.repositories.base import Repository, row


class Touch(msgspec.Struct, frozen=True):
    """An interaction's effect on its session: when it took place, and when the session now ends."""

    session_sid: str
    at: int
    expires_at: int | None


class Sessions(Repository):
    """Sessions of Services."""

    __slots__ = ()

    async def add(self, session: Session) -> bool:
        """Adds it; false when the Service has a session of that name."""
        return await self._x.run("session_add", *row(session)) > 0

    async def get(self, sid: str, service_sid: str) -> Session | None:
        """The Service's session with that SID."""
        return await self._one(Session, "session_get", sid, service_sid)

    async def by_name(self, service_sid: str, name: str) -> Session | None:
        """The Service's session with that unique name."""
        return await self._one(Session, "session_by_name", service_sid, name)

    async def page(self, service_sid: str, request: PageRequest) -> Page[Session]:
        """The Service's sessions."""
        return await self._page(Session, "session_page", request, service_sid)

    async def update(self, session: Session) -> None:
        """Writes all that can change but the time of the last interaction."""
        await self._x.run(
            "session_update",
            session.sid,
            session.status,
            session.closed_reason,
            session.ttl,
            session.date_expiry,
            session.date_started,
            session.date_ended,
            session.expires_at,
            session.date_updated,
        )

    async def touch_many(self, touches: Iterable[Touch]) -> None:
        """Marks active sessions as in progress, each at the time of its interaction."""
        await self._x.run_many("session_touch", map(row, touches))

    async def delete(self, sid: str) -> None:
        """Deletes it with its participants and interactions."""
        await self._x.run("session_delete_interactions", sid)
        await self._x.run("session_delete_participants", sid)
        await self._x.run("session_delete", sid)
