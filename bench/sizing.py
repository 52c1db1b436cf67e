"""The table of sizes in docs/operations.md, from the figures that docs/benchmarks.json keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from bench.figures import Row, written
from bench.page import Measured

#: Of what was measured, the share to plan with: the rest is for bad moments.
_SHARE: Final = 0.5
#: Of a day, what falls into its busiest hour.
_BUSIEST: Final = 0.1

#: What is of use for planning, by its row; the first key that was measured counts.
_ROWS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("masked messages, whole way, SQLite", ("loop",)),
    ("masked messages, whole way, PostgreSQL, one process", ("loop-postgres",)),
    ("masked messages taken in, SQLite", ("message",)),
    ("masked messages taken in, PostgreSQL, one process", ("message-postgres",)),
    ("masked messages taken in, PostgreSQL, two processes", ("processes-postgres",)),
    ("masked calls, SQLite", ("call",)),
    ("masked calls, PostgreSQL, one process", ("call-postgres",)),
    ("sessions created, SQLite", ("create-1000000", "create-100000")),
    (
        "sessions created, PostgreSQL, one process",
        ("create-1000000-postgres", "create-100000-postgres"),
    ),
)


def table(figures: Path) -> str:
    """The table, as Markdown, with the machine that it is about."""
    known = msgspec.json.decode(figures.read_bytes(), type=dict[str, Measured])
    lines = [
        "| what | measured, a second | to plan with | a day, a tenth of it in its busiest hour |",
        "|---|---|---|---|",
    ]
    used: list[Measured] = []
    for text, keys in _ROWS:
        measured = next((known[key] for key in keys if key in known), None)
        if measured is not None:
            used.append(measured)
            lines.append(_line(text, measured.row))
    if not used:
        return "Nothing was measured yet."
    machine = used[0].machine
    return "\n".join([*lines, "", f"Measured on: {'; '.join(machine.lines()[:2])}."])


def _line(text: str, row: Row) -> str:
    rate = row.figure.median
    plan = rate * _SHARE
    a_day = f"{plan * 3600 / _BUSIEST / 1e6:,.0f} million"
    return f"| {text} | {written(rate)} | {written(plan)} | {a_day} |"
