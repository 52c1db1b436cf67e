"""The table: a row per benchmark, on a terminal or as plain text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from bench.figures import FLOOR, Row
from bench.machine import Machine


def show(console: Console, machine: Machine, rows: Iterable[Row]) -> None:
    """Prints the machine, then each row as it is done."""
    for line in machine.lines():
        console.print(line, highlight=False)
    for row in rows:
        console.print()
        console.print(f"[bold]{row.title}[/bold]", highlight=False)
        console.print(_table(row), highlight=False)


def _table(row: Row) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=True)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if row.ratio is not None:
        table.add_row("ratio", f"{row.ratio:.2f} of the control")
    table.add_row("value", f"{row.figure}  ({row.runs})")
    if row.control is not None:
        table.add_row("control", f"{row.control}  ({row.control_runs})")
    if row.of_floor is not None:
        table.add_row("floor", f"{row.of_floor}  ({FLOOR})")
    if row.p50 is not None and row.p99 is not None:
        table.add_row("latency", f"p50 {row.p50}, p99 {row.p99}")
    for bar in row.bars:
        table.add_row("bar", f"[{'green' if bar.met else 'red'}]{bar}[/]")
    for remark in row.remarks:
        table.add_row("", remark)
    if row.others is not None and row.others >= 0.03:
        table.add_row("", f"other programs took {row.others:.0%} of the machine")
    return table
