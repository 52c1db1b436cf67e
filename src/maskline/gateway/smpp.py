"""The store as SMPP carriers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from maskline.carriers.contract import HostUnavailable
from maskline.model.smpp import SentPart, SmppGroup, SmppPart
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.store.repositories.smpp import SmppParts

T = TypeVar("T")

Use = Callable[[SmppParts], Awaitable[T]]


class SmppLedger:
    """Keeps what SMPP carriers need beyond the process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it."""
        return self._store.shared

    async def keep(self, part: SmppPart) -> list[SmppPart]:
        """Keeps a part; then all of its group."""
        await self._write(lambda parts: parts.add(part))
        # In a transaction of its own: of two processes that keep the last two parts at once, each
        # would miss the other's, and neither would see that the message is complete.
        return await self._read(lambda parts: parts.group(part.group))

    async def finish(self, group: SmppGroup) -> None:
        """The group's message was taken in."""
        await self._write(lambda parts: parts.finish(group))

    async def drop(self, group: SmppGroup) -> None:
        """Forgets a group."""
        await self._write(lambda parts: parts.drop(group))

    async def unfinished(self, carrier: str, before: int) -> list[list[SmppPart]]:
        """Groups that somebody has to see to; one process of all does."""
        if not self._store.leads:
            return []
        return await self._read(lambda parts: parts.unfinished(carrier, before))

    async def add_sent(self, parts: Sequence[SentPart]) -> None:
        """Adds the parts of a message that the SMSC took."""
        await self._write(lambda kept: kept.add_sent(parts))

    async def sent(self, carrier: str, ids: Sequence[str]) -> list[SentPart]:
        """What the SMSC knows by these ids."""
        return await self._read(lambda parts: parts.sent(carrier, ids))

    async def settle(
        self, carrier: str, provider_id: str, status: str, error_code: int | None
    ) -> list[SentPart]:
        """Writes what became of a part, and returns all of its message."""
        return await self._write(
            lambda parts: parts.settle(carrier, provider_id, status, error_code)
        )

    async def seen(self, carrier: str, mark: str, since: int, before: int) -> bool:
        """Whether such a message was taken in then."""
        return await self._read(lambda parts: parts.seen(carrier, mark, since, before))

    async def expire(self, carrier: str, parts_before: int, sent_before: int) -> None:
        """Forgets what was done before those moments."""
        if self._store.leads:
            await self._write(lambda parts: parts.expire(carrier, parts_before, sent_before))

    async def _write(self, use: Use[T]) -> T:
        return await self._with(self._store.transact, use)

    async def _read(self, use: Use[T]) -> T:
        return await self._with(self._store.read, use)

    async def _with(
        self, run: Callable[[Callable[[Transaction], Awaitable[T]]], Awaitable[T]], use: Use[T]
    ) -> T:
        try:
            return await run(lambda tx: use(tx.smpp_parts))
        except StoreUnavailable as error:
            raise HostUnavailable(str(error)) from error
