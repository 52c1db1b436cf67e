"""The store as simulated handsets see it."""

from __future__ import annotations

from maskline.model.console import Picture
from maskline.model.handset import HandsetMessage
from maskline.store.contract import Store


class StoreLedger:
    """The simulated handsets' ledger, in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, messages: list[HandsetMessage]) -> None:
        """Adds what handsets sent or received, durably."""
        await self._store.transact(lambda tx: tx.handsets.add_many(messages))

    async def page(self, handset: str, after: str, limit: int) -> list[HandsetMessage]:
        """A handset's messages in order."""
        return await self._store.read(lambda tx: tx.handsets.page(handset, after, limit))

    async def picture(self, sid: str) -> Picture | None:
        """A picture in a message."""
        return await self._store.read(lambda tx: tx.handsets.picture(sid))
