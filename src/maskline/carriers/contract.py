"""What a carrier must offer, and what the server offers to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from maskline.model.traffic import (
    CallEvent,
    InboundCall,
    InboundMessage,
    Intake,
    LegReport,
    OutboundMessage,
    SendResult,
)
from maskline.voice.instructions import Response


class CallAnswer(msgspec.Struct, frozen=True):
    """What to do with a call: `call_sid` is our name for the inbound leg, `dialled_sid` for the leg
    that the response's Dial rings, null when it dials nobody of ours. A Dial that has such a name
    ends the call."""

    call_sid: str
    response: Response
    dialled_sid: str | None


class Host(Protocol):
    """The server, as carriers see it. Each call returns after its effect is durable, and raises
    `HostUnavailable` when nothing was stored: the carrier's peer is then to try again."""

    async def message(self, message: InboundMessage) -> Intake:
        """Takes in a message."""

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        """Takes in what became of messages that were sent."""

    async def call(self, call: InboundCall) -> CallAnswer | None:
        """Takes in a call; null when no account owns the number."""

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        """Records a leg that a call's instructions dial and that `call` did not name: its SID, or
        null when it must not be dialled."""

    async def call_events(self, events: Sequence[CallEvent]) -> None:
        """Takes in what became of legs, in order; one moment's events belong into one call."""


class HostUnavailable(Exception):
    """The server can't store anything now."""


class Carrier(Protocol):
    """A way to phones."""

    @property
    def name(self) -> str:
        """The name that numbers carry, for example `simulator`."""

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. Never raises for what the carrier answers or fails to answer.

        A message that is handed over again with the same `reference` must reach the phone once,
        where the carrier can tell.
        """

    async def start(self, host: Host) -> None:
        """Begins to take traffic in."""

    async def close(self) -> None:
        """Ends what is under way and lets go of all connections."""
