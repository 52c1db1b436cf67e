"""`python -m tests.chaos`: plays the scenes in their long form and prints what came of them.

The exit status is 1 when anything was lost, came twice without a mark, or the rate did not come
back.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from bench.machine import Others, describe
from tests.chaos import report
from tests.chaos.play import Row, play
from tests.chaos.scenes import SCENES
from tests.chaos.stage import CONNECTIONS, CannotPlay, Lengths
from tests.support.postgres import Cluster, make_cluster
from tests.support.programs import find

_PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "chaos.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays what the command line asks for."""
    given = _parser().parse_args(arguments)
    wanted = given.only.split(",") if given.only else list(SCENES)
    if unknown := [name for name in wanted if name not in SCENES]:
        print(f"no such scene: {', '.join(unknown)}", file=sys.stderr)
        return 2
    part = given.seconds / 3
    lengths = Lengths(
        before=part,
        fault=part,
        after=part,
        outage=given.outage,
        patience=90,
        rate=given.rate,
        pairs=given.pairs,
        lease=10,
    )
    rows: list[Row] = []
    left_out: list[str] = []
    #: Scenes that could not be played to their end, such as when a server does not start again.
    broken: list[str] = []
    directory = Path(tempfile.mkdtemp(prefix="maskline-chaos-", dir=given.directory))
    machine = describe(directory)
    directory.rmdir()
    try:
        _play(wanted, given.engine, lengths, given.directory, rows, left_out, broken)
    except KeyboardInterrupt:
        left_out.append("what was to follow: interrupted")
    if given.json:
        plain = [{**msgspec.to_builtins(row), "wrong": row.wrong_at_length()} for row in rows]
        answer = {"machine": machine, "rows": plain, "left_out": left_out, "broken": broken}
        print(msgspec.json.encode(answer).decode())
    else:
        console = Console(soft_wrap=not sys.stdout.isatty())
        for line in machine.lines():
            console.print(line, highlight=False)
        report.show(console, rows, left_out, broken)
    if given.write:
        command = shlex.join(["python", "-m", "tests.chaos", *(arguments or sys.argv[1:])])
        date = time.strftime("%Y-%m-%d", time.gmtime())
        report.write(given.write, [report.Measured(row, machine, command, date) for row in rows])
    return 1 if broken or not rows or any(row.wrong_at_length() for row in rows) else 0


def _play(
    wanted: Sequence[str],
    engine: str | None,
    lengths: Lengths,
    directory: Path,
    rows: list[Row],
    left_out: list[str],
    broken: list[str],
) -> None:
    progress = Console(stderr=True)
    todo = [(name, one) for name in wanted for one in SCENES[name].engines if engine in (None, one)]
    with _cluster(directory, [one for _, one in todo]) as cluster:
        for place, (name, one) in enumerate(todo, 1):
            title = f"[{place}/{len(todo)}] {SCENES[name].title}, {one}"
            if one == "postgres" and cluster is None:
                left_out.append(f"{title}: PostgreSQL is not installed")
                continue
            others = Others()
            with (
                progress.status(title) as status,
                tempfile.TemporaryDirectory(prefix="maskline-chaos-", dir=directory) as folder,
            ):
                try:
                    row = play(
                        name,
                        one,
                        lengths,
                        Path(folder),
                        cluster,
                        lambda step, title=title: _say(progress, status, title, step),
                    )
                except CannotPlay as reason:
                    left_out.append(f"{title}: {reason}")
                    continue
                except Exception as error:
                    # The other scenes are worth as much without this one.
                    broken.append(f"{title}: {type(error).__name__}: {error}"[:500])
                    progress.print(broken[-1], highlight=False)
                    continue
            row.others = others.share()
            rows.append(row)
            verdict = "; ".join(row.wrong_at_length()) or "well"
            progress.print(f"{title}: {verdict}", highlight=False)


def _say(progress: Console, status: object, title: str, step: str) -> None:
    if progress.is_terminal:
        status.update(f"{title}: {step}")  # type: ignore[attr-defined]


@contextmanager
def _cluster(directory: Path, engines: Sequence[str]) -> Iterator[Cluster | None]:
    """A server that writes to disk what it says it has written; null where there can be none."""
    if "postgres" not in engines or not (find("initdb") and find("postgres")):
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="maskline-postgres-", dir=directory))
    cluster = make_cluster(
        folder,
        fsync="on",
        full_page_writes="on",
        synchronous_commit="on",
        max_connections=str(CONNECTIONS),
    )
    try:
        yield cluster
    finally:
        cluster.remove()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    add = parser.add_argument
    add("--only", help=f"some of {','.join(SCENES)}")
    add("--engine", choices=("sqlite", "postgres"), help="only on this one")
    add(
        "--seconds",
        type=float,
        default=30.0,
        help="load in each scene, a third of it during the fault (%(default)s)",
    )
    add("--outage", type=float, default=60.0, help="how long the carrier is away (%(default)s)")
    add("--rate", type=float, default=150.0, help="messages per second (%(default)s)")
    add("--pairs", type=int, default=100, help="who write to each other (%(default)s)")
    add(
        "--directory",
        type=Path,
        default=Path(tempfile.gettempdir()),
        help="where the databases are made: a real disk (%(default)s)",
    )
    add("--write", type=Path, nargs="?", const=_PAGE, help="write the page too (docs/chaos.md)")
    add("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
