"""Paced jobs for tests of the delivery engine: "sender>person:place", sent at the sender's rate."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

from maskline.delivery.pacer import Pacer
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.messaging.buckets import Rate, Turn
from maskline.messaging.pacing import Pace
from maskline.model.job import Job


class PacedWork:
    """A handler of paced jobs that notes what it sent and when, in seconds."""

    delays: Sequence[float] = (0.02,) * 50

    def __init__(
        self, rate: float, burst: int = 1, *, whole: float = 0.0, patience: int = 36_000_000
    ) -> None:
        self.pacer: Pacer
        self.sent: list[tuple[float, str]] = []
        self.overflowed: list[str] = []
        self.asked = 0
        self.takes = 0.0
        self.fails = 0.0
        self.valid = 36_000_000
        self._rate = rate
        self._burst = burst
        self._whole = whole
        self._patience = patience
        self._chance = random.Random(7)

    def decode(self, payload: bytes) -> str:
        return payload.decode()

    def lane(self, job: Job, payload: str) -> str:
        return "carrier"

    def pace(self, job: Job, payload: str) -> Pace | None:
        own = Rate(f"number:x:{payload.partition('>')[0]}", self._rate, self._burst)
        whole = (Rate("carrier:x", self._whole, self._burst),) if self._whole else ()
        return Pace("x", (own, *whole), 1, job.date_created + self.valid, self._patience)

    async def ask(self, pace: Pace) -> Turn:
        self.asked += 1
        return await self.pacer.take(pace)

    async def give_back(self, pace: Pace, booked: int) -> None:
        await self.pacer.give_back(pace, booked)

    async def overflow(self, job: Job, payload: str, *, spent: bool) -> Result:
        self.overflowed.append(payload)
        return Finished()

    async def run(self, job: Job, payload: str) -> Result:
        at = time.monotonic()
        if self.takes:
            await asyncio.sleep(self._chance.uniform(0, self.takes))
        if self._chance.random() < self.fails:
            return Retry("busy")
        self.sent.append((at, payload))
        return Finished()

    async def exhausted(self, job: Job, payload: str, error: str) -> Result:
        return GiveUp(error)

    def wrong(self) -> list[str]:
        """Who was overtaken."""
        last: dict[str, int] = {}
        wrong = []
        for _, payload in self.sent:
            key, _, place = payload.rpartition(":")
            if int(place) != last.get(key, -1) + 1:
                wrong.append(f"{payload} after {last.get(key)}")
            last[key] = int(place)
        return wrong

    def fastest(self, sender: str = "", count: int = 10) -> float:
        """The highest rate of a sender's over so many messages, beyond its burst."""
        times = [at for at, payload in self.sent if payload.startswith(sender)]
        spans = zip(times, times[count:], strict=False)
        return max((count - self._burst + 1) / max(1e-9, end - begin) for begin, end in spans)
