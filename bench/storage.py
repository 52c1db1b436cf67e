"""How PostgreSQL keeps what comes for a while and goes by its age: `python -m bench.storage`.

The table of interactions, with a day's rows a round, each written once and updated twice, and the
oldest day's removed: by the schema's settings, by PostgreSQL's own, and partitioned by days.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from bench.databases import PostgresEngine
from maskline.store.migrate import migrations

_COLUMNS: Final = (
    "way",
    "MiB when full",
    "at the end",
    "written /s",
    "removed /s",
    "look-up µs",
    "HOT updates",
)
_KEPT: Final = 30
_LOT: Final = 200
_LOOKS: Final = 2_000
_DAY_MS: Final = 86_400_000
_TABLE: Final = "interactions"

_INSERT: Final = """
INSERT INTO interactions
SELECT $1 || lpad(to_hex(g), 4, '0') || substr(md5(g::text), 1, 16), 'AC', 'KS',
    'KC' || md5((g % 5000)::text || $1), 'message', '{"body":"I am at the door, ring twice."}', 0,
    'KP' || md5('a'), 'SM' || md5(g::text), 'received', 'KP' || md5('b'), 'SM' || md5(g::text),
    'queued', 0, 0
FROM generate_series($2::int, $3::int) g
"""
_UPDATE: Final = """
UPDATE interactions SET outbound_resource_status = $1, date_updated = date_updated + 1
WHERE sid >= $2 AND sid < $3
"""
_DELETE: Final = """
DELETE FROM interactions
WHERE sid IN (SELECT sid FROM interactions WHERE sid < $1 ORDER BY sid LIMIT 500)
"""
_SIZE: Final = """
SELECT GREATEST(pg_total_relation_size('interactions'),
    (SELECT COALESCE(SUM(pg_total_relation_size(relid)), 0)
     FROM pg_partition_tree('interactions')))::float8
"""
_HOT: Final = """
SELECT SUM(n_tup_hot_upd)::float8 / SUM(n_tup_upd)::float8 FROM pg_stat_user_tables
WHERE relname LIKE 'interactions%'
"""
_LOOK: Final = "SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = $1"


class Outcome(msgspec.Struct):
    """Sizes in MiB after each round, rows per second, µs per look-up, and how much of the updates
    left the indexes alone."""

    sizes: list[float]
    writes: float
    removals: float
    look: float
    hot: float


def main() -> None:
    """Prints a row for each way."""
    parser = argparse.ArgumentParser(prog="python -m bench.storage", description=__doc__)
    parser.add_argument("--rounds", type=int, default=75)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of a day")
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="maskline-storage-"))
    # Days pass in seconds here, so its upkeep has to look as often.
    engine = PostgresEngine(directory, autovacuum_naptime="2s")
    print(
        "| way | MiB when full | at the end | written /s | removed /s | look-up µs | HOT updates |"
    )
    print("|---|---|---|---|---|---|---|")
    try:
        for name, settings, partitioned in (
            ("deletes, PostgreSQL's settings", None, False),
            ("deletes, the schema's settings, pages filled whole", "fillfactor = 100", False),
            ("deletes, the schema's settings", "", False),
            ("a partition for each day, dropped", None, True),
        ):
            url = engine.database(None).url
            done = asyncio.run(_run(url, settings, given.rounds, given.rows, partitioned))
            print(
                f"| {name} | {done.sizes[_KEPT]:.0f} | {done.sizes[-1]:.0f} | {done.writes:,.0f} "
                f"| {done.removals:,.0f} | {done.look:.0f} | {done.hot:.0%} |",
                flush=True,
            )
    finally:
        engine.close()
        shutil.rmtree(directory, ignore_errors=True)


async def _run(
    url: str, settings: str | None, rounds: int, rows: int, partitioned: bool
) -> Outcome:
    connection = await asyncpg.connect(url)
    try:
        for statement in _schema(settings, partitioned):
            await connection.execute(statement)
        sizes = []
        writing = removing = 0.0
        for day in range(rounds):
            if partitioned:
                await connection.execute(
                    f"CREATE TABLE interactions_{day} PARTITION OF interactions "
                    f"FOR VALUES FROM ('{_edge(day)}') TO ('{_edge(day + 1)}')"
                )
            began = time.perf_counter()
            await _day(connection, day, rows)
            writing += time.perf_counter() - began
            if day >= _KEPT:
                began = time.perf_counter()
                await _remove(connection, day - _KEPT, partitioned)
                removing += time.perf_counter() - began
            sizes.append(await connection.fetchval(_SIZE) / 2**20)
        return Outcome(
            sizes=sizes,
            writes=rounds * rows / writing,
            removals=(rounds - _KEPT) * rows / removing,
            look=await _looks(connection),
            hot=await _share(connection),
        )
    finally:
        await connection.close()


def _schema(settings: str | None, partitioned: bool) -> Sequence[str]:
    """Of the product's migrations what is about the table."""
    wanted = [f"CREATE TABLE {_TABLE} ", f"CREATE INDEX {_TABLE}_"]
    if settings is not None:
        wanted.append(f"ALTER TABLE {_TABLE} ")
    found = [
        statement
        for step in migrations("postgres")
        for statement in step.statements
        if statement.startswith(tuple(wanted))
    ]
    if partitioned:
        found[0] += " PARTITION BY RANGE (sid)"
    if settings:
        found.append(f"ALTER TABLE {_TABLE} SET ({settings})")
    return found


def _edge(day: int, serial: int = 0) -> str:
    return f"KI{day * _DAY_MS:012x}{serial:04x}"


async def _day(connection: Any, day: int, rows: int) -> None:
    for first in range(0, rows, _LOT):
        await connection.execute(_INSERT, _edge(day)[:14], first, first + _LOT - 1)
        # Its messages go out, and arrive.
        for status in ("sent", "delivered"):
            await connection.execute(_UPDATE, status, _edge(day, first), _edge(day, first + _LOT))


async def _remove(connection: Any, day: int, partitioned: bool) -> None:
    if partitioned:
        await connection.execute(f"DROP TABLE interactions_{day}")
        return
    while await connection.execute(_DELETE, _edge(day + 1)) != "DELETE 0":
        pass


async def _looks(connection: Any) -> float:
    """µs of what every message asks: the newest interaction of its session."""
    found = await connection.fetch("SELECT DISTINCT session_sid FROM interactions")
    sessions = random.Random(1).choices([sid for (sid,) in found], k=_LOOKS)
    for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        await connection.execute(f"SET {name} = off")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    statement = await connection.prepare(_LOOK)
    for sid in sessions[:200]:
        await statement.fetchval(sid)
    began = time.perf_counter()
    for sid in sessions:
        await statement.fetchval(sid)
    return (time.perf_counter() - began) / _LOOKS * 1e6


async def _share(connection: Any) -> float:
    # Counts are told to the server's statistics with some delay.
    await connection.execute("SELECT pg_stat_force_next_flush()")
    return float(await connection.fetchval(_HOT) or 0.0)


if __name__ == "__main__":
    main()
