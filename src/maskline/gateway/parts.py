"""The store as carriers see it that put long messages together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from maskline.carriers.contract import HostUnavailable
from maskline.model.parts import MessagePart, PartGroup
from maskline.store.contract import Store, StoreUnavailable, Transaction

T = TypeVar("T")

Use = Callable[[Transaction], Awaitable[T]]


class StoreParts:
    """Keeps parts beyond the process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, part: MessagePart) -> list[MessagePart]:
        """Keeps a part; then all of its group."""
        await self._write(lambda tx: tx.message_parts.add(part))
        # In a transaction of its own: of two processes that keep the last two parts at once, each
        # would miss the other's, and neither would see that the message is complete.
        return await self._read(lambda tx: tx.message_parts.group(part.group))

    async def finish(self, group: PartGroup) -> None:
        """The group's message was taken in."""
        await self._write(lambda tx: tx.message_parts.finish(group))

    async def drop(self, group: PartGroup) -> None:
        """Forgets a group."""
        await self._write(lambda tx: tx.message_parts.drop(group))

    async def unfinished(self, carrier: str, before: int) -> list[list[MessagePart]]:
        """Groups that somebody has to see to; one process of all does."""
        if not self._store.leads:
            return []
        return await self._read(lambda tx: tx.message_parts.unfinished(carrier, before))

    async def forget(self, carrier: str, before: int) -> None:
        """Forgets what was done before then."""
        if self._store.leads:
            await self._write(lambda tx: tx.message_parts.expire(carrier, before))

    async def _write(self, use: Use[T]) -> T:
        return await self._with(self._store.transact, use)

    async def _read(self, use: Use[T]) -> T:
        return await self._with(self._store.read, use)

    async def _with(self, run: Callable[[Use[T]], Awaitable[T]], use: Use[T]) -> T:
        try:
            return await run(use)
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error
