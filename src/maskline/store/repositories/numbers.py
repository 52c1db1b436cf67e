"""The number inventory and its pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from maskline.model.number import Number, NumberHooks
from maskline.model.page import Page, PageRequest
from maskline.store.executor import keyset, narrowed
from maskline.store.repositories.base import Registering, row


class PoolFilter(msgspec.Struct, frozen=True):
    """What a pool's list is narrowed to: whether a number is reserved, and how many active sessions
    use it; null is any."""

    reserved: bool | None = None
    in_use: int | None = None

    def fits(self, number: Number) -> bool:
        """Whether the number is one of them."""
        return self.reserved in (None, bool(number.is_reserved)) and self.in_use in (
            None,
            number.in_use,
        )


class Configured(msgspec.Struct, frozen=True):
    """A number and what was set on it."""

    number: Number
    hooks: NumberHooks


class Numbers(Registering):
    """Numbers of accounts, and the pools that Services draw from."""

    __slots__ = ()

    async def pool_usage(self) -> tuple[int, int]:
        """How many numbers are in the pools of all Services, and how many of them are used."""
        found = await self._x.one("pool_usage")
        assert found is not None
        total, used = found
        return int(total), int(used)

    async def add(self, number: Number) -> bool:
        """Adds it; false when some account of this server has it already."""
        return await self._x.run("number_add", *row(number)) > 0

    async def get(self, sid: str, account_sid: str) -> Number | None:
        """The account's number with that SID."""
        return await self._one(Number, "number_get", sid, account_sid)

    async def by_number(self, number: str) -> Number | None:
        """The number, whoever owns it."""
        return await self._one(Number, "number_by_number", number)

    async def page(
        self, account_sid: str, kind: str, pattern: str, name: str, request: PageRequest
    ) -> Page[Number]:
        """The account's numbers of a kind that fit an SQL LIKE pattern ("%": all) and a friendly
        name ("": any)."""
        return await self._page(Number, "number_page", request, account_sid, kind, pattern, name)

    async def configured_page(
        self, account_sid: str, kind: str, pattern: str, name: str, request: PageRequest
    ) -> Page[Configured]:
        """The same page, each number with what was set on it."""
        rows, has_next, has_previous = await keyset(
            self._x, "number_configured_page", request, account_sid, kind, pattern, name
        )
        records = [Configured(Number(*found[:-1]), _hooks(found[-1])) for found in rows]
        edges = (records[0].number.sid, records[-1].number.sid) if records else (None, None)
        return Page(records, has_next, has_previous, *edges)

    async def configured_narrowed(
        self,
        account_sid: str,
        kind: str,
        pattern: str,
        name: str,
        fits: Callable[[Number], bool],
        request: PageRequest,
    ) -> Page[Configured]:
        """Those of them that fit. A page looks through so many and no more, and may be short while
        others follow."""
        page = await narrowed(
            self._x,
            "number_configured_page",
            request,
            lambda found: fits(Number(*found[:-1])),
            account_sid,
            kind,
            pattern,
            name,
        )
        records = [Configured(Number(*found[:-1]), _hooks(found[-1])) for found in page.rows]
        return Page(records, *page[1:])

    async def rename(self, sid: str, name: str, now: int) -> None:
        """Sets the friendly name."""
        await self._x.run("number_rename", sid, name, now)

    async def delete(self, sid: str) -> None:
        """Takes it out of the inventory."""
        await self._unbinds(sid)
        await self._x.run("number_hooks_delete", sid)
        await self._x.run("number_delete", sid)

    async def hooks(self, sid: str) -> NumberHooks:
        """Its webhook settings; the defaults when none were set."""
        found = await self._x.one("number_hooks_get", sid)
        return _hooks(None if found is None else found[0])

    async def hooks_of(self, number: str) -> NumberHooks | None:
        """The webhook settings of a number by itself; null where nothing was set."""
        found = await self._x.one("number_hooks_of", number)
        return None if found is None else _hooks(found[0])

    async def set_hooks(self, sid: str, hooks: NumberHooks) -> None:
        """Writes its webhook settings."""
        await self._x.run("number_hooks_put", sid, msgspec.json.encode(hooks).decode())

    async def in_pool(self, sid: str, service_sid: str, kind: str) -> Number | None:
        """The Service's number with that SID."""
        return await self._one(Number, "pool_get", sid, service_sid, kind)

    async def pool(
        self,
        service_sid: str,
        kind: str,
        request: PageRequest,
        narrow: PoolFilter | None = None,
    ) -> Page[Number]:
        """The Service's numbers. A narrowed page looks through so many and no more, and may be
        short of records while others follow."""
        if narrow is None:
            return await self._page(Number, "pool_page", request, service_sid, kind)

        def fits(found: Sequence[Any]) -> bool:
            return narrow.fits(Number(*found))

        page = await narrowed(self._x, "pool_page", request, fits, service_sid, kind)
        return Page([Number(*found) for found in page.rows], *page[1:])

    async def join(self, sid: str, service_sid: str, reserved: bool, now: int) -> bool:
        """Puts it into a pool; false when it is in one already."""
        return await self._x.run("pool_join", sid, service_sid, int(reserved), now) > 0

    async def leave(self, sid: str) -> None:
        """Takes it, which no active session uses any more, out of its pool."""
        await self._x.run("affinity_forget_number", sid)
        await self._x.run("pool_leave", sid)

    async def reserve(self, sid: str, reserved: bool, now: int) -> None:
        """Sets whether the allocator leaves it alone."""
        await self._x.run("pool_reserve", sid, int(reserved), now)

    async def count(self, service_sid: str, reserved: bool) -> int:
        """How many reserved, or unreserved, numbers the pool has."""
        found = await self._x.one("pool_count", service_sid, int(reserved))
        return int(found[0]) if found else 0

    async def use(self, sid: str, change: int) -> None:
        """Counts an active session more (1) or less (-1) on the number."""
        await self._x.run("pool_use", sid, change)

    async def pool_has(
        self, service_sid: str, dial_class: str = "", area_code: str = "", reach: int = 0
    ) -> bool:
        """Whether the pool has a number, reserved or not, that fits what is given."""
        if not dial_class:
            return await self._x.one("pool_has_reach", service_sid, reach) is not None
        found = await self._x.one("pool_has_area", service_sid, dial_class, area_code, reach)
        return found is not None

    async def pool_has_unreserved(
        self, service_sid: str, dial_class: str, area_code: str, reach: int
    ) -> bool:
        """The same among the numbers that are not reserved."""
        found = await self._x.one("pool_has_unreserved", service_sid, dial_class, area_code, reach)
        return found is not None


def _hooks(text: str | None) -> NumberHooks:
    return NumberHooks() if text is None else msgspec.json.decode(text, type=NumberHooks)
