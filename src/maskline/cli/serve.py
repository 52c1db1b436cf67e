"""`maskline serve`: one server, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter, validators
from msgspec.structs import replace
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from maskline import __version__
from maskline.app import Server
from maskline.cli import terminal
from maskline.cli.crew import Crew, Seat
from maskline.cli.logs import log_to_stderr
from maskline.cli.options import Port
from maskline.cli.refusal import Refusal, refusal_of
from maskline.cli.scrapes import scraped
from maskline.cli.web import Web, loop_factory, reachable, spare_collector
from maskline.cli.where import Where
from maskline.settings import redact_url

log = logging.getLogger(__name__)

Workers = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def serve(
    *,
    host: str | None = None,
    port: Port | None = None,
    workers: Workers = 1,
    where: Where | None = None,
) -> int:
    """Serve the APIs, carriers and simulated phones until Ctrl-C.

    The first start makes the database and an account, whose token is shown this once. Requests
    under way are finished before it ends; what was accepted and not yet delivered is taken up by
    the next start.

    Parameters
    ----------
    host
        The address to listen on [default: 127.0.0.1].
    port
        The port to listen on; 0 takes any that is free [default: 8080].
    workers
        Processes; one that dies is started again. SQLite takes one.
    """
    settings = (where or Where()).settings(host=host, port=port)
    if workers > 1 and settings.sqlite_path is not None:
        raise Refusal(
            f"{workers} workers can't share an SQLite file: each would run the others' jobs",
            "Leave --workers out. One process uses one core, and commits many messages at once.",
        )
    log_to_stderr(settings)
    if workers > 1 and settings.metrics.enabled and not settings.metrics.port:
        log.info("/metrics is off: set metrics.port, so that each worker has a port for it")
        settings = replace(settings, metrics=replace(settings.metrics, enabled=False))
    if workers > 1 and settings.simulator.enabled:
        log.warning(
            "simulated calls and events live in one worker each: of %d, a phone's call is seen by "
            "the one that took it; turn the simulator off, or try calls out with one worker",
            workers,
        )
    web = Web(settings)
    try:
        if workers > 1:
            return Crew(workers, lambda seat: _work(web, seat)).run()
        _serve(web, 0, None, _started)
    finally:
        web.close()
    return 0


def _work(web: Web, seat: Seat) -> int:
    """One worker of several; the first tells where the server is."""

    def started(server: Server) -> None:
        if seat.is_first:
            _started(server)
        else:
            spare_collector()
        seat.ready()

    try:
        _serve(web, seat.place, seat.head, started)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        terminal.complain(refusal.what, refusal.advice)
        return refusal.code
    return 0


def _serve(web: Web, place: int, head: int | None, started: Callable[[Server], None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_signal(web, place, head, started))


async def _until_signal(
    web: Web, place: int, head: int | None, started: Callable[[Server], None]
) -> None:
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, web.stop)
    if head is not None:
        # The head has died without a word: without it nobody would end us.
        loop.add_reader(head, _end, loop, head, web)
    await web.run(started, lambda server: scraped(server, place))


def _end(loop: asyncio.AbstractEventLoop, head: int, web: Web) -> None:
    loop.remove_reader(head)
    web.stop()


def _started(server: Server) -> None:
    spare_collector()
    _announce(server)


def _announce(server: Server) -> None:
    """Tells a person where the server is. This alone ever shows a token that was made up."""
    rows = list(facts(server))
    console = terminal.out()
    title = f"Maskline {__version__}"
    if console.is_terminal:
        grid = Table.grid(padding=(0, 2))
        for name, value in rows:
            grid.add_row(Text(name, "dim"), Text(value))
        console.print(Panel(grid, title=title, expand=False, border_style="green"), soft_wrap=False)
    else:
        print(f"{title} is ready")
        for name, value in rows:
            print(f"{name}: {value}")
    if server.bootstrap is not None and server.bootstrap.token_is_new:
        terminal.say(terminal.ONCE, "yellow")
    # Whoever waits behind a pipe would else see it when the server ends.
    console.file.flush()


def facts(server: Server) -> list[tuple[str, str]]:
    """What somebody must know who wants to use the server."""
    settings, first = server.settings, server.bootstrap
    assert first is not None
    base = settings.base_url
    rows = [
        ("Proxy API", f"{base}/proxy"),
        ("Core API", f"{base}/api"),
        ("Account SID", first.account.sid),
    ]
    if first.token_is_new:
        rows.append(("Auth token", first.account.auth_token))
    if settings.console.enabled:
        rows.append(("Console", f"{base}/console"))
    simulator = f"on, {base}/simulator" if server.simulator is not None else "off"
    listening = f"{reachable(settings.host)} port {settings.port}"
    if settings.public_url:
        rows.append(("Listening on", listening))
    return [
        *rows,
        ("Simulator", simulator),
        ("Database", redact_url(settings.database_url)),
        ("To stop", "Ctrl-C"),
    ]
