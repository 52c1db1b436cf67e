"""`maskline worker`: delivery without the APIs, beside servers on the same database."""

from __future__ import annotations

import asyncio
import signal

from maskline.app import Server
from maskline.cli import terminal
from maskline.cli.logs import log_to_stderr
from maskline.cli.refusal import Refusal
from maskline.cli.scrapes import scraped
from maskline.cli.web import loop_factory, spare_collector
from maskline.cli.where import Where
from maskline.settings import Settings


def worker(*, where: Where | None = None) -> None:
    """Deliver, and do what falls due by time, without answering requests, until Ctrl-C.

    Any number of workers, on any machines, share the work with each other and with the servers on
    the same PostgreSQL database. What one can't finish when it is stopped, the others do.
    """
    settings = (where or Where()).settings()
    if settings.sqlite_path is not None:
        raise Refusal(
            "a worker can't share an SQLite file with a server: each would run the other's jobs",
            "maskline serve delivers as well. Workers of their own need PostgreSQL.",
        )
    log_to_stderr(settings)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_signal(settings))


async def _until_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    server = Server(settings)
    await server.start()
    try:
        async with scraped(server):
            spare_collector()
            terminal.say("The worker is ready. To stop: Ctrl-C")
            await stop.wait()
    finally:
        await server.stop()
