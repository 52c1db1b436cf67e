"""A process that sends from two numbers as fast as it may: `python -m tests.support.pacing_process
URL SECONDS`. It prints, as one JSON list, the number and the time (s) of each segment."""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec

from maskline.delivery.pacer import Pacer
from maskline.messaging.buckets import SECOND, Rate
from maskline.messaging.pacing import Pace
from maskline.model.clock import system_clock
from maskline.settings import PostgresSettings
from maskline.store.postgres import PostgresStore

RATE, WHOLE, BURST = 40.0, 50.0, 4


async def main(url: str, seconds: float) -> None:
    store = PostgresStore(url, PostgresSettings())
    await store.open()
    pacer = Pacer(store, system_clock)
    sent: list[tuple[str, float]] = []
    end = time.monotonic() + seconds

    async def send(number: str) -> None:
        buckets = (Rate(number, RATE, BURST), Rate("carrier:x", WHOLE, BURST))
        pace = Pace("x", buckets, 1, 1 << 60, 1 << 60)
        while time.monotonic() < end:
            turn = await pacer.take(pace)
            if turn.wait:
                await asyncio.sleep(turn.wait / SECOND)
            else:
                sent.append((number, time.time()))

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    end = time.monotonic() + seconds
    await asyncio.gather(*(send(number) for number in ("a", "b", "a", "b")))
    await store.close()
    sys.stdout.write(msgspec.json.encode(sent).decode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
