"""Start-up: `python -m maskline serve` until it is ready, and what it takes then."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

from bench.figures import Bar, Figure, Row
from bench.machine import resident
from bench.run import ROOT, Run

_READY: Final = b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
_PATIENCE: Final = 30.0
#: Seconds after which the server has come to rest.
_REST: Final = 0.3

_CONTROL: Final = """
import sys
import falcon.asgi
import uvicorn

class Ready:
    async def on_get(self, req, resp):
        resp.media = {}

app = falcon.asgi.App()
app.add_route("/readyz", Ready())
uvicorn.run(app, port=int(sys.argv[1]), log_config=None)
"""


async def start(run: Run) -> list[Row]:
    """Seconds to ready on a new database and on one that is there; resident memory at rest."""
    first, again, bare, memory, bare_memory = [], [], [], [], []
    for number in range(run.options.rounds):
        url = run.empty().url
        serve = ["-m", "maskline", "serve", "--database", url, "--port"]
        first.append((await _start(serve))[0])
        seconds, resident = await _start(serve)
        again.append(seconds)
        memory.append(resident)
        seconds, resident = await _start(["-c", _CONTROL])
        bare.append(seconds)
        bare_memory.append(resident)
        run.tell(f"start-up, round {number + 1}: {first[-1]:.2f} s")
    new = Figure("s", first)
    resident_figure = Figure("MiB", memory)
    bars = [Bar("seconds until ready, new database", new.median, "<=", 1.0)]
    remarks = [f"on a database that is there: {Figure('s', again)}"]
    if all(memory):
        bars.append(Bar("idle resident memory, MiB", resident_figure.median, "<=", 120.0))
        remarks.append(
            f"idle resident memory {resident_figure}; control: {Figure('MiB', bare_memory)}"
        )
    return [
        Row(
            key="start",
            title="start-up and idle memory",
            runs="`python -m maskline serve` on a new database until /readyz answers 200",
            figure=new,
            control_runs="uvicorn with a Falcon application of one route",
            control=Figure("s", bare),
            bars=bars,
            remarks=remarks,
        )
    ]


async def _start(arguments: Sequence[str]) -> tuple[float, float]:
    """Seconds until ready, and MiB at rest."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        str(port),
        cwd=ROOT,
        env={
            **{name: text for name, text in os.environ.items() if "MASKLINE" not in name},
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        while not await _is_ready(port):
            if process.returncode is not None or time.perf_counter() - began > _PATIENCE:
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.005)
        seconds = time.perf_counter() - began
        await asyncio.sleep(_REST)
        return seconds, resident(process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(_READY)
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
