"""Session create with two participants, over HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from bench.figures import Bar, Figure, Row
from bench.population import Population, strangers
from bench.run import Contestant, Run
from bench.wire import Creates

_LEAST: Final = 1_000


async def create(run: Run) -> list[Row]:
    """HTTP in → two numbers chosen → durable → 201, in a small database and in a large one."""
    sizes = sorted({_LEAST, run.options.participants})
    populations = [Population(size, run.options.pool, callback_url=None) for size in sizes]
    # Its own files: what is created would be in the way of others.
    databases = [run.database(population, fresh=True) for population in populations]
    databases.append(databases[-1].copy())
    before = [database.count("sessions") for database in databases]
    async with AsyncExitStack() as stack:
        sides = []
        for kind, population, database in [
            *(("acknowledge", *pair) for pair in zip(populations, databases[:-1], strict=True)),
            ("create-floor", populations[-1], databases[-1]),
            ("create-control", populations[-1], run.empty()),
        ]:
            subject = await stack.enter_async_context(run.subject(kind, database, holds=population))
            creates = Creates(subject.port, strangers(population))
            sides.append(Contestant(subject, creates.requests, expect=201))
        await run.contest("session create", sides)
    *written, bare = sides
    *ours, floor = written
    for database, known, side in zip(databases, before, written, strict=True):
        if database.count("sessions") - known < side.count:
            raise RuntimeError(f"{side.count} sessions were answered, but are not in the database")
    few, many = Figure("/s", ours[0].rates), Figure("/s", ours[-1].rates)
    control = Figure("/s", bare.rates)
    spent = [sum(map(_total, side.cpu)) / max(side.count, 1) for side in ours]
    bars = [
        Bar("sessions per second", many.median, ">=", 2_000),
        Bar("share of the control", many.median / control.median, ">=", 0.5),
    ]
    if len(sizes) > 1:
        bars.append(Bar(f"cost, with {_LEAST:,} as 1", spent[-1] / spent[0], "<=", 1.2))
    return [
        Row(
            key=f"create-{sizes[-1]}",
            title=f"session create with two participants, {sizes[-1]:,} active participants",
            runs=f"POST …/Sessions with Participants twice, pool of {run.options.pool:,} numbers, "
            "both people new",
            figure=many,
            control_runs="the same Falcon: Basic authorization, form, one row in one durable group "
            "commit",
            control=control,
            floor=Figure("/s", floor.rates),
            p50=Figure("ms", [load.ms(0.5) for load in ours[-1].loads]),
            p99=Figure("ms", [load.ms(0.99) for load in ours[-1].loads]),
            bars=bars,
            remarks=[
                f"with {_LEAST:,} participants at the beginning (and {ours[0].count:,} sessions "
                f"more at the end): {few}",
                "the cost is processor time over all threads, which others on the machine disturb "
                "less than the rate",
                f"processor time each, µs: {ours[-1].per_request()}; "
                f"control: {bare.per_request()}; floor: {floor.per_request()}",
            ],
        )
    ]


def _total(cpu: dict[str, float]) -> float:
    return sum(cpu.values())
