"""What commands print: tables and colour for a person at a terminal, plain lines for a program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Below a secret that was made up.
ONCE: Final = "It was made now and is shown only this once: keep it."


def out() -> Console:
    """Standard output. rich looks at the terminal, NO_COLOR and FORCE_COLOR itself."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """One line on standard output, never cut or wrapped, so that it can be copied."""
    out().print(Text(text, style))


def complain(what: str, advice: str = "") -> None:
    """What went wrong, and what to do, on standard error."""
    console = err()
    for line in what.splitlines():
        console.print(Text.assemble(("error: ", "bold red"), line))
    for line in advice.splitlines():
        console.print(Text(f"       {line}"))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table at a terminal; elsewhere a line of names and a line per row, with tabs between."""
    console = out()
    if not console.is_terminal:
        print("\t".join(columns))
        for row in rows:
            print("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in columns:
        # What is copied from a table must be whole.
        shown.add_column(name, overflow="fold", no_wrap=False)
    for row in rows:
        shown.add_row(*map(Text, row))
    console.print(shown, soft_wrap=False)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and their values, one a line."""
    pairs = list(pairs)
    width = max((len(name) for name, _ in pairs), default=0)
    console = out()
    for name, value in pairs:
        console.print(Text.assemble((f"{name:<{width}}  ", "dim"), value))


def document(value: object) -> None:
    """One JSON document."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def prepare() -> None:
    """Makes output that the terminal's encoding lacks show as `?`, never as an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
