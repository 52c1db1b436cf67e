"""The store as SMPP carriers see it."""

from __future__ import annotations

from collections.abc import Sequence

from maskline.gateway.parts import StoreParts
from maskline.model.smpp import SentPart
from maskline.store.contract import Store


class SmppLedger(StoreParts):
    """Keeps what SMPP carriers need beyond the process. `shared`: others are at work on the store,
    whatever it says itself."""

    def __init__(self, store: Store, *, shared: bool = False) -> None:
        super().__init__(store)
        self._is_shared = shared or store.shared

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it."""
        return self._is_shared

    async def add_sent(self, parts: Sequence[SentPart]) -> None:
        """Adds the parts of a message that the SMSC took."""
        await self._write(lambda tx: tx.smpp_sent.add(parts))

    async def sent(self, carrier: str, ids: Sequence[str]) -> list[SentPart]:
        """What the SMSC knows by these ids."""
        return await self._read(lambda tx: tx.smpp_sent.find(carrier, ids))

    async def settle(
        self, carrier: str, provider_id: str, status: str, error_code: int | None
    ) -> list[SentPart]:
        """Writes what became of a part, and returns all of its message."""
        return await self._write(
            lambda tx: tx.smpp_sent.settle(carrier, provider_id, status, error_code)
        )

    async def seen(self, carrier: str, mark: str, since: int, before: int) -> bool:
        """Whether such a message was taken in then."""
        return await self._read(lambda tx: tx.smpp_sent.seen(carrier, mark, since, before))

    async def forget_sent(self, carrier: str, before: int) -> None:
        """Forgets outbound parts of before then."""
        if self._store.leads:
            await self._write(lambda tx: tx.smpp_sent.expire(carrier, before))
