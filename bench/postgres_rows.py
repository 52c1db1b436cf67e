"""What controls and floors write with on PostgreSQL: what waits goes into one durable commit."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence

from maskline.batcher import Batcher
from maskline.settings import PostgresSettings
from maskline.store.postgres.connection import Pool, create_pool
from maskline.store.postgres.sets import insert_many, is_insert
from maskline.store.sql import load

_CREATE = """CREATE TABLE IF NOT EXISTS ledger
    (reference TEXT, sender TEXT, recipient TEXT, body TEXT, at BIGINT)"""
_INSERT = """INSERT INTO ledger
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])"""


class PostgresLedger:
    """The control's one row per request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._batcher: Batcher[Sequence[object], None] = Batcher(self._commit)

    async def open(self) -> None:
        """Connects, as the product does."""
        self._pool: Pool = await create_pool(self._url, PostgresSettings())
        async with self._pool.acquire() as connection:
            await connection.execute(_CREATE)

    async def close(self) -> None:
        """Disconnects."""
        await self._batcher.drain()
        await self._pool.close()

    def add(self, *row: object) -> asyncio.Future[None]:
        """Adds a row; the future is done when it is durable."""
        return self._batcher.submit(row)

    async def _commit(self, rows: Sequence[Sequence[object]]) -> Sequence[None]:
        async with self._pool.acquire() as connection:
            await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))
        return [None] * len(rows)


class PostgresTables:
    """The product's tables, for a floor."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._single = load("postgres", locking=True)
        self._sets: dict[str, str] = {}
        self._batcher: Batcher[Mapping[str, Sequence[Sequence[object]]], None] = Batcher(
            self._commit
        )

    async def open(self) -> None:
        """Connects, as the product does."""
        self._pool: Pool = await create_pool(self._url, PostgresSettings())
        async with self._pool.acquire() as connection:
            for name, statement in self._single.items():
                if is_insert(statement):
                    found = (await connection.prepare(statement)).get_parameters()
                    self._sets[name] = insert_many(statement, [one.name for one in found])

    async def close(self) -> None:
        """Disconnects."""
        await self._batcher.drain()
        await self._pool.close()

    def add(self, rows: Mapping[str, Sequence[Sequence[object]]]) -> asyncio.Future[None]:
        """Adds rows; the future is done when they are durable."""
        return self._batcher.submit(rows)

    async def _commit(
        self, group: Sequence[Mapping[str, Sequence[Sequence[object]]]]
    ) -> Sequence[None]:
        async with self._pool.acquire() as connection, connection.transaction():
            for name in group[0]:
                rows = list(itertools.chain.from_iterable(rows[name] for rows in group))
                if name in self._sets:
                    columns = map(list, zip(*rows, strict=True))
                    await connection.execute(self._sets[name], *columns)
                else:
                    # In one order, so that two groups never wait for each other.
                    await connection.executemany(self._single[name], sorted(rows))
        return [None] * len(group)


_CLAIM = """WITH due AS (SELECT sid FROM outbox WHERE state = 'pending' AND due_at <= $1
        ORDER BY due_at, sid LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE outbox SET owner = 'control', due_at = $2 FROM due WHERE outbox.sid = due.sid
    RETURNING outbox.sid"""
_DELETE = "DELETE FROM outbox WHERE sid = ANY ($1)"


async def claim_and_delete(url: str, jobs: int, at_once: int) -> float:
    """Claims and deletes so many jobs, two durable commits for each lot; seconds."""
    pool = await create_pool(url, PostgresSettings(pool_size=1))
    now = time.time_ns() // 1_000_000
    try:
        async with pool.acquire() as connection:
            began = time.perf_counter()
            for _ in range(-(-jobs // at_once)):
                found = await connection.fetch(_CLAIM, now, now + 60_000, at_once)
                await connection.execute(_DELETE, [sid for (sid,) in found])
            return time.perf_counter() - began
    finally:
        await pool.close()
