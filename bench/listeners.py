"""Browsers that listen to the console's events, in a process of their own:
`python -m bench.listeners PORT COOKIE COUNT`.

It yields to everything else on the machine, since browsers run elsewhere. It says `ready` when each
has been greeted, listens until its input ends, and then says how many events came.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.load import PATIENCE

_MARK: Final = b"\ndata: "


class Heard:
    """How many events came, known when the listeners have left; `pid` is their process."""

    def __init__(self, pid: int | None = None) -> None:
        self.pid = pid
        self.count = 0


@asynccontextmanager
async def listening(port: int, cookie: str, count: int) -> AsyncIterator[Heard]:
    """So many listeners within it."""
    if not count:
        yield Heard()
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.listeners",
        str(port),
        cookie,
        str(count),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    heard = Heard(process.pid)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if await asyncio.wait_for(process.stdout.readline(), PATIENCE) != b"ready\n":
            raise RuntimeError("the listeners were not let in")
        yield heard
        process.stdin.close()
        heard.count = int(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class _Listener(asyncio.Protocol):
    """One browser, as a raw connection: reading must cost next to nothing."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.heard = 0
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.heard += data.count(_MARK)
        if self.heard and not self.greeted.done():
            self.greeted.set_result(None)


async def _listen(port: int, cookie: str, count: int) -> int:
    loop = asyncio.get_running_loop()
    request = (
        f"GET /console/api/events HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n"
    ).encode()
    listeners = []
    for _ in range(count):
        _, one = await loop.create_connection(lambda: _Listener(request), "127.0.0.1", port)
        listeners.append(one)
    await asyncio.wait_for(asyncio.gather(*(one.greeted for one in listeners)), PATIENCE)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    return sum(one.heard for one in listeners)


if __name__ == "__main__":
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print(asyncio.run(_listen(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))), flush=True)
