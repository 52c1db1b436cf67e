"""A run: its options, its databases, the servers under test, and interleaved rounds."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.load import Load, Pool
from bench.population import Population, build
from bench.subject import Plan

ROOT: Final = Path(__file__).resolve().parent.parent
#: Seconds of a round before the first that counts.
WARM_UP: Final = 0.3
#: Requests are made before the clock starts: as many as the last rate asks for, and half again.
_RESERVE: Final = 1.5
_FASTEST: Final = 40_000


class Options(msgspec.Struct, frozen=True):
    """What to run, and how long: `seconds` per round, `rounds` of each contestant."""

    seconds: float = 1.5
    rounds: int = 3
    connections: int = 64
    participants: int = 100_000
    pool: int = 5_500
    directory: Path = Path("/tmp")
    server_cores: list[int] = []


class Subject(msgspec.Struct):
    """A server under test: its process and the connections to it."""

    port: int
    pid: int
    pool: Pool

    async def ask(self, what: str) -> bytes:
        """What the probe answers."""
        request = f"GET /bench/{what} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        return (await self.pool.one(request))[1]

    async def cpu(self) -> dict[str, float]:
        """Seconds of processor time per thread."""
        return msgspec.json.decode(await self.ask("cpu"), type=dict[str, float])


class Contestant(msgspec.Struct):
    """One side of an interleaved measurement: where the requests go and how they are made."""

    subject: Subject
    requests: Callable[[int], list[bytes]]
    expect: int = 200
    loads: list[Load] = []
    cpu: list[dict[str, float]] = []

    @property
    def rates(self) -> list[float]:
        """Answers per second of each round."""
        return [load.rate for load in self.loads]

    @property
    def count(self) -> int:
        """How many requests were answered in all rounds."""
        return sum(load.count for load in self.loads)

    def per_request(self) -> str:
        """The processor time of a request in µs, by thread."""
        names = sorted({name for used in self.cpu for name in used})
        total = max(self.count, 1)
        parts = []
        for name in names:
            spent = sum(used.get(name, 0.0) for used in self.cpu) / total * 1e6
            if spent >= 0.5:
                parts.append(f"{name.removeprefix('maskline-')} {spent:.0f}")
        return ", ".join(parts)


def spent_between(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Seconds of processor time per thread between two answers of the probe."""
    return {name: spent - before.get(name, 0.0) for name, spent in after.items()}


class Run:
    """What rows need of the run that they are part of."""

    def __init__(self, options: Options, directory: Path, tell: Callable[[str], None]) -> None:
        self.options = options
        self.directory = directory
        self.tell = tell
        self._databases: dict[Population, Path] = {}
        self._files = 0
        self._prefixes = 0

    def file(self, name: str) -> Path:
        """A new name for a database."""
        self._files += 1
        return self.directory / f"{self._files:02d}-{name}.db"

    def prefix(self, kind: str) -> str:
        """The beginning of a carrier's SIDs that no other row of the run uses."""
        self._prefixes += 1
        return f"{kind}{self._prefixes:02x}"

    def database(self, population: Population, *, fresh: bool = False) -> Path:
        """A database that holds it; the same for all rows, unless it must be a fresh one."""
        known = self._databases.get(population)
        if known is not None and not fresh:
            return known
        self.tell(f"building {population.participants:,} participants, {population.pool:,} numbers")
        path = self.file(f"{population.participants}-{population.pool}")
        build(path, population)
        if not fresh:
            self._databases[population] = path
        return path

    def copy(self, path: Path) -> Path:
        """Another database of the same content; nobody may have it open."""
        copy = self.file("copy")
        shutil.copyfile(path, copy)
        return copy

    @asynccontextmanager
    async def subject(
        self,
        kind: str,
        database: Path,
        *,
        carrier: str | None = None,
        callback: str | None = None,
        holds: Population | None = None,
    ) -> AsyncIterator[Subject]:
        """A server in a process of its own, with open connections. `holds` is what a floor's
        database holds."""
        plan = Plan(kind, str(database), self.options.server_cores, carrier, callback)
        if holds is not None:
            plan.sessions, plan.pool = holds.sessions, holds.pool
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.subject",
            msgspec.json.encode(plan).decode(),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            if not line:
                raise RuntimeError(f"the server under test ({kind}) did not start")
            yield Subject(int(line), process.pid, Pool(int(line), self.options.connections))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()

    @asynccontextmanager
    async def both(
        self,
        first: AbstractAsyncContextManager[Subject],
        second: AbstractAsyncContextManager[Subject],
    ) -> AsyncIterator[tuple[Subject, Subject]]:
        """Two servers, started and ended at the same time."""
        one, other = await asyncio.gather(first.__aenter__(), second.__aenter__())
        try:
            yield one, other
        finally:
            await asyncio.gather(
                first.__aexit__(None, None, None), second.__aexit__(None, None, None)
            )

    async def contest(self, what: str, contestants: Sequence[Contestant]) -> None:
        """Interleaved rounds A B A B, after a short one of each that does not count."""
        seconds = self.options.seconds
        rates = []
        for contestant in contestants:
            few = min(WARM_UP, seconds)
            warm = await contestant.subject.pool.closed(
                contestant.requests(int(_FASTEST * few)), few, contestant.expect
            )
            rates.append(warm.rate)
        for number in range(self.options.rounds):
            for side, contestant in enumerate(contestants):
                wanted = int(rates[side] * seconds * _RESERVE) + self.options.connections
                requests = contestant.requests(wanted)
                before = await contestant.subject.cpu()
                load = await contestant.subject.pool.closed(requests, seconds, contestant.expect)
                after = await contestant.subject.cpu()
                contestant.loads.append(load)
                contestant.cpu.append(spent_between(before, after))
                rates[side] = max(rates[side], load.rate)
                self.tell(f"{what}, round {number + 1}, {chr(ord('A') + side)}: {load.rate:,.0f}/s")
