"""What all parts of the make-believe network share, and how they reach the server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from maskline.carriers.contract import Host, HostUnavailable
from maskline.carriers.simulator.behaviour import Behaviours
from maskline.carriers.simulator.feed import Feed
from maskline.carriers.simulator.limits import Limits, Pace
from maskline.carriers.simulator.phones import Phones
from maskline.carriers.simulator.timers import Timers, wait_for, wake
from maskline.model.clock import Clock

log = logging.getLogger(__name__)

NAME: Final = "simulator"

#: Prefixes of what the network itself names: calls on handsets, and what it carries.
HANDSET_CALL: Final = "HC"
CARRIED_MESSAGE: Final = "PM"
CARRIED_CALL: Final = "PC"

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_MISTAKES: Final = 3


class Sids(Protocol):
    """Makes identifiers that are ordered in time."""

    def new(self, prefix: str) -> str:
        """A new one."""


class Network:
    """The shared parts. From `shut` on nothing is tried a second time."""

    def __init__(
        self,
        *,
        clock: Clock,
        sids: Sids,
        timers: Timers,
        limits: Limits,
        pace: Pace,
        behaviours: Behaviours,
    ) -> None:
        self.clock = clock
        self.sids = sids
        self.timers = timers
        self.limits = limits
        self.pace = pace
        self.behaviours = behaviours
        self.phones = Phones(clock, limits.handsets)
        self.feed = Feed(clock, timers, limits.events, limits.subscribers)
        self.closed = False
        self._host: Host | None = None
        self._pausing: set[asyncio.Future[None]] = set()

    @property
    def host(self) -> Host:
        """The server. Raises HostUnavailable before the start."""
        if self._host is None:
            raise HostUnavailable("the simulator was not started")
        return self._host

    def open(self, host: Host) -> None:
        """Connects the network to the server."""
        self._host = host

    def shut(self) -> None:
        """Ends all pauses: what is tried again is tried for the last time."""
        self.closed = True
        for future in self._pausing:
            wake(future)

    async def pause(self, seconds: float) -> None:
        """Waits, but not beyond `shut`."""
        if self.closed:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pausing.add(future)
        try:
            await wait_for(self.timers, future, seconds)
        finally:
            self._pausing.discard(future)

    async def tell(self, tell: Callable[[Host], Awaitable[None]]) -> bool:
        """Tells the server something until it has stored it; whether it has.

        An unavailable server is tried again for as long as the network is open.
        """
        pause = _FIRST_PAUSE
        mistakes = 0
        while True:
            try:
                await tell(self.host)
            except HostUnavailable:
                reason = "unavailable"
            except Exception as error:
                reason = type(error).__name__
                mistakes += 1
            else:
                return True
            if self.closed or mistakes >= _MISTAKES:
                log.error("the server did not take what the simulator reports: %s", reason)
                return False
            await self.pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
