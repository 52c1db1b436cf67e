"""Masked messages and masked calls at the carriers' door, up to the durable answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bench.databases import Database, forget_jobs
from bench.figures import Bar, Figure, Row
from bench.population import ACCOUNT_SID, CREDENTIALS_KEY, TOKEN, Population, spread
from bench.run import Contestant, Run, Subject
from bench.wire import CALL, DOOR, MESSAGE, SignedForm, Traffic
from maskline.delivery.carriers import owner_of
from maskline.vault import Vault, read_keys

SESSIONS = 2_000
CALLBACK = "http://127.0.0.1:9/callback"


async def message(run: Run) -> list[Row]:
    """HTTP in → durable → 200."""
    return [await _row(run, "message", "masked message, acknowledged", 0.5)]


async def carrier(run: Run) -> list[Row]:
    """The same from an account at Twilio, by its adapter, with its requests kept and not."""
    rows = []
    for kind, title in (
        ("carrier", "masked message by the Twilio adapter, acknowledged"),
        ("carrier-journal", "the same, with carriers' requests kept"),
    ):
        rows.append(await _row(run, kind, title, 0.5))
    return rows


async def call(run: Run) -> list[Row]:
    """HTTP in → TwiML."""
    return [await _row(run, "call", "masked call, answered with TwiML", 0.5)]


@asynccontextmanager
async def subjects(run: Run, kind: str) -> AsyncIterator[tuple[Subject, Subject, Traffic]]:
    """The product without its dispatcher, the control, and traffic for both."""
    population = _population(run)
    database = run.database(population)
    forget_jobs(database)
    if kind.startswith("carrier"):
        _add_account(database, population.carrier)
    traffic = Traffic(run.prefix("CA" if kind == "call" else "SM"), spread(population, SESSIONS))
    async with run.both(
        run.subject(kind if kind.startswith("carrier") else "acknowledge", database),
        run.subject(f"{_likened(kind)}-control", run.empty()),
    ) as (product, control):
        yield product, control, traffic


def _population(run: Run) -> Population:
    return Population(run.options.participants, run.options.pool, callback_url=CALLBACK)


async def _row(run: Run, kind: str, title: str, least: float) -> Row:
    database = run.database(_population(run))
    before = database.count("interactions")
    fields, tail = (CALL, "/Call") if kind == "call" else (MESSAGE, "/Message")
    floors = database.copy()
    forget_jobs(floors)
    async with (
        subjects(run, kind) as (product, control, traffic),
        run.subject(f"{_likened(kind)}-floor", floors, holds=_population(run)) as floor,
    ):
        sides = []
        for subject in (product, control, floor):
            own = subject is product and kind.startswith("carrier")
            door = f"/carriers/{_population(run).carrier}" if own else DOOR
            form = SignedForm(subject.port, door + tail, fields)
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


def _likened(kind: str) -> str:
    """What a row's control and floor do."""
    return "call" if kind == "call" else "message"


def _add_account(database: Database, name: str) -> None:
    """An account at Twilio, which signs with the benchmark's token."""
    secret = msgspec.json.encode({"auth_token": TOKEN})
    sealed = Vault(read_keys(CREDENTIALS_KEY)).seal(secret, owner_of(name, "twilio"))
    settings = msgspec.json.encode({"account_sid": ACCOUNT_SID}).decode()
    database.run("DELETE FROM carriers")
    database.run("INSERT INTO carriers VALUES ($1, 'twilio', $2, $3, 1, 1)", name, settings, sealed)


def _check(database: Database, before: int, answered: int) -> None:
    """A benchmark of work that was not done would be worthless."""
    done = database.count("interactions") - before
    if done < answered:
        raise RuntimeError(f"{answered} were answered, but only {done} are in the database")
