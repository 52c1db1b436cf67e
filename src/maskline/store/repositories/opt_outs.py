"""Opt-outs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maskline.model.number import Number
from maskline.model.opt_out import OptOut, OptOutScope
from maskline.model.page import Page, PageRequest
from maskline.model.sid import made_at
from maskline.store.executor import narrowed
from maskline.store.repositories.base import Repository, row


class OptOutFilter(msgspec.Struct, frozen=True):
    """What a list of opt-outs is narrowed to: "" and 0 mean any; times in ms, half open."""

    sender: str = ""
    identifier: str = ""
    source: str = ""
    not_before: int = 0
    before: int = 0


class OptOuts(Repository):
    """Who wants no more messages from which sender."""

    __slots__ = ()

    async def add(self, opt_out: OptOut) -> bool:
        """Adds it; false when the person has opted out from the sender already."""
        return await self._x.run("opt_out_add", *row(opt_out)) > 0

    async def get(self, sid: str, account_sid: str) -> OptOut | None:
        """The account's opt-out with that SID."""
        return await self._one(OptOut, "opt_out_get", sid, account_sid)

    async def of(self, account_sid: str, sender: str, identifier: str) -> OptOut | None:
        """The person's opt-out from that sender."""
        return await self._one(OptOut, "opt_out_of", account_sid, sender, identifier)

    async def reach(self, number: str, identifier: str) -> int | None:
        """How near the person's opt-outs come to a number (`Reach`); null when there is none."""
        found = await self._x.one("opt_out_reach", number, identifier)
        return None if found is None else found[0]

    async def reach_of_name(self, account_sid: str, name: str, identifier: str) -> int | None:
        """The same for a sender that is a name: those from its Messaging Services count."""
        found = await self._x.one("opt_out_reach_of_name", account_sid, name, identifier)
        return None if found is None else found[0]

    async def newest(self) -> int:
        """When the newest opt-out of the server was recorded, in ms; 0 when there is none."""
        found = await self._x.one("opt_out_newest")
        return made_at(found[0]) if found and found[0] else 0

    async def replied(self, sid: str, now: int) -> None:
        """Notes that the person was told."""
        await self._x.run("opt_out_replied", sid, now)

    async def delete(self, sid: str, account_sid: str) -> bool:
        """Deletes it; false when the account has no such opt-out."""
        return await self._x.run("opt_out_delete", sid, account_sid) > 0

    async def end(self, number: Number, identifier: str, scope: OptOutScope) -> bool:
        """Deletes all that keeps messages of the number from the person; false when nothing did."""
        service, messaging = number.service_sid or "", number.messaging_service_sid or ""
        ended = await self._x.run(
            "opt_out_end",
            number.account_sid,
            identifier,
            number.number,
            service,
            messaging,
            service if scope == "service" else "",
            messaging if scope == "messaging_service" else "",
        )
        return ended > 0

    async def of_person(self, account_sid: str, identifier: str, limit: int) -> list[OptOut]:
        """The person's latest opt-outs."""
        return await self._all(OptOut, "opt_outs_of_person", identifier, account_sid, limit)

    async def narrowed(
        self, account_sid: str, narrow: OptOutFilter, request: PageRequest
    ) -> Page[OptOut]:
        """The account's opt-outs that fit. A page looks through so many and no more, and may be
        short while others follow."""

        def fits(found: Sequence[Any]) -> bool:
            one = OptOut(*found)
            return narrow.sender in ("", one.sender) and narrow.source in ("", one.source)

        page = await narrowed(
            self._x, "opt_out_page", request, fits, account_sid, *row(OptOutFilter())
        )
        return Page([OptOut(*found) for found in page.rows], *page[1:])

    async def page(
        self, account_sid: str, narrow: OptOutFilter, request: PageRequest
    ) -> Page[OptOut]:
        """The account's opt-outs."""
        return await self._page(OptOut, "opt_out_page", request, account_sid, *row(narrow))
