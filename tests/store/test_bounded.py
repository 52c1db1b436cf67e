"""Records that come and go by their age do not let the database grow."""

from __future__ import annotations

from typing import Any

from maskline.model.message import Message
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.messages import StatusChange
from tests.support.engines import Engine, PostgresEngine, SqliteEngine
from tests.support.records import Records, StoppedClock

ROUNDS = 12
KEPT = 3
A_ROUND = 600
LOT = 300
#: Of the size when it first held all that it is to hold.
BOUND = 1.25


async def come(store: Store, records: Records, account_sid: str) -> None:
    """A round's messages, each of which is sent and delivered, and its alerts and calls."""
    for _ in range(A_ROUND // LOT):
        some = [records.message(account_sid, direction="outbound-reply") for _ in range(LOT)]

        async def add(tx: Transaction, some: list[Message] = some) -> None:
            await tx.messages.add_many(some)
            await tx.alerts.add_many([records.alert(account_sid) for _ in some])
            await tx.calls.add_many([records.call(account_sid) for _ in some])

        await store.transact(add)
        for status in ("sent", "delivered"):
            now = records.clock()
            changes = [StatusChange(one.sid, status, None, one.sid, now, now) for one in some]

            async def change(tx: Transaction, changes: list[StatusChange] = changes) -> None:
                await tx.messages.set_status_many(changes)

            await store.transact(change)


async def go(store: Store, before: int) -> int:
    """Removes what is older; how many records that were."""

    async def remove(tx: Transaction) -> int:
        return (
            await tx.retention.remove_messages(before, 100)
            + await tx.retention.remove_alerts(before, 100)
            + await tx.retention.remove_calls(before, 100)
        )

    gone = 0
    while some := await store.transact(remove):
        gone += some
    return gone


def size(engine: Engine) -> int:
    """Bytes of the database, after what the engine does by itself to take up what is free."""
    if isinstance(engine, SqliteEngine):
        return engine.path.stat().st_size
    assert isinstance(engine, PostgresEngine)
    total = 0
    for table in ("messages", "alerts", "calls"):
        # Autovacuum does it by the clock, as postgres/test_upkeep.py has it told.
        engine.cluster.execute(f"VACUUM {table}", engine.name)
        total += engine.cluster.value(f"SELECT pg_total_relation_size('{table}')", engine.name)
    return total


async def test_steady_traffic_and_retention_stay_within_a_bound(
    engine: Engine, store: Store, records: Records
) -> None:
    account = records.account()
    await store.transact(lambda tx: tx.accounts.add(account))
    assert isinstance(records.clock, StoppedClock)
    await settle(store)
    empty = size(engine)
    sizes = []
    for number in range(ROUNDS):
        beginning = records.clock()
        await come(store, records, account.sid)
        records.clock.advance(1000)
        gone = await go(store, beginning - (KEPT - 1) * 1000)
        assert gone == (3 * A_ROUND if number >= KEPT else 0)
        await settle(store)
        sizes.append(size(engine))
    full = sizes[KEPT]
    assert max(sizes[KEPT:]) <= BOUND * full
    # And it did grow before: the bound is not there for the lack of rows.
    assert full > 1.5 * empty


async def settle(store: Store) -> None:
    """SQLite's log goes into the file."""
    gate: Any = getattr(store, "_checkpointer", None)
    if gate is not None:
        gate._checkpoint()
