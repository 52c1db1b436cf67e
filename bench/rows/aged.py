"""A database that has grown old: what messages and sessions cost beside millions of records."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bench.databases import forget_jobs
from bench.figures import Bar, Figure, Row
from bench.population import Population, spread, strangers
from bench.rows.doors import CALLBACK, SESSIONS
from bench.run import Contestant, Run
from bench.wire import DOOR, MESSAGE, Creates, SignedForm, Traffic

_LEAST = 1_000


async def aged(run: Run) -> list[Row]:
    """Messages and creates in a full database and in one that is nearly empty."""
    options = run.options
    old = Population(
        options.participants,
        options.pool,
        callback_url=CALLBACK,
        interactions=options.interactions,
    )
    populations = (old, Population(_LEAST, options.pool, callback_url=CALLBACK))
    databases = [run.database(one) for one in populations]
    holds = (
        f"{options.participants:,} active participants, {options.interactions:,} old interactions"
    )
    rows = []
    async with AsyncExitStack() as stack:
        subjects = []
        for database in databases:
            forget_jobs(database)
            subjects.append(await stack.enter_async_context(run.subject("acknowledge", database)))
        for kind, title in (
            ("message", "masked message, acknowledged"),
            ("create", "session create with two participants"),
        ):
            sides = []
            for population, subject in zip(populations, subjects, strict=True):
                if kind == "message":
                    traffic = Traffic(run.prefix("SM"), spread(population, SESSIONS))
                    form = SignedForm(subject.port, DOOR + "/Message", MESSAGE)
                    sides.append(
                        Contestant(
                            subject,
                            lambda count, form=form, traffic=traffic: traffic.requests(form, count),
                        )
                    )
                else:
                    creates = Creates(subject.port, strangers(population))
                    sides.append(Contestant(subject, creates.requests, expect=201))
            await run.contest(f"aged, {kind}", sides)
            rows.append(_row(kind, f"{title}, {holds}", sides))
    return rows


def _row(kind: str, title: str, sides: list[Contestant]) -> Row:
    full, empty = sides
    spent = [sum(sum(used.values()) for used in side.cpu) / max(side.count, 1) for side in sides]
    return Row(
        key=f"aged-{kind}",
        title=title,
        runs="the whole server, its dispatcher stopped, in a database that has grown old",
        figure=Figure("/s", full.rates),
        control_runs=f"the same in a database with {_LEAST:,} participants and no past",
        control=Figure("/s", empty.rates),
        p50=Figure("ms", [load.ms(0.5) for load in full.loads]),
        p99=Figure("ms", [load.ms(0.99) for load in full.loads]),
        bars=[Bar("cost, with the nearly empty one as 1", spent[0] / spent[1], "<=", 1.2)],
        remarks=[
            "the cost is processor time over all parts, which others on the machine disturb less "
            "than the rate",
            f"processor time each, µs: {full.per_request()}; nearly empty: {empty.per_request()}",
        ],
    )
