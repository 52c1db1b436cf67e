"""Recordings of calls."""

from __future__ import annotations

import msgspec

from maskline.model.page import Page, PageRequest
from maskline.model.recording import Recording
from maskline.store.repositories.base import Repository, row


class RecordingFilter(msgspec.Struct, frozen=True):
    """What a list of recordings is narrowed to: "" and 0 mean any; times in ms, half open. With
    `deleted`, 0 or 1, those are in it whose file is gone."""

    call_sid: str = ""
    not_before: int = 0
    before: int = 0
    deleted: int = 0


class Recordings(Repository):
    """What is known of recordings."""

    __slots__ = ()

    async def add(self, recording: Recording) -> bool:
        """Adds one; false where the call has that of its carrier's already."""
        return await self._x.add_many("recording_add", [row(recording)]) > 0

    async def of(self, call_sid: str, provider_id: str) -> Recording | None:
        """The one of a call that the carrier knows by that id."""
        return await self._one(Recording, "recording_of", call_sid, provider_id)

    async def get(self, sid: str, account_sid: str) -> Recording | None:
        """The account's recording with that SID, be it deleted."""
        return await self._one(Recording, "recording_get", sid, account_sid)

    async def update(self, one: Recording) -> None:
        """Writes what has become of one."""
        await self._x.run(
            "recording_update",
            one.sid,
            one.url,
            one.status,
            one.channels,
            one.source,
            one.track,
            one.duration,
            one.error_code,
            one.start_time,
            one.date_updated,
        )

    async def page(
        self, account_sid: str, narrow: RecordingFilter, request: PageRequest
    ) -> Page[Recording]:
        """The account's recordings."""
        return await self._page(Recording, "recording_page", request, account_sid, *row(narrow))
