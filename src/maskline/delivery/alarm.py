"""An alarm: rest until news comes, or for so long."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

#: Seconds in which more news gathers.
_GATHER: Final = 0.01


class Alarm:
    """Wakes the one who rests."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is news."""
        self._rung.set()

    async def rest(self, seconds: float) -> None:
        """Until there is news, also such as came before, but for no longer than that."""
        # Not wait_for: before Python 3.12 it drops a cancellation that comes with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
            await asyncio.sleep(_GATHER)
        self._rung.clear()
