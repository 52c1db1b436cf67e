"""Masked messages and masked calls at the carriers' door, up to the durable answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.databases import Database, forget_jobs
from bench.figures import Bar, Figure, Row
from bench.population import Population, spread
from bench.run import Contestant, Run, Subject
from bench.wire import CALL, DOOR, MESSAGE, SignedForm, Traffic

SESSIONS = 2_000
CALLBACK = "http://127.0.0.1:9/callback"


async def message(run: Run) -> list[Row]:
    """HTTP in → durable → 200."""
    return [await _row(run, "message", "masked message, acknowledged", 0.5)]


async def call(run: Run) -> list[Row]:
    """HTTP in → TwiML."""
    return [await _row(run, "call", "masked call, answered with TwiML", 0.5)]


@asynccontextmanager
async def subjects(run: Run, kind: str) -> AsyncIterator[tuple[Subject, Subject, Traffic]]:
    """The product without its dispatcher, the control, and traffic for both."""
    population = _population(run)
    database = run.database(population)
    forget_jobs(database)
    traffic = Traffic(run.prefix("SM" if kind == "message" else "CA"), spread(population, SESSIONS))
    async with run.both(
        run.subject("acknowledge", database),
        run.subject(f"{kind}-control", run.empty()),
    ) as (product, control):
        yield product, control, traffic


def _population(run: Run) -> Population:
    return Population(run.options.participants, run.options.pool, callback_url=CALLBACK)


async def _row(run: Run, kind: str, title: str, least: float) -> Row:
    database = run.database(_population(run))
    before = database.count("interactions")
    fields, tail = (MESSAGE, "/Message") if kind == "message" else (CALL, "/Call")
    floors = database.copy()
    forget_jobs(floors)
    async with (
        subjects(run, kind) as (product, control, traffic),
        run.subject(f"{kind}-floor", floors, holds=_population(run)) as floor,
    ):
        sides = []
        for subject in (product, control, floor):
            form = SignedForm(subject.port, DOOR + tail, fields)
            sides.append(
                Contestant(subject, lambda count, form=form: traffic.requests(form, count))
            )
        await run.contest(title, sides)
    ours, bare, least_rows = sides
    _check(database, before, ours.count)
    _check(floors, before, least_rows.count)
    ratio = Figure("/s", ours.rates).median / Figure("/s", bare.rates).median
    return Row(
        key=kind,
        title=title,
        runs=f"{run.options.participants:,} participants, {SESSIONS:,} sessions in turn, "
        "CallbackUrl set; jobs are committed, the dispatcher is stopped",
        figure=Figure("/s", ours.rates),
        control_runs="bare ASGI: form, signature, one row in one durable group commit",
        control=Figure("/s", bare.rates),
        floor=Figure("/s", least_rows.rates),
        p50=Figure("ms", [load.ms(0.5) for load in ours.loads]),
        p99=Figure("ms", [load.ms(0.99) for load in ours.loads]),
        bars=[Bar("share of the control", ratio, ">=", least)],
        remarks=[
            f"processor time each, µs: {ours.per_request()}; control: {bare.per_request()}; "
            f"floor: {least_rows.per_request()}",
            f"the load generator was busy {max(load.busy for load in ours.loads):.0%} of the time",
        ],
    )


def _check(database: Database, before: int, answered: int) -> None:
    """A benchmark of work that was not done would be worthless."""
    done = database.count("interactions") - before
    if done < answered:
        raise RuntimeError(f"{answered} were answered, but only {done} are in the database")
