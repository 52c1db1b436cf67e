"""The load generator: keep-alive connections that send prepared requests and time the answers.

It does as little as it can per request (a write, a parse in C, two readings of the clock), so that
it is not what is measured; `Load.busy` is the share of its core that it took.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import httptools
import msgspec

from bench.figures import percentile

#: An answer that takes longer ends the run.
PATIENCE = 30.0


class LoadError(Exception):
    """The server answered with something else than was expected, or not at all."""


class Load(msgspec.Struct):
    """What one round gave. `latencies` are seconds, `busy` the generator's share of its core."""

    count: int
    elapsed: float
    latencies: list[float]
    busy: float
    late: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.count / self.elapsed

    def ms(self, share: float) -> float:
        """A percentile of the latencies, in ms."""
        return percentile(self.latencies, share) * 1000


class Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, answered: Callable[[Connection], None]) -> None:
        self._answered = answered
        self._parser = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport | None = None
        self.sent_at = 0.0
        self.status = 0
        self.body = b""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self._answered(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def send(self, request: bytes) -> None:
        """Sends one request."""
        self.body = b""
        self.sent_at = time.perf_counter()
        self.transport.write(request)  # type: ignore[union-attr]

    def close(self) -> None:
        """Disconnects; nobody is told."""
        self._answered = lambda _: None
        self.transport.close()  # type: ignore[union-attr]

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self.body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code()
        self._answered(self)


class Pool:
    """Connections to one port, or in turn to several. Each round has new ones: a server closes
    those that were idle."""

    def __init__(self, ports: int | Sequence[int], size: int) -> None:
        self._ports = [ports] if isinstance(ports, int) else list(ports)
        self._size = size

    async def one(self, request: bytes) -> tuple[int, bytes]:
        """One request alone: its status and body."""
        answered: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()

        def done(connection: Connection) -> None:
            if not answered.done():
                answered.set_result(connection)

        async with self.open(done, 1) as (connection,):
            connection.send(request)
            await asyncio.wait_for(answered, PATIENCE)
            return connection.status, connection.body

    @asynccontextmanager
    async def open(
        self, answered: Callable[[Connection], None], size: int | None = None
    ) -> AsyncIterator[list[Connection]]:
        """New connections, as many as the pool's size says; `answered` gets each answer's."""
        loop = asyncio.get_running_loop()
        connections = []
        for place in range(self._size if size is None else size):
            _, connection = await loop.create_connection(
                lambda: Connection(answered), "127.0.0.1", self._ports[place % len(self._ports)]
            )
            connections.append(connection)
        try:
            yield connections
        finally:
            for connection in connections:
                connection.close()

    async def closed(self, requests: Sequence[bytes], seconds: float, expect: int = 200) -> Load:
        """A closed loop: each connection sends its next request when it has its answer, until the
        time is over or the requests are used up."""
        latencies: list[float] = []
        source = iter(requests)
        under_way = 0
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        clock = time.perf_counter

        def answered(connection: Connection) -> None:
            nonlocal under_way
            now = clock()
            if connection.lost or connection.status != expect:
                fail(over, connection)
                return
            latencies.append(now - connection.sent_at)
            request = next(source, None) if now < deadline else None
            if request is not None:
                connection.send(request)
                return
            under_way -= 1
            if under_way == 0 and not over.done():
                over.set_result(None)

        deadline = 0.0
        async with self.open(answered) as connections:
            with quiet():
                busy = time.process_time()
                began = clock()
                deadline = began + seconds
                for connection, request in zip(connections, source, strict=False):
                    under_way += 1
                    connection.send(request)
                await asyncio.wait_for(over, seconds + PATIENCE)
                elapsed = clock() - began
                busy = time.process_time() - busy
        return Load(len(latencies), elapsed, latencies, busy / elapsed)

    async def opened(
        self, requests: Sequence[bytes], rate: float, seconds: float, expect: int = 200
    ) -> Load:
        """An open loop: requests arrive at a fixed rate, whatever the answers do. A request that
        finds no free connection waits, and its wait counts. `late` is how many did."""
        latencies: list[float] = []
        free: deque[Connection] = deque()
        waiting: deque[tuple[bytes, float]] = deque()
        total = min(int(rate * seconds), len(requests))
        source = iter(requests)
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        clock = time.perf_counter
        sent = late = 0

        def answered(connection: Connection) -> None:
            if connection.lost or connection.status != expect:
                fail(over, connection)
                return
            latencies.append(clock() - connection.sent_at)
            if waiting:
                request, due = waiting.popleft()
                connection.send(request)
                connection.sent_at = due
            else:
                free.append(connection)
            if len(latencies) == total and not over.done():
                over.set_result(None)

        async with self.open(answered) as connections:
            free.extend(connections)
            with quiet():
                busy = time.process_time()
                began = clock()
                while sent < total and not over.done():
                    now = clock()
                    due = min(total, int((now - began) * rate) + 1)
                    while sent < due:
                        request = next(source)
                        sent += 1
                        if free:
                            free.popleft().send(request)
                        else:
                            late += 1
                            waiting.append((request, now))
                    await asyncio.sleep(max(0.0, began + sent / rate - clock()))
                await asyncio.wait_for(over, PATIENCE)
                elapsed = clock() - began
                busy = time.process_time() - busy
        return Load(len(latencies), elapsed, latencies, busy / elapsed, late)


def fail(over: asyncio.Future[None], connection: Connection) -> None:
    """Ends a round for an answer that was not expected."""
    if not over.done():
        what = "the connection was lost" if connection.lost else f"status {connection.status}"
        over.set_exception(LoadError(f"{what}: {connection.body[:200]!r}"))


def pin(core: int) -> None:
    """Ties this process to one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def cores() -> list[int]:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


@contextmanager
def quiet() -> Iterator[None]:
    """No garbage collection while it is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
