"""Where handsets keep what they sent and received."""

from __future__ import annotations

from typing import Protocol

from maskline.model.handset import HandsetMessage


class Ledger(Protocol):
    """The handsets' messages, kept beyond the process."""

    async def add(self, messages: list[HandsetMessage]) -> None:
        """Returns after all are durable; one whose reference the handset has already is left out.
        What it raises means that none was kept."""

    async def page(self, handset: str, after: str, limit: int) -> list[HandsetMessage]:
        """A handset's messages in order, those that follow the SID `after` ("": from the first)."""
