"""The outbox alone: jobs that are claimed, run and acknowledged one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

from bench.databases import Database
from bench.figures import Figure, Row
from bench.load import PATIENCE, quiet
from bench.population import ACCOUNT_SID, Population
from bench.postgres_rows import claim_and_delete as postgres_claim_and_delete
from bench.run import Run
from bench.sqlite_rows import claim_and_delete as sqlite_claim_and_delete
from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.results import Finished, Result
from maskline.model.clock import system_clock
from maskline.model.job import Job
from maskline.model.sid import SidFactory
from maskline.settings import Settings
from maskline.store.contract import Store
from maskline.store.postgres import PostgresStore
from maskline.store.sqlite import SqliteStore

_KIND: Final = "nothing"
_AT_ONCE: Final = 1_000
#: As many as the product claims at once.
_CLAIM: Final = 500


class _Nothing:
    """Runs jobs that do nothing; `over` when so many were run."""

    delays = (1.0,)

    def __init__(self, jobs: int) -> None:
        self.left = jobs
        self.over = asyncio.Event()

    def decode(self, payload: bytes) -> Any:
        return payload

    def lane(self, job: Job, payload: Any) -> str:
        return _KIND

    async def run(self, job: Job, payload: Any) -> Result:
        self.left -= 1
        if not self.left:
            self.over.set()
        return Finished()

    async def exhausted(self, job: Job, payload: Any, error: str) -> Result:
        return Finished()


async def outbox(run: Run) -> list[Row]:
    """Jobs per second in one process."""
    database = run.database(Population(1_000, 50))
    jobs = run.options.jobs
    ours, bare = [], []
    for number in range(run.options.rounds):
        ours.append(jobs / await _product(database, jobs))
        await _with_store(database, lambda store: _fill(store, jobs))
        with quiet():
            bare.append(jobs / await _control(database, jobs))
        run.tell(f"outbox, round {number + 1}: A {ours[-1]:,.0f}/s, B {bare[-1]:,.0f}/s")
        if database.count("outbox"):
            raise RuntimeError("jobs are left")
    return [
        Row(
            key="outbox",
            title="outbox, jobs that do nothing, one process",
            runs=f"{jobs:,} due jobs in the table; each is claimed under a lease, run, and counted "
            "when the commit that deletes it alone by its SID is durable; what ends together "
            "shares a commit",
            figure=Figure("/s", ours),
            control_runs=f"statements by hand: {_CLAIM} rows claimed in one durable commit and "
            "deleted in the next, no job looked at",
            control=Figure("/s", bare),
            remarks=[
                "at least once, like every row that says so: what a killed process had claimed is "
                "run by another when its lease has ended",
            ],
        )
    ]


def store_of(database: Database) -> Store:
    """A store over it."""
    settings = Settings()
    url = database.url
    if url.startswith("sqlite:///"):
        return SqliteStore(getattr(database, "path"), settings.sqlite)  # noqa: B009
    return PostgresStore(url, settings.postgres)


async def _with_store(database: Database, work: Any) -> Any:
    store = store_of(database)
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()


async def _product(database: Database, jobs: int) -> float:
    """Seconds until all are done."""
    store = store_of(database)
    await store.open()
    try:
        await _fill(store, jobs)
        handler = _Nothing(jobs)
        dispatcher = Dispatcher(
            store, system_clock, "bench:1:00000000", {_KIND: handler}, Settings().delivery
        )
        with quiet():
            began = time.perf_counter()
            await dispatcher.start()
            async with asyncio.timeout(PATIENCE):
                await handler.over.wait()
            await dispatcher.idle()
            seconds = time.perf_counter() - began
        await dispatcher.stop()
    finally:
        await store.close()
    if handler.left:
        raise RuntimeError(f"{-handler.left} jobs were run twice")
    return seconds


async def _fill(store: Store, jobs: int) -> None:
    sids = SidFactory(system_clock)
    now = system_clock()
    for first in range(0, jobs, _AT_ONCE):
        some = [_job(sids, now) for _ in range(first, min(first + _AT_ONCE, jobs))]

        async def add(tx: Any, some: Sequence[Job] = some) -> None:
            await tx.outbox.add_many(some)

        await store.transact(add)


def _job(sids: SidFactory, now: int) -> Job:
    return Job(
        sid=sids.new("JB"),
        kind=_KIND,
        account_sid=ACCOUNT_SID,
        ordering_key="",
        payload=b"{}",
        state="pending",
        attempts=0,
        due_at=now,
        owner="",
        last_error="",
        date_created=now,
    )


async def _control(database: Database, jobs: int) -> float:
    url = database.url
    if url.startswith("sqlite:///"):
        return sqlite_claim_and_delete(getattr(database, "path"), jobs, _CLAIM)  # noqa: B009
    return await postgres_claim_and_delete(url, jobs, _CLAIM)
