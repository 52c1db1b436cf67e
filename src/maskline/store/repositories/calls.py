"""Calls."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

import msgspec

from maskline.model.call import Call
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Followed, row


class CallFilter(msgspec.Struct, frozen=True):
    """What a list of calls is narrowed to: "" and 0 mean any; times in ms, half open."""

    to: str = ""
    caller: str = ""
    status: str = ""
    parent_call_sid: str = ""
    start_not_before: int = 0
    start_before: int = 0
    end_not_before: int = 0
    end_before: int = 0


class Calls(Followed):
    """Legs of voice."""

    __slots__ = ()

    async def add_many(self, calls: Iterable[Call]) -> None:
        """Adds legs. Raises Conflict, by the end of the transaction, when an inbound one\'s
        (carrier, provider id) is there already: looked at again, it is known."""
        rows = list(map(row, calls))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.add_every("call_add", rows)

    async def get(self, sid: str, account_sid: str) -> Call | None:
        """The account's call with that SID."""
        return await self._one(Call, "call_get", sid, account_sid)

    async def by_sid(self, sid: str) -> Call | None:
        """The call of any account."""
        return await self._one(Call, "call_by_sid", sid)

    async def child(self, parent_sid: str) -> Call | None:
        """The newest leg that was dialled for a call."""
        return await self._one(Call, "call_child", parent_sid)

    async def dialled(self, parent_sid: str, provider_id: str) -> Call | None:
        """The leg that was dialled for a call and that the carrier knows by that id."""
        return await self._one(Call, "call_dialled", parent_sid, provider_id)

    async def inbound(self, carrier: str, provider_id: str) -> Call | None:
        """The call that came in by a carrier, or that a program placed by it, and that it knows by
        that id."""
        came = await self._one(Call, "call_inbound", carrier, provider_id)
        return came or await self._one(Call, "call_placed", carrier, provider_id)

    async def live(self, carrier: str) -> list[Call]:
        """A carrier's legs that have not ended, oldest first."""
        return await self._all(Call, "call_live", carrier)

    async def silent(
        self, apart: str, ringing: int, talking: int, oldest: int, limit: int
    ) -> list[Call]:
        """Legs of all carriers but the one named `apart`, made since `oldest` (ms), of which
        nothing was heard: before they were answered since `ringing`, after it since `talking`."""
        return await self._all(Call, "call_silent", apart, ringing, talking, oldest, limit)

    async def page(self, account_sid: str, narrow: CallFilter, request: PageRequest) -> Page[Call]:
        """The account's calls."""
        return await self._page(Call, "call_page", request, account_sid, *row(narrow))

    async def link(self, sid: str, interaction_sid: str | None) -> None:
        """Ties a leg to another interaction."""
        self.changed.append(sid)
        await self._x.run("call_link", sid, interaction_sid)

    async def update(self, call: Call) -> None:
        """Writes status and times."""
        self.changed.append(call.sid)
        await self._x.run(
            "call_update",
            call.sid,
            call.status,
            call.start_time,
            call.end_time,
            call.duration,
            call.provider_id,
            call.date_updated,
            call.answered_by,
        )

    async def delete(self, sid: str, account_sid: str) -> bool:
        """Deletes it; false when the account has no such call."""
        return await self._x.run("call_delete", sid, account_sid) > 0
