from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg

from maskline.model.pace import Level
from maskline.store.contract import Store, Transaction
from tests.support.engines import Engine, PostgresEngine


async def test_what_was_taken_is_kept(store: Store, db: Any) -> None:
    async def take(tx: Transaction) -> None:
        levels, _ = await tx.paces.hold(["b", "a"], 5)
        assert levels == {}
        await tx.paces.take_many([Level("a", 70, 3), Level("b", 80)])

    await store.transact(take)
    levels, _ = await db.paces.hold(["a", "b", "c"], 5)
    assert levels == {"a": Level("a", 70, 3), "b": Level("b", 80, 0)}


async def test_the_time_is_the_process_s_or_the_database_s(store: Store, db: Any) -> None:
    _, now = await db.paces.hold(["a"], 5)
    if store.shared:
        assert abs(now / 1_000_000 - time.time()) < 60
    else:
        assert now == 5


async def test_the_database_s_time_is_that_by_which_all_are_held(
    store: Store, db: Any, engine: Engine
) -> None:
    if not isinstance(engine, PostgresEngine):
        return
    await db.paces.hold(["a", "b"], 5)
    connection = await asyncpg.connect(engine.url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM paces WHERE name = 'b' FOR UPDATE")
            waiting = asyncio.create_task(db.paces.hold(["a", "b"], 5))
            await asyncio.sleep(0.2)
            released = time.time()
        _, now = await waiting
    finally:
        await connection.close()
    assert now / 1_000_000 >= released


async def test_queues_are_apart_from_what_was_taken(db: Any) -> None:
    assert await db.paces.queues(["a", "b"]) == {}
    await db.paces.set_queues({"b": 9, "a": 7})
    assert await db.paces.queues(["b", "a", "c"]) == {"a": 7, "b": 9}
    assert await db.paces.queues_now(["a", "x"]) == {"a": 7}
    assert (await db.paces.hold(["a", "b"], 5))[0] == {}
    await db.paces.take_many([Level("a", 70, 3)])
    assert await db.paces.queues_now(["a"]) == {"a": 7}


async def test_the_longest_queues_come_first(db: Any) -> None:
    await db.paces.queues(["a", "b", "c"])
    await db.paces.set_queues({"a": 7, "b": 9, "c": 8})
    assert await db.paces.queued(7, 10) == [("b", 9), ("c", 8)]
    assert await db.paces.queued(0, 2) == [("b", 9), ("c", 8)]


async def test_what_is_full_and_has_no_queue_is_removed(db: Any) -> None:
    await db.paces.queues(["a", "b", "c"])
    await db.paces.set_queues({"a": 7, "b": 20})
    await db.paces.take_many([Level("a", 8), Level("b", 3), Level("c", 20)])
    assert await db.paces.expire(7, 10) == 0
    assert await db.paces.expire(8, 10) == 1
    assert await db.paces.queues_now(["a", "b", "c"]) == {"b": 20, "c": 0}
    assert await db.paces.expire(20, 1) == 1
    assert await db.paces.expire(20, 10) == 1


async def test_no_two_hold_a_bucket_at_once(engine: Engine, store: Store) -> None:
    """Each adds one to what it found: none is lost, be the row new or not."""
    other = engine.store() if store.shared else store
    if store.shared:
        await other.open()

    async def add(tx: Transaction) -> None:
        levels, _ = await tx.paces.hold(["a", "b"], 0)
        await tx.paces.take_many(
            [Level(name, 1, getattr(levels.get(name), "used", 0) + 1) for name in ("b", "a")]
        )

    await asyncio.gather(*(each.transact(add) for each in (store, other) * 20))
    levels, _ = await store.transact(lambda tx: tx.paces.hold(["a", "b"], 0))
    assert [levels[name].used for name in "ab"] == [40, 40]
    if store.shared:
        await other.close()
