"""Number assignment alone, in this process: the allocator's questions to the store."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from bench.databases import Database, SqliteDatabase
from bench.figures import Bar, Figure, Row
from bench.population import ACCOUNT_SID, HUB, MOST_PEOPLE, SERVICE_SID, Population, person
from bench.run import Run
from maskline.model.service import Service
from maskline.model.session import Mode
from maskline.proxy.assignment import choose, choose_both
from maskline.settings import SqliteSettings
from maskline.store.contract import Transaction
from maskline.store.sql import load
from maskline.store.sqlite.connection import connect
from maskline.store.sqlite.executor import SqliteExecutor, drive

_POOLS: Final = (50, 500, 5_500)
_LEAST: Final = 1_000
_AT_ONCE: Final = 200
#: The hub is in a session on all but this share of the pool's numbers.
_FREE: Final = 55

Draw = Callable[[Transaction, Service, str], Awaitable[object]]


async def assign(run: Run) -> list[Row]:
    """Microseconds per choice, over pools and populations."""
    sizes = sorted({_LEAST, run.options.participants})
    return [_row(run, pool, sizes) for pool in _POOLS] + [_worst(run)]


def _row(run: Run, pool: int, sizes: list[int]) -> Row:
    figures = {}
    remarks = []
    for size in sizes:
        population = Population(size, pool)
        with _transaction(run.database(population)) as tx:
            figures[size] = _time(run, tx, _alone, _strangers())
            known = _time(run, tx, _alone, _people(size))
            both = _time(run, tx, _both, _strangers())
        remarks.append(
            f"{size:,} participants: a new person {figures[size]}, one who met a number {known}, "
            f"two new people together {both}"
        )
    few, many = figures[sizes[0]], figures[sizes[-1]]
    return Row(
        key=f"assign-{pool}",
        title=f"assignment alone, pool of {pool:,}",
        runs=f"choose() for a person in no session, {sizes[-1]:,} participants",
        figure=many,
        control_runs=f"the same with {sizes[0]:,} participants",
        control=few,
        bars=[Bar("cost, with 1,000 as 1", many.median / few.median, "<=", 1.2)],
        remarks=remarks,
    )


def _worst(run: Run) -> Row:
    pool = _POOLS[-1]
    taken = pool - pool // _FREE
    population = Population(run.options.participants, pool, hub_numbers=taken)
    with _transaction(run.database(population)) as tx:
        figure = _time(run, tx, _alone, _hub())
    return Row(
        key="assign-hub",
        title="assignment alone, worst case",
        runs=f"choose() for a hub who is in a session on {taken:,} of {pool:,} numbers",
        figure=figure,
        remarks=[
            "not a usual load: one person in thousands of sessions at once (a switchboard, say), "
            "where the numbers that are still free are also the most loaded, so that every taken "
            "one is looked at before them. It is here because it bounds what a choice can cost: "
            "that grows with the pool, never with the number of sessions",
        ],
    )


async def _alone(tx: Transaction, service: Service, identifier: str) -> object:
    return await choose(tx, service, Mode.VOICE_AND_MESSAGE.value, identifier)


async def _both(tx: Transaction, service: Service, identifier: str) -> object:
    other = f"{identifier[:-1]}{9 - int(identifier[-1])}"
    return await choose_both(tx, service, Mode.VOICE_AND_MESSAGE.value, identifier, other)


def _time(run: Run, tx: Transaction, draw: Draw, people: Iterator[str]) -> Figure:
    """µs of processor time per choice: the median of blocks, one value per round."""
    service = drive(tx.services.get(SERVICE_SID, ACCOUNT_SID))
    assert service is not None
    values = []
    for _ in range(run.options.rounds):
        until = time.perf_counter() + run.options.seconds / 10
        blocks = []
        while not blocks or time.perf_counter() < until:
            identifiers = [next(people) for _ in range(_AT_ONCE)]
            began = time.thread_time()
            for identifier in identifiers:
                drive(draw(tx, service, identifier))
            blocks.append((time.thread_time() - began) / _AT_ONCE * 1e6)
        blocks.sort()
        values.append(blocks[len(blocks) // 2])
    return Figure("µs", values)


@contextmanager
def _transaction(database: Database) -> Iterator[Transaction]:
    assert isinstance(database, SqliteDatabase)
    connection = connect(database.path, SqliteSettings(), read_only=True)
    connection.execute("BEGIN")
    try:
        yield Transaction(SqliteExecutor(connection, load("sqlite")))
    finally:
        connection.close()


def _strangers() -> Iterator[str]:
    index = MOST_PEOPLE
    while True:
        index -= 1
        yield person(index)


def _people(participants: int) -> Iterator[str]:
    draw = random.Random(1).randrange
    while True:
        yield person(draw(participants))


def _hub() -> Iterator[str]:
    while True:
        yield HUB
