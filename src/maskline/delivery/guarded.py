"""Sends by a carrier, timed, and held while it is not well."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Final

from maskline.carriers.contract import Carrier, Host
from maskline.carriers.health import Breaker, is_trouble
from maskline.model.clock import Clock
from maskline.model.meter import Meter
from maskline.model.traffic import OutboundMessage, Refused, SendResult

log = logging.getLogger(__name__)

#: Held, it takes part in the schedule like an attempt: nobody waits for a time-out in between.
_HELD: Final = Refused(20503, retry=True)


class Guarded:
    """A carrier behind its breaker."""

    def __init__(self, carrier: Carrier, breaker: Breaker, clock: Clock, meter: Meter) -> None:
        self.name = carrier.name
        self.carrier = carrier
        self._breaker = breaker
        self._clock = clock
        self._meter = meter

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message, unless the carrier is not well."""
        breaker = self._breaker
        if not breaker.allows(self._clock()):
            self._meter.carrier_held[self.name,] += 1
            return _HELD
        began = perf_counter()
        trouble = True
        try:
            result = await self.carrier.send(message)
            trouble = is_trouble(result)
        finally:
            # One that was cut off has come to nothing either.
            self._note(trouble)
        self._meter.carrier_seconds[self.name,].add(perf_counter() - began)
        return result

    def _note(self, trouble: bool) -> None:
        before = self._breaker.is_open
        self._breaker.note(trouble, self._clock())
        after = self._breaker.is_open
        if before != after:
            self._meter.carrier_turns[self.name, "open" if after else "closed"] += 1
            if after:
                log.error("the carrier %s is not well: messages by it are held", self.name)
            else:
                log.warning("the carrier %s is well again", self.name)

    def unwell_for(self, now: int) -> int:
        """For how long (ms) it has not been well; 0 when it is."""
        since = self._breaker.open_since
        return 0 if since is None else max(1, now - since)

    async def start(self, host: Host) -> None:
        """Begins to take traffic in."""
        await self.carrier.start(host)

    async def close(self) -> None:
        """Ends what is under way."""
        await self.carrier.close()
