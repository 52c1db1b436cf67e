"""What an SMPP carrier keeps beyond the process: the parts of long messages, which receipts name
one by one; and who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from maskline.model.parts import Parts


class SentPart(msgspec.Struct, frozen=True):
    """A part of an outbound message: number `part` of `total`, known to the SMSC by
    `provider_id`."""

    carrier: str
    provider_id: str
    message_sid: str
    recipient: str
    part: int
    total: int
    status: str
    error_code: int | None
    date_created: int


class Ledger(Parts, Protocol):
    """The server's store, as this carrier sees it. What changes something returns after that is
    durable. Everything raises the contract's HostUnavailable when it could not be done."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it at the same time."""

    async def add_sent(self, parts: Sequence[SentPart]) -> None:
        """Adds the parts of a message that the SMSC took."""

    async def sent(self, carrier: str, ids: Sequence[str]) -> list[SentPart]:
        """What the SMSC knows by these ids, in their order: a message that went out in one piece is
        part 1 of 1. The latest, where an SMSC gave an id twice."""

    async def settle(
        self, carrier: str, provider_id: str, status: str, error_code: int | None
    ) -> list[SentPart]:
        """Writes what became of a part, unless that was final, and returns all of its message."""

    async def seen(self, carrier: str, mark: str, since: int, before: int) -> bool:
        """Whether an inbound message whose id is `mark`, "-" and more was taken in then (ms)."""

    async def forget_sent(self, carrier: str, before: int) -> None:
        """Forgets outbound parts of before then (ms)."""
