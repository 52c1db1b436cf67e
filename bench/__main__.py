"""`python -m bench`: runs the benchmarks and prints each figure beside its control."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import uvloop
from rich.console import Console

from bench import page
from bench.databases import Engine, PostgresEngine, SqliteEngine
from bench.figures import Row
from bench.load import cores, pin
from bench.machine import Others, describe
from bench.profiling import KINDS, profile
from bench.report import show
from bench.rows import (
    aged,
    assign,
    create,
    doors,
    latency,
    loop,
    outbox,
    processes,
    prune,
    smpp,
    soak,
    start,
    viewers,
)
from bench.run import ROOT, Options, Run

Benchmark = Callable[[Run], Awaitable[list[Row]]]

#: Run on each engine; on PostgreSQL under a name that says so.
_BOTH: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {
        "message": doors.message,
        "carrier": doors.carrier,
        "call": doors.call,
        "create": create.create,
        "loop": loop.loop,
        "latency": latency.acknowledged,
        "latency-loop": latency.delivering,
        "end-to-end": latency.end_to_end,
        "start": start.start,
        "outbox": outbox.outbox,
        "viewers": viewers.viewers,
    }
)
#: They take minutes: run only when they are named.
_LONG: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {"aged": aged.aged, "soak": soak.soak, "prune": prune.prune}
)
#: Run once: the engine has no part in them, or there is one only.
_SQLITE: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {"assign": assign.assign, "smpp": smpp.smpp}
)
_POSTGRES: Final[Mapping[str, Benchmark]] = MappingProxyType({"processes": processes.processes})

_SUFFIX: Final = "-postgres"
ROWS: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {
        **_BOTH,
        **_SQLITE,
        **{name + _SUFFIX: row for name, row in _BOTH.items()},
        **{name + _SUFFIX: row for name, row in _POSTGRES.items()},
        **_LONG,
        **{name + _SUFFIX: row for name, row in _LONG.items()},
    }
)
_USUAL: Final = tuple(name for name in ROWS if name.removesuffix(_SUFFIX) not in _LONG)

_PAGE: Final = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for."""
    given = _parser().parse_args(arguments)
    wanted = given.only.split(",") if given.only else list(_USUAL)
    if unknown := [name for name in wanted if name not in ROWS]:
        print(f"no such benchmark: {', '.join(unknown)}", file=sys.stderr)
        return 2
    progress = Console(stderr=True)
    directory = Path(tempfile.mkdtemp(prefix="maskline-bench-", dir=given.directory))
    # The generator gets a core of its own as far as the system lets it; the server may use all,
    # as its threads would anywhere else.
    every = cores()
    options = Options(
        seconds=given.seconds,
        rounds=given.rounds,
        connections=given.connections,
        participants=given.participants,
        directory=directory,
        interactions=given.interactions,
        minutes=given.minutes,
        rate=given.rate,
        jobs=given.jobs,
        server_cores=[given.server_core] if given.server_core is not None else every,
    )
    engines: dict[str, Engine] = {
        "": SqliteEngine(directory),
        _SUFFIX: PostgresEngine(directory),
    }

    def tell(text: str) -> None:
        progress.print(text, style="dim")

    runs = {suffix: Run(options, engine, tell) for suffix, engine in engines.items()}
    machine = describe(directory)
    pin(every[-1])
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if given.profile:
                kind = given.profile.removesuffix(_SUFFIX)
                print(runner.run(profile(runs[_suffix(given.profile)], kind)).text)
                return 0
            rows: list[Row] = []
            if given.json:
                rows += _rows(runner, runs, wanted)
                plain = [row.plain() for row in rows]
                print(msgspec.json.encode({"machine": machine, "rows": plain}).decode())
            else:
                show(Console(soft_wrap=True), machine, _kept(_rows(runner, runs, wanted), rows))
            if given.write:
                for row in rows:
                    runner.run(_explain(runs, row))
                command = shlex.join(["python", "-m", "bench", *(arguments or sys.argv[1:])])
                date = time.strftime("%Y-%m-%d", time.gmtime())
                page.write(
                    given.write, [page.Measured(row, machine, command, date) for row in rows]
                )
    finally:
        for engine in engines.values():
            engine.close()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def _rows(runner: asyncio.Runner, runs: Mapping[str, Run], wanted: Sequence[str]) -> Iterator[Row]:
    for name in wanted:
        yield from runner.run(_one(runs, name))


def _kept(rows: Iterator[Row], kept: list[Row]) -> Iterator[Row]:
    for row in rows:
        kept.append(row)
        yield row


def _suffix(name: str) -> str:
    return _SUFFIX if name.endswith(_SUFFIX) else ""


async def _one(runs: Mapping[str, Run], name: str) -> list[Row]:
    run = runs[_suffix(name)]
    # Building is no part of what is measured, but the server's start is its own.
    others = Others(run.engine.cpu)
    rows = await ROWS[name](run)
    share = others.share()
    for row in rows:
        # A row that makes disturbed rounds again knows better.
        row.others = share if row.others is None else row.others
        if run is runs[_SUFFIX]:
            row.key += _SUFFIX
            row.title += ", on PostgreSQL"
    return rows


async def _explain(runs: Mapping[str, Run], row: Row) -> None:
    """Adds where the time goes, if a bar was missed."""
    kind = row.key.partition("-")[0]
    kind = "loop" if row.key.startswith("latency-loop") else kind
    if kind in KINDS and not all(bar.met for bar in row.bars):
        row.parts = (await profile(runs[_suffix(row.key)], kind)).parts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--only", help=f"some of {','.join(ROWS)}; by default all but {', '.join(_LONG)}")
    add("--seconds", type=float, default=1.5, help="length of a round (%(default)s)")
    add("--rounds", type=int, default=3, help="rounds of each contestant (%(default)s)")
    add("--connections", type=int, default=64, help="keep-alive connections (%(default)s)")
    add(
        "--participants",
        type=int,
        default=100_000,
        help="active participants in the database (%(default)s; the bars ask for 1000000)",
    )
    add(
        "--directory",
        type=Path,
        default=Path(tempfile.gettempdir()),
        help="where the databases are made: a real disk (%(default)s)",
    )
    add(
        "--interactions",
        type=int,
        default=10_000_000,
        help="old interactions in the database of `aged` (%(default)s)",
    )
    add("--jobs", type=int, default=50_000, help="jobs of a round of `outbox` (%(default)s)")
    add("--minutes", type=float, default=10.0, help="length of a soak (%(default)s)")
    add("--rate", type=int, default=500, help="messages per second of a soak (%(default)s)")
    add("--server-core", type=int, help="tie the server to one core")
    add(
        "--profile",
        choices=[*KINDS, *(kind + _SUFFIX for kind in KINDS)],
        help="show where the server's time goes instead",
    )
    add(
        "--write",
        type=Path,
        nargs="?",
        const=_PAGE,
        help="write the page of the figures too (docs/benchmarks.md)",
    )
    add("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
