"""The program: its commands, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from maskline import __version__
from maskline.cli import a2p, accounts, carriers, jobs, migrate, numbers, opt_outs, pool, terminal
from maskline.cli.archive import backup, restore
from maskline.cli.demo import demo
from maskline.cli.doctor import doctor
from maskline.cli.options import Flag
from maskline.cli.refusal import refusal_of
from maskline.cli.serve import serve
from maskline.cli.worker import worker
from maskline.settings import default_toml


def config() -> None:
    """Print the configuration file with every setting, its default and why.

    Copy what you change into maskline.toml, in the folder you start the server from.
    """
    print(default_toml(), end="")


def version() -> None:
    """Print the version."""
    print(__version__)


def program() -> App:
    """The command line, whole."""
    app = App(
        name="maskline",
        help="A self-hosted number-masking server that speaks the Twilio Proxy API.",
        version=__version__,
        help_format="markdown",
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
    )
    for command in (serve, worker, demo, doctor, backup, restore, config, version):
        app.command(command)
    for group in (
        accounts.app,
        numbers.app,
        a2p.app,
        carriers.app,
        pool.app,
        opt_outs.app,
        jobs.app,
        migrate.app,
    ):
        app.command(group)
    return app


def run(words: Sequence[str]) -> int:
    """Runs one command line and returns its exit code: 0, 1 for what could not be done, 2 for a
    line that makes no sense, 130 after a Ctrl-C."""
    terminal.prepare()
    app = program()
    app.meta.suppress_keyboard_interrupt = False
    debug = False

    @app.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        debug_: Annotated[Flag, Parameter(name="--debug")] = False,
    ) -> object:
        """Runs a command.

        Parameters
        ----------
        debug_
            Show the traceback of an error.
        """
        nonlocal debug
        debug = debug_
        return app(tokens)

    try:
        code = app.meta(list(words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has gone, as `head` does. Python must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except CycloptsError as error:
        name = " ".join(["maskline", *(error.command_chain or ())])
        terminal.complain(" ".join(str(error).split()), f"See: {name} --help")
        return 2
    except Exception as error:
        refusal = refusal_of(error)
        if debug:
            raise
        if refusal is None:
            terminal.complain(
                f"internal error ({type(error).__name__})", "Show where with --debug."
            )
            return 1
        terminal.complain(refusal.what, refusal.advice)
        return refusal.code
    return code if isinstance(code, int) else 0
