"""What an SMPP carrier keeps beyond the process: parts of long messages, both ways."""

from __future__ import annotations

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
