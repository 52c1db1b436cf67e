"""Parts of long messages on their way in, where a carrier brings them one by one; and who keeps
them."""

from __future__ import annotations

from typing import Protocol

import msgspec


class PartGroup(msgspec.Struct, frozen=True):
    """What the parts of one message share."""

    carrier: str
    sender: str
    number: str
    reference: int
    total: int


class MessagePart(msgspec.Struct, frozen=True):
    """Part `part` (from 1) of the `total` that share a `reference`. `fingerprint` tells one part
    from another under the same number, `is_done` (0 or 1) those whose message was taken in.
    `coding` says how `octets` are read, in the carrier's own terms."""

    carrier: str
    sender: str
    number: str
    reference: int
    total: int
    part: int
    fingerprint: str
    coding: int
    octets: bytes
    is_done: int
    date_created: int

    @property
    def group(self) -> PartGroup:
        """The message that it belongs to."""
        return PartGroup(self.carrier, self.sender, self.number, self.reference, self.total)


class Parts(Protocol):
    """The server's store, as a carrier that puts messages together sees it. What changes something
    returns after that is durable. Everything raises the contract's HostUnavailable when it could
    not be done."""

    async def keep(self, part: MessagePart) -> list[MessagePart]:
        """Keeps a part, unless there is one under its number; then all of its group, in order."""

    async def finish(self, group: PartGroup) -> None:
        """The group's message, or what there was of it, was taken in."""

    async def drop(self, group: PartGroup) -> None:
        """Forgets a group, because its reference is used anew."""

    async def unfinished(self, carrier: str, before: int) -> list[list[MessagePart]]:
        """Groups with parts that are not done, which are complete or began to wait before then
        (ms), each whole and in order; none where another process sees to them."""

    async def forget(self, carrier: str, before: int) -> None:
        """Forgets the parts that were done and came before then (ms)."""
