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
from bench.figures import Row
from bench.load import cores, pin
from bench.machine import Others, describe
from bench.profiling import KINDS, profile
from bench.report import show
from bench.rows import assign, create, doors, latency, loop, smpp, start
from bench.run import ROOT, Options, Run

ROWS: Final[Mapping[str, Callable[[Run], Awaitable[list[Row]]]]] = MappingProxyType(
    {
        "message": doors.message,
        "call": doors.call,
        "create": create.create,
        "loop": loop.loop,
        "latency": latency.acknowledged,
        "latency-loop": latency.delivering,
        "end-to-end": latency.end_to_end,
        "start": start.start,
        "assign": assign.assign,
        "smpp": smpp.smpp,
    }
)


_PAGE: Final = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for."""
    given = _parser().parse_args(arguments)
    wanted = given.only.split(",") if given.only else list(ROWS)
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
        server_cores=[given.server_core] if given.server_core is not None else every,
    )
    run = Run(options, directory, lambda text: progress.print(text, style="dim"))
    machine = describe(directory)
    pin(every[-1])
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if given.profile:
                print(runner.run(profile(run, given.profile)).text)
                return 0
            rows: list[Row] = []
            if given.json:
                rows += _rows(runner, run, wanted)
                plain = [row.plain() for row in rows]
                print(msgspec.json.encode({"machine": machine, "rows": plain}).decode())
            else:
                show(Console(soft_wrap=True), machine, _kept(_rows(runner, run, wanted), rows))
            if given.write:
                for row in rows:
                    runner.run(_explain(run, row))
                command = shlex.join(["python", "-m", "bench", *(arguments or sys.argv[1:])])
                date = time.strftime("%Y-%m-%d", time.gmtime())
                page.write(
                    given.write, [page.Measured(row, machine, command, date) for row in rows]
                )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def _rows(runner: asyncio.Runner, run: Run, wanted: Sequence[str]) -> Iterator[Row]:
    for name in wanted:
        yield from runner.run(_one(run, name))


def _kept(rows: Iterator[Row], kept: list[Row]) -> Iterator[Row]:
    for row in rows:
        kept.append(row)
        yield row


async def _one(run: Run, name: str) -> list[Row]:
    others = Others()
    rows = await ROWS[name](run)
    share = others.share()
    for row in rows:
        row.others = share
    return rows


async def _explain(run: Run, row: Row) -> None:
    """Adds where the time goes, if a bar was missed."""
    kind = row.key.partition("-")[0]
    kind = "loop" if row.key == "latency-loop" else kind
    if kind in KINDS and not all(bar.met for bar in row.bars):
        row.parts = (await profile(run, kind)).parts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--only", help=f"some of {','.join(ROWS)}")
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
    add("--server-core", type=int, help="tie the server to one core")
    add("--profile", choices=KINDS, help="show where the server's time goes instead")
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
