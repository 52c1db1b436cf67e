"""`maskline demo`: a server with simulated phones, and a masked conversation played on it."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from maskline.cli import terminal
from maskline.cli.demo import manual
from maskline.cli.demo.cast import ALICE, BOB, PICTURE, POOL, STRANGER
from maskline.cli.demo.handset import Handset
from maskline.cli.demo.play import Theatre, play, verdicts
from maskline.cli.demo.program import calls, set_up
from maskline.cli.demo.screen import Screen
from maskline.cli.demo.stage import HOST, Stage
from maskline.cli.options import Port


def demo(
    *,
    port: Port = 8080,
    keep: Annotated[bool, Parameter(negative="--no-keep", show_default=False)] = True,
) -> int:
    """Start a server with simulated phones, and play a masked conversation and call on it.

    It ends with a link, good for one sign-in, that opens both phones in a browser.

    It needs no carrier and no account anywhere, works in a temporary folder that is gone when it
    ends, and shows what each phone saw beside what the operator sees. The exit code is 1 when a
    real number came through to the other side.

    Parameters
    ----------
    port
        The port to serve at. When it is taken, any that is free.
    keep
        Whether to keep serving after the play, until Ctrl-C [default: --keep].
    """
    _let_signals(signal.default_int_handler)
    try:
        with Stage(port) as stage:
            try:
                code = _show(stage, port, keep=keep)
            finally:
                # A second Ctrl-C must not keep the folder from being removed.
                _let_signals(signal.SIG_IGN)
    except KeyboardInterrupt:
        code = 0
    if keep:
        terminal.say("Stopped, and nothing is left behind.")
    return code


def _let_signals(do: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    # A shell starts what it puts in the background with SIGINT ignored.
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, do)


def _show(stage: Stage, wanted_port: int, *, keep: bool) -> int:
    started = time.monotonic()
    console = terminal.out()
    screen = Screen(console, _colours())
    client = stage.client()
    stage.receiver.start(stage.validator())
    if stage.port_taken:
        screen.lines([f"Port {wanted_port} is taken, so the demo takes {stage.settings.port}."])
    screen.title(f"A server of its own at {stage.base}, on SQLite in a temporary folder")
    setting = set_up(client, stage.receiver.url)
    screen.lines(["Your program, through the official SDK:"])
    screen.lines((f"    {line}" for line in calls(stage.base, stage.receiver.url)), "dim")
    screen.lines(
        [
            f"Alice ({ALICE.number}) reaches Bob at {setting.alice.proxy}.",
            f"Bob ({BOB.number}) reaches Alice at {setting.bob.proxy}.",
        ]
    )
    screen.pause()
    alice, bob, stranger = (
        Handset(HOST, stage.settings.port, one.number) for one in (ALICE, BOB, STRANGER)
    )
    picture = stage.picture(PICTURE, "image/svg+xml")
    theatre = Theatre(screen, client, stage.receiver, setting, alice, bob, stranger, picture)
    play(theatre)
    screen.title("Checked")
    results = list(verdicts(theatre))
    for well, says in results:
        screen.result(well, says)
    screen.lines([f"Played in {time.monotonic() - started:.1f} s."])
    if keep:
        screen.title("Go on by hand: paste any of these")
        screen.lines(manual.lines(stage.base, stage.account, setting))
        screen.title("Hold both phones yourself: open this in a browser")
        screen.lines([stage.console_link()])
        screen.lines(["", f"Serving at {stage.base} until Ctrl-C."])
        console.file.flush()
        with contextlib.suppress(KeyboardInterrupt):
            stage.wait()
    return 0 if all(well for well, _ in results) else 1


def _colours() -> dict[str, str]:
    real = {ALICE.number: "magenta", BOB.number: "yellow", STRANGER.number: "red"}
    return real | dict.fromkeys(POOL, "cyan")
