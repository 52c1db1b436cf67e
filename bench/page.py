"""The page: what runs measured, as Markdown. The figures are kept beside it as JSON, so that a run
of some rows renews those alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.figures import FLOOR, Row, written
from bench.machine import Machine

_RANGE: Final = re.compile(r"\[([0-9.,]+)-([0-9.,]+)\]")
#: Others that took less than this share of the machine did not matter.
_QUIET: Final = 0.03


class Measured(msgspec.Struct):
    """One row, with the command that measured it and the machine that it ran on."""

    row: Row
    machine: Machine
    command: str
    date: str


def write(path: Path, measured: Iterable[Measured]) -> None:
    """Renews these rows of the page, and keeps the others."""
    data = path.with_suffix(".json")
    known: dict[str, Measured] = {}
    if data.exists():
        known = msgspec.json.decode(data.read_bytes(), type=dict[str, Measured])
    for one in measured:
        # A drawing is a file of its own, and not among the figures.
        if one.row.plot is not None:
            image = path.parent / _image(one.row)
            image.parent.mkdir(exist_ok=True)
            image.write_text(one.row.plot)
            one.row.plot = ""
        known[one.row.key] = one
    ordered = {key: known[key] for key in sorted(known, key=_place)}
    encoded = msgspec.json.encode(ordered)
    data.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")
    path.write_text(render(list(ordered.values())))


def render(measured: Sequence[Measured]) -> str:
    """The whole page."""
    blocks = [_HEAD]
    for command, rows in _by_command(measured):
        first = rows[0]
        lines = [f"    {command}", ""]
        lines += [f"- {text}" for text in first.machine.lines()[:2]]
        lines.append(f"- {first.date}; {_shared(rows)}")
        blocks.append("\n".join(lines))
    blocks.append("## Summary\n\n" + _summary(measured))
    blocks.append(_READING)
    blocks.append("## Each benchmark")
    blocks += [_section(one.row) for one in measured]
    return "\n\n".join(blocks) + "\n"


def _by_command(measured: Sequence[Measured]) -> list[tuple[str, list[Measured]]]:
    groups: dict[str, list[Measured]] = {}
    for one in measured:
        groups.setdefault(one.command, []).append(one)
    return list(groups.items())


def _shared(measured: Sequence[Measured]) -> str:
    most = max(one.row.others or 0.0 for one in measured)
    if most < _QUIET:
        return "nothing else of weight ran on the machine"
    usual = sorted(one.row.others or 0.0 for one in measured)[len(measured) // 2]
    return (
        f"the machine was shared: other programs took {usual:.0%} of its processor time in the "
        f"middle row and {most:.0%} in the worst, so the rates are floors and the ratios count"
    )


def _summary(measured: Sequence[Measured]) -> str:
    lines = [
        "| benchmark | ratio to control | measured [lowest to highest round] | control | bars |",
        "|---|---|---|---|---|",
    ]
    for one in measured:
        row = one.row
        ratio = "" if row.ratio is None else f"**{row.ratio:.2f}**"
        control = "" if row.control is None else _range(str(row.control))
        bars = "<br>".join(
            f"{bar.text} {bar.sense} {_plain(bar.limit)}: {bar.verdict}" for bar in row.bars
        )
        figure = _range(str(row.figure))
        lines.append(f"| {row.title} | {ratio} | {figure} | {control} | {bars} |")
    return "\n".join(lines)


def _section(row: Row) -> str:
    lines = [f"### {row.title[0].upper()}{row.title[1:]}", ""]
    if row.ratio is not None:
        lines.append(f"- ratio to the control: **{row.ratio:.2f}**")
    lines.append(f"- measured: {_range(str(row.figure))}: {row.runs}")
    if row.control is not None:
        lines.append(f"- control: {_range(str(row.control))}: {row.control_runs}")
    if row.of_floor is not None:
        lines.append(f"- floor: {_range(row.of_floor)}: {FLOOR}")
    if row.p50 is not None and row.p99 is not None:
        lines.append(f"- latency: p50 {_range(str(row.p50))}, p99 {_range(str(row.p99))}")
    lines += [
        f"- bar: {bar.text} {bar.sense} {_plain(bar.limit)}: {written(bar.value)}, {bar.verdict}"
        for bar in row.bars
    ]
    lines += [f"- {_range(remark)}" for remark in row.remarks]
    if row.others is not None and row.others >= _QUIET:
        lines.append(f"- other programs took {row.others:.0%} of the machine's processor time")
    if row.plot is not None:
        lines += ["", f"![{row.title}, over time]({_image(row)})"]
    if row.parts:
        lines += ["", "Where the time goes on the server's main thread, by package:", ""]
        lines += ["| part | µs each | share |", "|---|---|---|"]
        lines += [f"| {part.name} | {part.us:.0f} | {part.share:.0%} |" for part in row.parts]
    return "\n".join(lines)


def _image(row: Row) -> str:
    return f"images/{row.key}.svg"


def _range(text: str) -> str:
    """Ranges in words: a hyphen between numbers looks like a minus."""
    return _RANGE.sub(r"[\1 to \2]", text)


def _plain(limit: float) -> str:
    return f"{limit:,.0f}" if limit >= 100 else f"{limit:g}"


_ORDER: Final = (
    "message", "carrier", "call", "create", "loop", "latency", "end", "viewers", "processes",
    "outbox", "smpp", "start", "assign", "aged", "prune", "soak",
)  # fmt: skip


def _place(key: str) -> tuple[int, int, str]:
    """A benchmark's rows by size, and each engine's beside the other's."""
    name, _, rest = key.partition("-")
    size = rest.partition("-")[0]
    return _ORDER.index(name), int(size) if size.isdigit() else 10**9, key


_HEAD: Final = """\
# Benchmarks

Every figure stands beside a control that was measured in the same run: the least that any server
made of the same parts would have to do. Machines differ, and so do their rates; the ratio to the
control is what carries over, so it comes first.

`make bench` prints the table, which takes some minutes; `python -m bench --help` lists what can be
changed, and `python -m bench --write` writes this page and its figures, `benchmarks.json`. Three
take longer and are run only when they are named (`--only aged,soak,prune`, each with `-postgres`
too); what they gave last stays here. What is below came from:"""

_READING: Final = """\
## How to read it

- Product and control run in turns, A B A B, each in a process of its own; the load generator has
  another, tied to the last core, as are the stubs that stand for carrier and program. Figures are
  medians of the rounds, with the lowest and highest round in brackets.
- A ratio of rates is better the higher it is, one of times the lower. "Processor time each" is what
  one request costs each thread of the server: other programs disturb it less than the rate.
- The controls are lean on purpose. They commit one narrow row without an index, where the product
  writes what makes a message traceable: the message, the interaction, the session and its jobs, in
  tables with indexes; and they hold no rules at all. 1.00 can't be reached; the bars say how much
  of it the rules may cost.
- Where a bar of half the control is missed, the floor tells what is physical: the same exchange,
  and exactly the rows that the product writes, into the same tables with the same indexes, by
  statements written by hand in one durable group commit. It has no rules and looks nothing up.
  What the product takes beyond it is the work of finding out what to write: the look-ups, the
  decision and the records.
- What grows with the participants is the number of pages that a session's create dirties: the pair
  and the past of each person lie at random places of their trees, so that at a million
  participants seven pages go to the log and later into the file, and at a thousand two, since all
  who are there share them. Larger caches do not change that: the pages are written, not read.
- A create on PostgreSQL takes five round trips, each of which costs both sides more than most
  statements do. Measured in turns with a version that took eight (three pairs of two rounds, one
  machine): 1.22 times its rate (1.12 to 1.36), 0.82 of its processor time on the main thread and
  0.83 on the server's side. The machine was slower that day: the version of eight made 1,590/s
  beside it, and 1,895 on a day before.
- Every commit is durable on both sides (SQLite: `synchronous=FULL`). Answers are counted only if
  the rows are in the database after the run.
- Rows on PostgreSQL have a server of their own on the same machine, thrown away afterwards, which
  keeps what it says that it keeps (`fsync`, `full_page_writes` and `synchronous_commit` are on). It
  shares the cores with the program and with the load generator: on a machine of few cores that is
  the limit, and so the processor time of each part stands beside the rates.
- Whoever compares with SMS gateways: users of Jasmin, one written in the same language, report 80
  to 110 messages per second through its HTTP API on four cores
  ([#963](https://github.com/jookies/jasmin/issues/963)), 450 to 500
  ([#875](https://github.com/jookies/jasmin/issues/875)), and 600 on twelve
  ([#771](https://github.com/jookies/jasmin/issues/771)), for handing a message on. Other machines
  and another job, so an order of magnitude and no more: the full loop here takes a message in,
  decides whose it is, commits it, hands it to its carrier, tells the program twice, and
  acknowledges all that durably.
- Rows of browsers that listen measure what they cost a message: the rounds without them are the
  control. The browsers are one process that gets what the load generator leaves of its core, since
  they run elsewhere in real life. The server itself is watched too, so that its own share in a
  latency stands beside what the client saw. A round that other programs disturbed is made again.
- Requests to the API are counted as they are by default, but never refused: the limit
  (`limits.requests_per_second`) is out of reach.
- Use-cases run on the event loop, many in one transaction, and only commits run on a thread: the
  wait for the disk is what a thread can hide, while statements hold the interpreter. A writer
  thread that does both was measured beside it: for messages, both were alike within the noise.
  Savepoints are spared until a use-case of the group fails that has written something: they took a
  quarter of a create, since SQLite copies each page that a savepoint may have to restore.
- The tables of parts, given where a bar is missed, come from a profile of the main thread, scaled
  to its processor time without the profiler. Time in C counts for the package that called it, so
  SQLite's is `maskline.store`'s. The shares are right to a few per cent."""
