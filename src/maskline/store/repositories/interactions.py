"""Interactions."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from maskline.model.interaction import Interaction
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Followed, row
from maskline.store.repositories.sessions import Sessions


class Interactions(Followed):
    """Interactions of sessions."""

    __slots__ = ()

    async def add_many(self, interactions: Iterable[Interaction]) -> None:
        """Adds them."""
        rows = list(map(row, interactions))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.add_every("interaction_add", rows)

    async def get(self, sid: str, session_sid: str) -> Interaction | None:
        """The session's interaction with that SID."""
        return await self._one(Interaction, "interaction_get", sid, session_sid)

    async def by_sid(self, sid: str) -> Interaction | None:
        """The interaction of any session."""
        return await self._one(Interaction, "interaction_by_sid", sid)

    async def page(self, session_sid: str, request: PageRequest) -> Page[Interaction]:
        """The session's interactions."""
        return await self._page(Interaction, "interaction_page", request, session_sid)

    async def sent_to(
        self, session_sid: str, participant_sid: str, request: PageRequest
    ) -> Page[Interaction]:
        """What the application sent to a participant."""
        return await self._page(
            Interaction, "interaction_page_sent_to", request, session_sid, participant_sid
        )

    async def update_many(self, interactions: Iterable[Interaction]) -> None:
        """Writes data, statuses and the outbound half."""
        rows = [
            (
                i.sid,
                i.data,
                i.inbound_resource_status,
                i.outbound_participant_sid,
                i.outbound_resource_sid,
                i.outbound_resource_status,
                i.date_updated,
            )
            for i in interactions
        ]
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.run_many("interaction_update", rows)

    async def delete(self, sid: str, session_sid: str) -> bool:
        """Deletes it; false when the session has no such interaction. The session keeps the time
        at which it took place."""
        await Sessions(self._x).settle(session_sid)
        return await self._x.run("interaction_delete", sid, session_sid) > 0
