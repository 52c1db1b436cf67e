"""What has been done outside is written down, however long the database is away: done once more
because nobody wrote it down, a message would reach its person twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from maskline.store.contract import StoreUnavailable

T = TypeVar("T")

#: Seconds before the database is asked again after it was not there.
PAUSE: Final = 1.0


async def insist(write: Callable[[], Awaitable[T]]) -> T:
    """Has `write` done, again and again while the database can't be reached."""
    while True:
        try:
            return await write()
        except StoreUnavailable:
            await asyncio.sleep(PAUSE)
