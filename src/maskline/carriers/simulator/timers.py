"""Time as the simulator waits for it, so that a test can make it pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Handle(Protocol):
    """Something that is going to happen."""

    def cancel(self) -> None:
        """It does not happen; nothing when it did already."""


class Timers(Protocol):
    """A monotonic clock in seconds, and what happens at its times."""

    def time(self) -> float:
        """Now."""

    def call_later(self, delay: float, callback: Callable[[], object]) -> Handle:
        """Calls `callback` on the loop after `delay` seconds."""


class LoopTimers:
    """The running event loop's clock."""

    def time(self) -> float:
        """Now."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[[], object]) -> Handle:
        """Calls `callback` on the loop after `delay` seconds."""
        return asyncio.get_running_loop().call_later(delay, callback)


def wake(future: asyncio.Future[None]) -> None:
    """Lets the one who waits go on, unless that happened already."""
    if not future.done():
        future.set_result(None)


async def wait_for(timers: Timers, future: asyncio.Future[None], seconds: float) -> None:
    """Returns when `future` is woken or the time is over."""
    handle = timers.call_later(seconds, lambda: wake(future))
    try:
        await future
    finally:
        handle.cancel()
