"""An overview of an installation, for the doctor: counted over whole tables, not for traffic."""

from __future__ import annotations

import msgspec

from maskline.model.carrier import CarrierAccount
from maskline.store.repositories.base import Repository


class PoolUse(msgspec.Struct, frozen=True):
    """A Service's numbers of one dialling class (null: it has none): all of them, those that are
    not reserved, and how many of those its busiest person is using."""

    service_sid: str
    service_name: str
    dial_class: str | None
    total: int
    unreserved: int
    busiest: int


class Overview(Repository):
    """What there is, and how it is doing."""

    __slots__ = ()

    async def accounts(self) -> dict[str, int]:
        """How many accounts have each status."""
        found = await self._x.all("overview_accounts")
        return {str(status): int(count) for status, count in found}

    async def newest(self) -> int | None:
        """When the latest change was made, in ms."""
        found = await self._x.one("overview_newest")
        return None if found is None or found[0] is None else int(found[0])

    async def pools(self) -> list[PoolUse]:
        """Every Service's pool, by dialling class."""
        return await self._all(PoolUse, "overview_pools")

    async def diverted(self) -> list[tuple[str, str, str, int]]:
        """Services' names with Messaging Services, by SID and name, that take messages to their
        numbers, and how many numbers those are."""
        return [(a, b, c, int(count)) for a, b, c, count in await self._x.all("overview_diverted")]

    async def callbacks(self) -> list[tuple[str, str, list[str]]]:
        """SID, name and callback URLs of every Service, and of every account with a debugger."""
        found = await self._x.all("overview_callbacks")
        return [(sid, name, [url for url in urls if url]) for sid, name, *urls in found]

    async def given_up(self, limit: int) -> list[tuple[str, str, int]]:
        """Kinds and last errors of jobs that were given up, and how many; the most first."""
        found = await self._x.all("overview_given_up", limit)
        return [(str(kind), str(error), int(count)) for kind, error, count in found]

    async def waiting(self) -> int:
        """How many jobs wait."""
        found = await self._x.one("outbox_count", "pending")
        return int(found[0]) if found else 0

    async def carriers(self) -> list[CarrierAccount]:
        """All accounts at carriers."""
        return await self._all(CarrierAccount, "carrier_all")

    async def numbers_of_carriers(self) -> dict[str, int]:
        """How many numbers are reached by each carrier."""
        return {str(name): int(count) for name, count in await self._x.all("overview_carriers")}
