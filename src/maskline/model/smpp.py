"""What an SMPP carrier keeps beyond the process: parts of long messages, both ways; and who keeps
it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class SmppGroup(msgspec.Struct, frozen=True):
    """What the parts of one inbound message share."""

    carrier: str
    sender: str
    number: str
    reference: int
    total: int


class SmppPart(msgspec.Struct, frozen=True):
    """A part of an inbound message that waits for the others. `fingerprint` tells one part from
    another under the same number, `is_done` (0 or 1) those whose message was taken in."""

    carrier: str
    sender: str
    number: str
    reference: int
    total: int
    part: int
    fingerprint: str
    data_coding: int
    octets: bytes
    is_done: int
    date_created: int

    @property
    def group(self) -> SmppGroup:
        """The message that it belongs to."""
        return SmppGroup(self.carrier, self.sender, self.number, self.reference, self.total)


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


class Ledger(Protocol):
    """The server's store, as this carrier sees it. What changes something returns after that is
    durable. Everything raises the contract's HostUnavailable when it could not be done."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it at the same time."""

    async def keep(self, part: SmppPart) -> list[SmppPart]:
        """Keeps a part, unless there is one under its number; then all of its group, in order."""

    async def finish(self, group: SmppGroup) -> None:
        """The group's message, or what there was of it, was taken in."""

    async def drop(self, group: SmppGroup) -> None:
        """Forgets a group, because its reference is used anew."""

    async def unfinished(self, carrier: str, before: int) -> list[list[SmppPart]]:
        """Groups with parts that are not done, which are complete or began to wait before then
        (ms), each whole and in order; none where another process sees to them."""

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

    async def expire(self, carrier: str, parts_before: int, sent_before: int) -> None:
        """Forgets what was done before those moments (ms)."""
