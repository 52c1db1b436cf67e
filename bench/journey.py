"""Journeys: messages from their way in to the callback that tells of their last state.

Each text holds a mark, `m` and nine digits, by which its callback is known.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bench.load import PATIENCE, Connection, Load, Pool, fail, quiet
from bench.receiver import Receiver

_MARK: Final = re.compile(rb"m[0-9]{9}")
#: A callback of a message's last state holds one of these.
SENT: Final = b"outboundResourceStatus=sent"
DELIVERED: Final = b"outboundResourceStatus=delivered"


class Journeys:
    """Sends messages and waits for their last callbacks.

    Give `run` a `window` (messages under way at once, each that ends lets the next one start) or a
    `rate` (messages per second, whatever becomes of them).
    """

    def __init__(self, pool: Pool, receiver: Receiver, last: bytes, expect: int) -> None:
        self._pool = pool
        self._receiver = receiver
        self._last = last
        self._expect = expect
        #: The last round, timed up to the answers instead.
        self.answers = Load(0, 1.0, [], 0.0)
        #: Seconds of each journey of the round under way that has ended, and up to its answer.
        self.so_far: tuple[list[float], list[float]] = ([], [])

    async def run(
        self,
        requests: Iterable[bytes],
        seconds: float,
        *,
        window: int | None = None,
        rate: float | None = None,
    ) -> Load:
        """`Load.elapsed` ends with the last callback; latencies are from sending a message to its
        last callback. `late` is how many found no free connection."""
        latencies: list[float] = []
        answers: list[float] = []
        self.so_far = (latencies, answers)
        under_way: dict[bytes, float] = {}
        free: deque[Connection] = deque()
        waiting: deque[tuple[bytes, float]] = deque()
        source = iter(requests)
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        moved = asyncio.Event()
        clock = time.perf_counter
        late = 0

        def start(request: bytes) -> None:
            nonlocal late
            mark = _MARK.search(request)
            assert mark is not None
            under_way[mark.group()] = now = clock()
            if free:
                free.popleft().send(request)
            else:
                late += 1
                waiting.append((request, now))

        def answered(connection: Connection) -> None:
            if connection.lost or connection.status != self._expect:
                fail(over, connection)
                moved.set()
                return
            answers.append(clock() - connection.sent_at)
            if waiting:
                request, due = waiting.popleft()
                connection.send(request)
                connection.sent_at = due
            else:
                free.append(connection)

        def told(body: bytes) -> None:
            if self._last not in body:
                return
            mark = _MARK.search(body)
            began = under_way.pop(mark.group(), None) if mark is not None else None
            if began is None:
                return
            now = clock()
            latencies.append(now - began)
            if window is not None and now < deadline:
                request = next(source, None)
                if request is not None:
                    start(request)
            if not under_way:
                moved.set()

        async with self._pool.open(answered) as connections:
            free.extend(connections)
            self._receiver.told = told
            try:
                with quiet():
                    busy = time.process_time()
                    began = clock()
                    deadline = began + seconds
                    for request in [next(source) for _ in range(window or 0)]:
                        start(request)
                    if rate is not None:
                        await _pace(start, source, int(rate * seconds), rate, over)
                    while under_way and not over.done():
                        moved.clear()
                        await asyncio.wait_for(moved.wait(), seconds + PATIENCE)
                    if over.done():
                        over.result()
                    elapsed = clock() - began
                    busy = time.process_time() - busy
            finally:
                self._receiver.told = lambda body: None
        self.answers = Load(len(answers), elapsed, answers, busy / elapsed, late)
        return Load(len(latencies), elapsed, latencies, busy / elapsed, late)


async def _pace(
    start: Callable[[bytes], None],
    requests: Iterator[bytes],
    total: int,
    rate: float,
    over: asyncio.Future[None],
) -> None:
    clock = time.perf_counter
    began = clock()
    sent = 0
    while sent < total and not over.done():
        due = min(total, int((clock() - began) * rate) + 1)
        while sent < due:
            start(next(requests))
            sent += 1
        await asyncio.sleep(max(0.0, began + sent / rate - clock()))
