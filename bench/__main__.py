"""`python -m bench`: runs the benchmarks and prints each figure beside its control."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import uvloop
from bench.figures import Row
from bench.load import cores, pin
from bench.machine import describe
from bench.rows import assign, doors
from bench.profiling import profile
from bench.run import Options, Run

ROWS: Final[Mapping[str, Callable[[Run], Awaitable[list[Row]]]]] = MappingProxyType(
    {
        "message": doors.message,
        "call": doors.call,
        "assign": assign.assign,
    }
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(ROWS))
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--core", type=int)
    parser.add_argument("--profile")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()))
    a = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="maskline-bench-", dir=a.directory))
    options = Options(seconds=a.seconds, rounds=a.rounds, participants=a.participants, server_cores=cores() if a.core is None else [a.core])
    run = Run(options, directory, lambda text: print(text, file=sys.stderr))
    print("\n".join(describe(directory).lines()))
    pin(cores()[-1])
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if a.profile:
                print(runner.run(profile(run, a.profile)))
                return
            for name in a.only.split(","):
                for row in runner.run(ROWS[name](run)):
                    print(row.title, row.figure, "| control", row.control, "|", row.ratio, "p50", row.p50, "p99", row.p99)
                    for x in [*row.bars, *row.remarks]:
                        print("   ", x)
                    if a.json:
                        print(msgspec.json.encode(row.plain()).decode())
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main()
