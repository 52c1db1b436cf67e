"""Buckets that messages are counted in, and their queues. All times in microseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from maskline.model.pace import Level
from maskline.store.repositories.base import Repository

_JSON: Final = msgspec.json.Encoder()


class Paces(Repository):
    """One row per bucket that is not full, or has a queue."""

    __slots__ = ()

    async def hold(self, names: Sequence[str], now: int) -> tuple[dict[str, Level], int]:
        """The buckets of those names, which nobody else changes in this transaction, and the time
        by which they are to be counted: the database's own where processes share it, else `now`."""
        rows = await self._held(names)
        levels = {name: Level(name, at, used) for name, at, used, *_ in rows if at}
        if self._x.shared and rows:
            now = int(rows[-1][-1])
        return levels, now

    async def take_many(self, levels: Sequence[Level]) -> None:
        """Writes held buckets."""
        await self._x.run_many("pace_take", ((one.name, one.at, one.used) for one in levels))

    async def queues(self, names: Sequence[str]) -> dict[str, int]:
        """How far the queues of those buckets reach, which nobody else changes meanwhile."""
        return {name: end for name, _, _, end, *_ in await self._held(names) if end}

    async def queues_now(self, names: Sequence[str]) -> dict[str, int]:
        """The same, for a look that holds nobody up."""
        rows = await self._x.all("paces_seen", _JSON.encode(names).decode())
        return {str(name): int(end) for name, end in rows}

    async def set_queues(self, ends: Mapping[str, int]) -> None:
        """Writes how far held queues reach."""
        await self._x.run_many("pace_queue", sorted(ends.items()))

    async def peek(self, name: str) -> Level | None:
        """A bucket, for a look that holds nobody up."""
        found = await self._x.one("pace_seen", name)
        return None if found is None else Level(name, int(found[0]), int(found[1]))

    async def queued(self, now: int, limit: int) -> list[tuple[str, int]]:
        """The buckets whose queue reaches beyond `now`, and how far, the longest first."""
        return [(name, end) for name, end in await self._x.all("paces_queued", now, limit)]

    async def expire(self, now: int, limit: int) -> int:
        """Removes buckets that are full and have no queue; how many."""
        return await self._x.run("paces_expire", now, limit)

    async def _held(self, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        wanted = sorted(set(names))
        rows = await self._rows(wanted)
        if len(rows) < len(wanted):
            known = {row[0] for row in rows}
            new = [(name, 0, 0, 0) for name in wanted if name not in known]
            await self._x.add_many("paces_begin", new)
            rows = await self._rows(wanted)
        return rows

    async def _rows(self, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        return await self._x.all("paces_held", _JSON.encode(names).decode())
