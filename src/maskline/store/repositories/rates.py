"""What requests each process let pass, for the others to count."""

from __future__ import annotations

from maskline.store.repositories.base import Repository


class Rates(Repository):
    """One row per process."""

    __slots__ = ()

    async def put(self, process: str, taken: bytes, now: int) -> None:
        """Writes what a process let pass, in place of what it wrote before."""
        await self._x.run("rate_put", process, taken, now)

    async def others(self, process: str, since: int) -> list[bytes]:
        """What the others wrote after `since` (ms)."""
        found = await self._x.all("rate_others", process, since)
        return [bytes(taken) for (taken,) in found]

    async def expire(self, since: int) -> None:
        """Removes what was written up to `since` (ms), by processes that may have gone."""
        await self._x.run("rate_expire", since)
