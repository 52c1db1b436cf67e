"""A run: its options, its databases, the servers under test, and interleaved rounds."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.databases import Database, Engine
from bench.load import Load, Pool
from bench.population import Population
from bench.subject import Plan

ROOT: Final = Path(__file__).resolve().parent.parent
#: Seconds of a round before the first that counts.
WARM_UP: Final = 0.3
#: Requests are made before the clock starts: as many as the last rate asks for, and half again.
_RESERVE: Final = 1.5
_FASTEST: Final = 40_000


#: How the database's server is named among a server's threads.
POSTGRES: Final = "PostgreSQL"


class Options(msgspec.Struct, frozen=True):
    """What to run, and how long: `seconds` per round, `rounds` of each contestant."""

    seconds: float = 1.5
    rounds: int = 3
    connections: int = 64
    participants: int = 100_000
    pool: int = 5_500
    directory: Path = Path("/tmp")
    server_cores: list[int] = []
    interactions: int = 10_000_000
    minutes: float = 10.0
    rate: int = 500
    jobs: int = 50_000


class Subject(msgspec.Struct):
    """A server under test: its process and the connections to it. `database_cpu` tells the seconds
    of its database's server, where there is one."""

    port: int
    pid: int
    pool: Pool
    database_cpu: Callable[[], float | None] = lambda: None

    async def ask(self, what: str) -> bytes:
        """What the probe answers."""
        request = f"GET /bench/{what} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        return (await self.pool.one(request))[1]

    async def cpu(self) -> dict[str, float]:
        """Seconds of processor time per thread, and of the database's server."""
        spent = msgspec.json.decode(await self.ask("cpu"), type=dict[str, float])
        if (database := self.database_cpu()) is not None:
            spent[POSTGRES] = database
        return spent


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

    def __init__(self, options: Options, engine: Engine, tell: Callable[[str], None]) -> None:
        self.options = options
        self.engine = engine
        self.tell = tell
        self._databases: dict[Population, Database] = {}
        self._prefixes = 0

    def prefix(self, kind: str) -> str:
        """The beginning of a carrier's SIDs that no other row of the run uses."""
        self._prefixes += 1
        return f"{kind}{self._prefixes:02x}"

    def database(self, population: Population, *, fresh: bool = False) -> Database:
        """A database that holds it; the same for all rows, unless it must be a fresh one."""
        known = self._databases.get(population)
        if known is not None and not fresh:
            return known
        self.tell(
            f"{self.engine.name}: building {population.participants:,} participants, "
            f"{population.pool:,} numbers, {population.interactions:,} old interactions"
        )
        database = self.engine.database(population)
        if not fresh:
            self._databases[population] = database
        return database

    def empty(self) -> Database:
        """A new database without a schema."""
        return self.engine.database(None)

    @asynccontextmanager
    async def subject(
        self,
        kind: str,
        database: Database,
        *,
        carrier: str | None = None,
        callback: str | None = None,
        holds: Population | None = None,
    ) -> AsyncIterator[Subject]:
        """A server in a process of its own, with open connections. `holds` is what a floor's
        database holds."""
        plan = Plan(kind, database.url, self.options.server_cores, carrier, callback)
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
            pool = Pool(int(line), self.options.connections)
            yield Subject(int(line), process.pid, pool, self.engine.cpu)
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
