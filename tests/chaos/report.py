"""The table of what came of the scenes, for a person, a program, and the page in docs/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.machine import Machine
from tests.chaos.play import Row
from tests.chaos.scenes import SCENES

_COLUMNS: Final = (
    "scene", "engine", "accepted", "delivered", "doubled, marked", "failed, visible", "lost",
    "rate after / before", "recovery",
)  # fmt: skip
#: Others that took less than this share of the machine did not matter.
_QUIET: Final = 0.03


class Measured(msgspec.Struct):
    """One row, with the command that measured it and the machine that it ran on."""

    row: Row
    machine: Machine
    command: str
    date: str


def cells(row: Row) -> list[str]:
    """A row of the table, without its verdict."""
    return [
        row.title,
        {"sqlite": "SQLite", "postgres": "PostgreSQL"}[row.engine],
        f"{row.accepted:,}",
        f"{row.delivered:,}",
        str(row.doubled),
        str(row.failed),
        str(row.lost),
        f"{row.ratio:.3f}",
        "never" if row.recovery is None else f"{row.recovery:.1f} s",
    ]


def show(
    console: Console, rows: Sequence[Row], left_out: Sequence[str], broken: Sequence[str]
) -> None:
    """Prints the table."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(_COLUMNS):
        table.add_column(
            name, justify="left" if place < 2 else "right", overflow="fold", no_wrap=place > 0
        )
    table.add_column("verdict", overflow="fold")
    for row in rows:
        wrong = row.wrong_at_length()
        table.add_row(
            *cells(row), Text("; ".join(wrong), "red") if wrong else Text("well", "green")
        )
    console.print(table)
    for line in left_out:
        console.print(f"left out: {line}", style="yellow", highlight=False)
    for line in broken:
        console.print(f"broken off: {line}", style="red", highlight=False)


def write(path: Path, measured: Iterable[Measured]) -> None:
    """Renews these rows of the page, and keeps the others: they are beside it as JSON."""
    data = path.with_suffix(".json")
    known: dict[str, Measured] = {}
    if data.exists():
        known = msgspec.json.decode(data.read_bytes(), type=dict[str, Measured])
    known.update((one.row.key, one) for one in measured)
    names = list(SCENES)
    ordered = sorted(known.values(), key=lambda one: (names.index(one.row.scene), one.row.engine))
    encoded = msgspec.json.encode({one.row.key: one for one in ordered})
    data.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")
    path.write_text(render(ordered))


def render(measured: Sequence[Measured]) -> str:
    """The whole page."""
    blocks = [_HEAD]
    runs: dict[tuple[str, str], list[Measured]] = {}
    for one in measured:
        runs.setdefault((one.command, one.date), []).append(one)
    for (command, date), some in runs.items():
        lines = [f"    {command}", ""]
        lines += [f"- {text}" for text in some[0].machine.lines()[:2]]
        lines.append(f"- {date}; {_shared(some)}")
        blocks.append("\n".join(lines))
    blocks.append("\n".join(_table(measured)))
    blocks.append(_READING)
    return "\n\n".join(blocks) + "\n"


def _table(measured: Sequence[Measured]) -> list[str]:
    lines = [f"| {' | '.join(_COLUMNS)} | verdict |", f"|---|---|{'---:|' * 7}---|"]
    for one in measured:
        wrong = "; ".join(one.row.wrong_at_length()) or "well"
        lines.append(f"| {' | '.join(cells(one.row))} | {wrong} |")
    return lines


def _shared(measured: Sequence[Measured]) -> str:
    most = max(one.row.others or 0.0 for one in measured)
    if most < _QUIET:
        return "nothing else of weight ran on the machine"
    return f"the machine was shared: other programs took up to {most:.0%} of its processor time"


_HEAD: Final = """\
# What goes wrong, and what becomes of the messages

Maskline under a steady load while its surroundings fail. Outside of it stand a phone network and a
program, and they keep the ledger: what was accepted, and what came out. What a server says of
itself counts for nothing but the marks of what came twice.

`make chaos` plays every scene and prints the table; `--only` chooses scenes, `--json` prints it for
a program, and `--write` writes this page and its figures, `chaos.json`. It fails when anything was
lost, came twice without a mark, or less than 98 % of the rate came back. The tests play the same
scenes in a short form. What is below came from:"""

_READING: Final = """\
## How to read it

- **accepted**: the server answered 201 or 200. Half of the messages are simulated handsets' texts,
  which nobody repeats; the others are webhooks of a Twilio-shaped carrier, which repeats each until
  it is acknowledged, as carriers do. What was given without an answer, or refused with 503, is not
  among them, and may come once or not at all.
- **delivered**: a carrier outside of the server was handed it. That carrier takes no idempotency
  keys: what is handed over twice comes twice.
- **doubled, marked**: came more than once, since a process ended without a word between the
  carrier's answer and its own note of it, and the interaction's `data` says `possible_duplicate`.
  Only scenes that kill a server may have such messages; in all others one is a fault.
- **failed, visible**: did not come, and shows as `failed`.
- **lost**: accepted, and neither came nor shows as failed. Also part of the verdict: every message
  that was sent was told to the program's webhook.
- **rate after / before**: of what was given to the server in the last part of the load, as much was
  accepted and came as in the first part. What piled up in between is not counted. The load is
  steady, so 1 is all of it.
- **recovery**: from the end of the fault until a second began in which 98 % of the rate was there
  and nothing was late any more. What a killed process held waits for the end of its lease: 10 s
  here at most (`delivery.lease_seconds`), by default 60 s. What the carrier refused waits for the
  next attempt: 4 s here at most (`delivery.send_retry_delays`), by default up to 10 minutes.
- The database is on a real disk and durable (`fsync` on), but for the full disk, which is a small
  file system in memory. Only root may mount that: otherwise the scene is left out."""
