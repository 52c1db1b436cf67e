"""What is PostgreSQL's alone: its schema, and what becomes of it when the database goes away."""

from __future__ import annotations

import asyncio
import signal

import msgspec
import pytest

from maskline.model.account import Account
from maskline.settings import PostgresSettings
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.store.postgres import PostgresStore
from maskline.store.postgres.trouble import StatementRefused
from tests.support.engines import NEWEST, PostgresEngine
from tests.support.postgres import Cluster
from tests.support.records import Records


async def accounts(store: Store) -> list[str]:
    """The SIDs of the accounts that are committed."""
    return [account.sid for account in await store.read(lambda tx: tx.accounts.all())]


async def test_processes_that_start_together_on_an_empty_database(
    cluster: Cluster, records: Records
) -> None:
    name = cluster.create(empty=True)
    stores = [PostgresStore(cluster.url(name), PostgresSettings()) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert cluster.value("SELECT COUNT(*) FROM maskline_schema", name) == NEWEST
    account = records.account()
    await stores[0].transact(lambda tx: tx.accounts.add(account))
    assert await accounts(stores[3]) == [account.sid]
    for store in stores:
        await store.close()


def test_texts_are_compared_by_their_bytes(engine: PostgresEngine, cluster: Cluster) -> None:
    assert cluster.value("SELECT datlocprovider FROM pg_database WHERE datname = 'postgres'") == (
        b"i"
    ), "the test's own server should compare texts by a language's rules"
    others = """
        SELECT COUNT(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_collation o ON o.oid = a.attcollation
        WHERE c.relnamespace = 'public'::regnamespace AND o.collname <> 'C'
    """
    assert cluster.value(others, engine.name) == 0
    assert cluster.value("SELECT 'B' < 'a'", engine.name) is False
    assert cluster.value("SELECT 'B' < 'a' COLLATE \"C\"", engine.name) is True


async def test_connections_that_were_ended(
    engine: PostgresEngine, store: Store, records: Records, cluster: Cluster
) -> None:
    for _ in range(3):
        account = records.account()
        engine.end_connections()
        await store.transact(lambda tx, account=account: tx.accounts.add(account))
        engine.end_connections()
        assert account.sid in await accounts(store)


async def test_a_connection_that_is_lost_before_the_commit(
    engine: PostgresEngine, store: Store, records: Records, cluster: Cluster
) -> None:
    account = records.account()
    runs = 0

    async def use_case(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.accounts.add(account)
        if runs == 1:
            engine.end_connections()
        await tx.accounts.get(account.sid)

    await store.transact(use_case)
    assert runs == 2
    assert await accounts(store) == [account.sid]


async def test_a_database_that_goes_away_and_comes_back(
    engine: PostgresEngine, store: Store, records: Records, cluster: Cluster
) -> None:
    first, lost, second = (records.account() for _ in range(3))
    await store.transact(lambda tx: tx.accounts.add(first))
    cluster.stop(signal.SIGINT)
    try:
        with pytest.raises(StoreUnavailable, match="can't be reached"):
            await store.transact(lambda tx: tx.accounts.add(lost))
        with pytest.raises(StoreUnavailable):
            await accounts(store)
    finally:
        cluster.start()
    await store.transact(lambda tx: tx.accounts.add(second))
    assert await accounts(store) == [first.sid, second.sid]


async def test_a_transaction_that_waits_too_long(
    engine: PostgresEngine, store: Store, records: Records
) -> None:
    account = records.account()
    await store.transact(lambda tx: tx.accounts.add(account))
    hasty = PostgresStore(engine.url, msgspec.structs.replace(engine.settings, timeout=0.2))
    await hasty.open()
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.accounts.update(account)
        held.set()
        await go_on.wait()

    holder = asyncio.create_task(store.transact(hold))
    await held.wait()
    with pytest.raises(StoreUnavailable, match="took too long"):
        await hasty.transact(lambda tx: tx.accounts.update(account))
    waits = asyncio.create_task(hasty.transact(lambda tx: tx.accounts.update(account), long=True))
    await asyncio.sleep(0.3)
    assert not waits.done()
    go_on.set()
    await asyncio.gather(holder, waits)
    await hasty.close()


async def test_two_that_wait_for_each_other(store: Store, other: Store, records: Records) -> None:
    one, two = records.account(), records.account()
    for account in (one, two):
        await store.transact(lambda tx, account=account: tx.accounts.add(account))
    met = asyncio.Barrier(2)
    runs = 0

    async def rename(first: Account, second: Account, tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.accounts.update(msgspec.structs.replace(first, friendly_name="changed"))
        if runs <= 2:
            await met.wait()
        await tx.accounts.update(msgspec.structs.replace(second, friendly_name="changed"))

    await asyncio.gather(
        store.transact(lambda tx: rename(one, two, tx)),
        other.transact(lambda tx: rename(two, one, tx)),
    )
    assert runs > 2, "neither was run again"
    found = await store.read(lambda tx: tx.accounts.all())
    assert [account.friendly_name for account in found] == ["changed", "changed"]


async def test_a_rule_that_is_broken_is_named_without_the_data(
    store: Store, records: Records
) -> None:
    account = records.account()
    job = records.job(account.sid, payload=b"+14155550199")
    with pytest.raises(StatementRefused, match="outbox_pkey") as caught:
        await store.transact(lambda tx: tx.outbox.add_many([job, job]))
    assert job.sid not in str(caught.value)
    wrong = records.account(friendly_name="+14155550199\0")
    with pytest.raises(StatementRefused) as caught:
        await store.transact(lambda tx: tx.accounts.add(wrong))
    assert "4155550199" not in str(caught.value)


async def test_a_read_sees_one_moment(store: Store, other: Store, records: Records) -> None:
    before, meanwhile = records.account(), records.account()
    await store.transact(lambda tx: tx.accounts.add(before))

    async def twice(tx: Transaction) -> tuple[int, int]:
        first = len(await tx.accounts.all())
        await other.transact(lambda tx: tx.accounts.add(meanwhile))
        return first, len(await tx.accounts.all())

    assert await store.read(twice) == (1, 1)
    assert len(await accounts(store)) == 2


async def test_a_caller_who_gives_up_while_the_database_hangs(
    store: Store, other: Store, records: Records
) -> None:
    """It is let go at once, whatever the server does, and leaves nothing behind that waits."""
    account = records.account()
    await store.transact(lambda tx: tx.accounts.add(account))
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.accounts.update(account)
        held.set()
        await go_on.wait()

    holder = asyncio.create_task(other.transact(hold))
    await held.wait()
    waits = asyncio.create_task(store.transact(lambda tx: tx.accounts.update(account)))
    await asyncio.sleep(0.05)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waits, 1)
    assert await accounts(store) == [account.sid]
    go_on.set()
    await holder


async def test_a_caller_who_gives_up_as_the_connection_is_lost(
    engine: PostgresEngine, store: Store, records: Records
) -> None:
    """The loss must not hide that the caller gave up, or what waits for it never ends."""
    started = asyncio.Event()

    async def use_case(tx: Transaction) -> None:
        started.set()
        try:
            await asyncio.sleep(30)
        finally:
            engine.end_connections()

    waits = asyncio.create_task(store.transact(use_case))
    await started.wait()
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waits, 2)


async def test_what_is_set_on_connections(store: PostgresStore) -> None:
    assert store._pool is not None
    wanted = {
        "enable_seqscan": "off",
        "plan_cache_mode": "force_generic_plan",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "15s",
        "tcp_keepalives_idle": "5",
        "application_name": "maskline",
    }
    async with store._pool.acquire() as connection:
        found = {name: await connection.fetchval(f"SHOW {name}") for name in wanted}
    assert found == wanted
