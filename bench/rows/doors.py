"""Masked messages and masked calls at the carriers' door, up to the durable answer."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

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
    path = run.database(population)
    _forget_jobs(path)
    if kind.startswith("carrier"):
        _add_account(path, population.carrier)
    traffic = Traffic(run.prefix("CA" if kind == "call" else "SM"), spread(population, SESSIONS))
    async with run.both(
        run.subject(kind if kind.startswith("carrier") else "acknowledge", path),
        run.subject(f"{_likened(kind)}-control", run.file("control")),
    ) as (product, control):
        yield product, control, traffic


def _population(run: Run) -> Population:
    return Population(run.options.participants, run.options.pool, callback_url=CALLBACK)


async def _row(run: Run, kind: str, title: str, least: float) -> Row:
    path = run.database(_population(run))
    before = _interactions(path)
    fields, tail = (CALL, "/Call") if kind == "call" else (MESSAGE, "/Message")
    floors = run.copy(path)
    _forget_jobs(floors)
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
    _check(path, before, ours.count)
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


def _add_account(path: Path, name: str) -> None:
    """An account at Twilio, which signs with the benchmark's token."""
    secret = msgspec.json.encode({"auth_token": TOKEN})
    sealed = Vault(read_keys(CREDENTIALS_KEY)).seal(secret, owner_of(name, "twilio"))
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM carriers")
    connection.execute(
        "INSERT INTO carriers VALUES (?, 'twilio', ?, ?, 1, 1)",
        (name, msgspec.json.encode({"account_sid": ACCOUNT_SID}).decode(), sealed),
    )
    connection.commit()
    connection.close()


def _forget_jobs(path: Path) -> None:
    """What an earlier row left in the outbox would be taken up when the server starts."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM outbox")
    connection.commit()
    connection.close()


def _interactions(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT COUNT(*) FROM interactions").fetchone()[0])
    finally:
        connection.close()


def _check(path: Path, before: int, answered: int) -> None:
    """A benchmark of work that was not done would be worthless."""
    done = _interactions(path) - before
    if done < answered:
        raise RuntimeError(f"{answered} were answered, but only {done} are in the database")
