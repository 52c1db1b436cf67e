"""What is removed by its age, in parts of at most `limit` records; times in ms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from maskline.model import sid as sids
from maskline.model.account import Switch
from maskline.model.session import Session
from maskline.store.repositories.base import Repository

_HOLD: Final = Switch.LEGAL_HOLD.value


class Affinity(msgspec.Struct, frozen=True):
    """A person's past with a number: in how many active sessions they use it now, and when they
    last did."""

    service_sid: str
    identifier: str
    number_sid: str
    active: int
    last_used: int


class Retention(Repository):
    """Records past their time. None of an account on legal hold is."""

    __slots__ = ()

    async def sessions(self, before: int, limit: int) -> list[Session]:
        """Sessions that were closed before then."""
        return await self._all(Session, "aged_sessions", before, _HOLD, limit)

    async def remove_messages(self, before: int, limit: int) -> int:
        """Removes messages made before then, with their media and feedback; how many messages."""
        aged = await self._x.all("aged_messages", sids.edge("", before), _HOLD, limit)
        await self._x.run_many("media_delete_of", aged)
        await self._x.run_many("feedback_delete_of", aged)
        await self._x.run_many("message_status_forget", aged)
        await self._x.run_many("aged_message_remove", aged)
        return len(aged)

    async def remove_calls(self, before: int, limit: int) -> int:
        """Removes calls made before then, and what is known of recordings; how many of both."""
        edge = sids.edge(sids.CALL, before)
        removed = await self._x.run("aged_calls_remove", edge, _HOLD, limit)
        recorded = sids.edge(sids.RECORDING, before)
        removed += await self._x.run("aged_recordings_remove", recorded, _HOLD, limit)
        await self._x.run("aged_placed_calls_remove", edge, limit)
        return removed

    async def remove_alerts(self, before: int, limit: int) -> int:
        """Removes alerts made before then; how many."""
        edge = sids.edge(sids.ALERT, before)
        return await self._x.run("aged_alerts_remove", edge, _HOLD, limit)

    async def remove_dead_jobs(self, before: int, limit: int) -> int:
        """Removes jobs made before then that were given up; how many."""
        edge = sids.edge(sids.JOB, before)
        return await self._x.run("aged_jobs_remove", edge, _HOLD, limit)

    async def remove_handset_messages(self, before: int, limit: int) -> int:
        """Removes what simulated handsets sent or received before then; how many."""
        edge = sids.edge(sids.HANDSET_MESSAGE, before)
        return await self._x.run("aged_handset_messages_remove", edge, limit)

    async def remove_pictures(self, before: int, limit: int) -> int:
        """Removes pictures that were put into simulated handsets before then; how many."""
        edge = sids.edge(sids.PICTURE, before)
        return await self._x.run("aged_pictures_remove", edge, limit)

    async def affinities(self, after: tuple[str, str, str], limit: int) -> list[Affinity]:
        """Affinities in the order of Service, identifier and number, those that follow `after`."""
        return await self._all(Affinity, "affinity_walk", *after, limit)

    async def remove_affinities(self, affinities: Iterable[Affinity], before: int) -> None:
        """Removes those that are still not in use, and were last before then."""
        await self._x.run_many(
            "aged_affinity_remove",
            [
                (one.service_sid, one.identifier, one.number_sid, before, _HOLD)
                for one in affinities
            ],
        )
