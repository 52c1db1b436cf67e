"""Several processes over one PostgreSQL database: masked messages at the carriers' door."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import Final

from bench.databases import Database, forget_jobs
from bench.figures import Bar, Figure, Row
from bench.load import Pool
from bench.population import Population, spread
from bench.quota import held, possible
from bench.rows.doors import CALLBACK, SESSIONS
from bench.run import POSTGRES, Contestant, Run, Subject
from bench.wire import DOOR, MESSAGE, SignedForm, Traffic

_COUNTS: Final = (1, 2, 4)
_LEAST: Final = 1.6
#: Four processes, the database's server and the load generator together find that on two cores.
_SHARE: Final = 0.2
#: Of the whole machine: this process is tied to one.
_CORES: Final = os.cpu_count() or 1


class Group(Subject):
    """Several servers as one: their processor time together."""

    members: list[Subject] = []

    async def cpu(self) -> dict[str, float]:
        """Seconds of all servers, and of the database's server."""
        servers = 0.0
        database = 0.0
        for one in self.members:
            spent = await one.cpu()
            database = spent.pop(POSTGRES, 0.0)
            servers += sum(spent.values())
        return {"servers": servers, POSTGRES: database}


async def processes(run: Run) -> list[Row]:
    """1, 2 and 4 processes in turn: with all that the machine has, and each held to a share of a
    core, so that the cores last for all."""
    population = Population(run.options.participants, run.options.pool, callback_url=CALLBACK)
    database = run.database(population)
    traffic = Traffic(run.prefix("SM"), spread(population, SESSIONS))
    rows = []
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(run.subject("acknowledge", database))
            for _ in range(_COUNTS[-1])
        ]
        free = await _contest(run, database, traffic, started)
        rows.append(_row("processes", "", free, [] if possible() else _bar(free)))
        rows[0].remarks.extend(_bound(free[0], Figure("/s", free[0].rates).median))
        if possible():
            with held([one.pid for one in started], _SHARE):
                slow = await _contest(run, database, traffic, started)
            how = f", each with {_SHARE:.0%} of a core"
            rows.append(_row("processes-held", how, slow, _bar(slow)))
    return rows


async def _contest(
    run: Run, database: Database, traffic: Traffic, started: list[Subject]
) -> list[Contestant]:
    forget_jobs(database)
    before = database.count("interactions")
    sides = []
    for count in _COUNTS:
        members = started[:count]
        pool = Pool([one.port for one in members], 2 * run.options.connections)
        group = Group(members[0].port, members[0].pid, pool, members=members)
        form = SignedForm(group.port, DOOR + "/Message", MESSAGE)
        sides.append(Contestant(group, lambda count, form=form: traffic.requests(form, count)))
    await run.contest("processes", sides)
    answered = sum(side.count for side in sides)
    if database.count("interactions") - before < answered:
        raise RuntimeError(f"{answered} were answered, but fewer are in the database")
    return sides


def _bar(sides: list[Contestant]) -> list[Bar]:
    one, two, _ = (Figure("/s", side.rates).median for side in sides)
    return [Bar("rate, with one process as 1", two / one, ">=", _LEAST)]


def _row(key: str, how: str, sides: list[Contestant], bars: list[Bar]) -> Row:
    one, two, _ = (Figure("/s", side.rates) for side in sides)
    return Row(
        key=key,
        title=f"masked message, acknowledged, by two processes{how}",
        runs="as for one process, over one database; twice as many connections as there, so that "
        "each of two has its fill, spread evenly",
        figure=two,
        control_runs="one process, in the same rounds",
        control=one,
        p50=Figure("ms", [load.ms(0.5) for load in sides[1].loads]),
        p99=Figure("ms", [load.ms(0.99) for load in sides[1].loads]),
        bars=bars,
        remarks=list(map(_taken, _COUNTS, sides)),
    )


def _taken(count: int, side: Contestant) -> str:
    """How much of the cores each part took."""
    elapsed = sum(load.elapsed for load in side.loads)
    parts = {name: sum(used[name] for used in side.cpu) / elapsed for name in ("servers", POSTGRES)}
    generator = sum(load.busy * load.elapsed for load in side.loads) / elapsed
    rate = Figure("/s", side.rates)
    return (
        f"{count} process{'es' if count > 1 else ''}: {rate}; of {_CORES} cores the servers took "
        f"{parts['servers']:.2f}, {POSTGRES} {parts[POSTGRES]:.2f}, the load generator "
        f"{generator:.2f}"
    )


def _bound(side: Contestant, rate: float) -> list[str]:
    """What the cores allow: all parts share them."""
    each = sum(sum(used.values()) for used in side.cpu)
    each += sum(load.busy * load.elapsed for load in side.loads)
    each /= max(side.count, 1)
    most = _CORES / each
    says = (
        f"a message takes {each * 1e6:.0f} µs of all parts together, so that these cores allow "
        f"{most:,.0f} per second at most, {most / rate:.2f} times one process"
    )
    if most / rate < _LEAST:
        says += ": they do not last for the bar, whatever the program does"
    return [says]
