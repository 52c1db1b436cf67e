"""What the contract promises of transactions, reads, openings and closings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from maskline.model.account import Account
from maskline.model.job import Job
from maskline.model.page import PageRequest
from maskline.store.contract import SchemaTooNew, Store, StoreUnavailable, Transaction, UseCase
from maskline.store.postgres import PostgresStore
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.sqlite import SqliteStore
from tests.support.engines import NEWEST, Engine
from tests.support.records import Records


class Trouble(Exception):
    """What a use-case of these tests raises."""


def adding(account: Account, trouble: BaseException | None = None) -> UseCase[str]:
    """Adds an account, then raises `trouble` if there is any."""

    async def use_case(tx: Transaction) -> str:
        assert await tx.accounts.add(account)
        if trouble is not None:
            raise trouble
        return account.sid

    return use_case


async def accounts(store: Store) -> list[str]:
    """The SIDs of the accounts that are committed."""
    return [account.sid for account in await store.read(lambda tx: tx.accounts.all())]


async def test_returns_what_the_use_case_returns(store: Store, records: Records) -> None:
    account = records.account()
    assert await store.transact(adding(account)) == account.sid
    assert await accounts(store) == [account.sid]


async def test_a_use_case_sees_what_it_wrote(store: Store, records: Records) -> None:
    account = records.account()

    async def use_case(tx: Transaction) -> Account | None:
        await tx.accounts.add(account)
        return await tx.accounts.get(account.sid)

    assert await store.transact(use_case) == account


async def test_what_a_use_case_raises_leaves_no_trace(store: Store, records: Records) -> None:
    with pytest.raises(Trouble, match="on purpose"):
        await store.transact(adding(records.account(), Trouble("on purpose")))
    assert await accounts(store) == []


async def test_neighbours_of_a_use_case_that_raises_are_committed(
    store: Store, records: Records
) -> None:
    made = [records.account() for _ in range(30)]
    results = await asyncio.gather(
        *(
            store.transact(adding(account, Trouble() if place % 3 == 1 else None))
            for place, account in enumerate(made)
        ),
        return_exceptions=True,
    )
    kept = [account.sid for place, account in enumerate(made) if place % 3 != 1]
    assert [result for result in results if isinstance(result, str)] == kept
    assert sum(isinstance(result, Trouble) for result in results) == 10
    assert await accounts(store) == kept


async def test_the_first_and_the_last_of_a_group_may_raise(store: Store, records: Records) -> None:
    first, middle, last = (records.account() for _ in range(3))
    results = await asyncio.gather(
        store.transact(adding(first, Trouble())),
        store.transact(adding(middle)),
        store.transact(adding(last, Trouble())),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [Trouble, str, Trouble]
    assert await accounts(store) == [middle.sid]


async def test_a_long_use_case_is_a_transaction_like_any_other(
    store: Store, records: Records
) -> None:
    told: list[Job] = []
    store.on_jobs(told.extend)
    account = records.account()
    job = records.job(account.sid)

    async def use_case(tx: Transaction) -> str:
        await tx.accounts.add(account)
        await tx.outbox.add_many([job])
        return account.sid

    assert await store.transact(use_case, long=True) == account.sid
    assert told == [job]
    with pytest.raises(Trouble):
        await store.transact(adding(records.account(), Trouble()), long=True)
    assert await accounts(store) == [account.sid]


async def test_long_use_cases_among_others(store: Store, records: Records) -> None:
    made = [records.account() for _ in range(30)]
    results = await asyncio.gather(
        *(
            store.transact(
                adding(account, Trouble() if place % 7 == 2 else None), long=place % 3 == 0
            )
            for place, account in enumerate(made)
        ),
        return_exceptions=True,
    )
    kept = [account.sid for place, account in enumerate(made) if place % 7 != 2]
    assert [result for result in results if isinstance(result, str)] == kept
    assert await accounts(store) == kept


async def test_a_constraint_that_a_use_case_breaks_is_its_own_trouble(
    store: Store, records: Records
) -> None:
    account, neighbour = records.account(), records.account()
    await store.transact(adding(account))
    job = records.job(account.sid)

    async def twice(tx: Transaction) -> None:
        await tx.accounts.add(records.account())
        await tx.outbox.add_many([job, job])

    failed, kept = await asyncio.gather(
        store.transact(twice), store.transact(adding(neighbour)), return_exceptions=True
    )
    assert isinstance(failed, Exception)
    assert kept == neighbour.sid
    assert await accounts(store) == [account.sid, neighbour.sid]


async def test_two_hundred_at_once_all_land(store: Store, records: Records) -> None:
    account = records.account()
    await store.transact(adding(account))
    service = records.service(account.sid)
    numbers = [records.number(account.sid) for _ in range(50)]

    def mixed(place: int) -> Callable[[Transaction], Awaitable[object]]:
        number = numbers[place // 4]
        session = records.session(service)
        match place % 4:
            case 0:
                return lambda tx: tx.numbers.add(number)
            case 1:
                return lambda tx: tx.sessions.add(session)
            case 2:
                return lambda tx: tx.outbox.add_many([records.job(account.sid)])
            case _:
                return lambda tx: tx.alerts.add_many([records.alert(account.sid)])

    await store.transact(lambda tx: tx.services.add(service))
    results = await asyncio.gather(*(store.transact(mixed(place)) for place in range(200)))
    assert results.count(True) == 50

    async def landed(tx: Transaction) -> tuple[int, ...]:
        found = [await tx.numbers.get(number.sid, account.sid) for number in numbers]
        everything = PageRequest(size=1000)
        return (
            len([number for number in found if number is not None]),
            len((await tx.sessions.page(service.sid, everything)).records),
            await tx.outbox.count("pending"),
            len((await tx.alerts.page(account.sid, AlertFilter(), everything)).records),
        )

    assert await store.read(landed) == (50, 50, 50, 50)


async def test_transactions_do_not_lose_each_others_changes(store: Store, records: Records) -> None:
    account = records.account()
    number = records.number(account.sid)
    await store.transact(lambda tx: tx.numbers.add(number))

    async def count_up(tx: Transaction) -> None:
        found = await tx.numbers.by_number(number.number)
        assert found is not None
        await tx.numbers.rename(number.sid, str(int(found.friendly_name) + 1), 0)

    await store.transact(lambda tx: tx.numbers.rename(number.sid, "0", 0))
    await asyncio.gather(*(store.transact(count_up) for _ in range(100)))
    found = await store.read(lambda tx: tx.numbers.by_number(number.number))
    assert found is not None
    assert found.friendly_name == "100"


async def test_a_caller_who_gives_up_does_not_disturb_the_others(
    store: Store, records: Records
) -> None:
    gone, stays = records.account(), records.account()
    waiting = asyncio.create_task(store.transact(adding(gone)))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await store.transact(adding(stays)) == stays.sid
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert stays.sid in await accounts(store)


async def test_a_use_case_that_reads_may_raise(store: Store, records: Records) -> None:
    async def use_case(tx: Transaction) -> None:
        raise Trouble

    with pytest.raises(Trouble):
        await store.read(use_case)
    assert await accounts(store) == []


async def test_a_read_can_not_write(store: Store, records: Records) -> None:
    with pytest.raises(StoreUnavailable):
        await store.read(adding(records.account()))
    assert await accounts(store) == []


async def test_what_was_committed_outlives_the_store(engine: Engine, records: Records) -> None:
    account = records.account()
    for expected in ([], [account.sid]):
        store = engine.store()
        await store.open()
        assert await accounts(store) == expected
        if not expected:
            await store.transact(adding(account))
        await store.close()


async def test_close_finishes_what_was_accepted(engine: Engine, records: Records) -> None:
    store = engine.store()
    await store.open()
    made = [records.account() for _ in range(50)]
    waiting = [asyncio.ensure_future(store.transact(adding(account))) for account in made]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [account.sid for account in made]
    await store.open()
    assert len(await accounts(store)) == 50
    await store.close()


async def test_a_closed_store_refuses(engine: Engine, records: Records) -> None:
    store = engine.store()
    await store.open()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.transact(adding(records.account()))
    with pytest.raises(StoreUnavailable):
        await accounts(store)
    await store.close()


async def test_a_store_that_was_not_opened_refuses(engine: Engine, records: Records) -> None:
    store = engine.store()
    with pytest.raises(StoreUnavailable):
        await store.transact(adding(records.account()))
    with pytest.raises(StoreUnavailable):
        await accounts(store)
    await store.close()


async def test_a_database_that_can_not_be_reached(engine: Engine) -> None:
    store = engine.unreachable()
    with pytest.raises(StoreUnavailable):
        await store.open()
    await store.close()


async def test_a_database_that_refuses_to_write(
    engine: Engine, store: Store, records: Records
) -> None:
    told: list[Job] = []
    store.on_jobs(told.extend)
    account = records.account()
    await store.transact(adding(account))
    engine.refuse_writes(store)

    def big(tx: Transaction) -> Awaitable[None]:
        return tx.outbox.add_many([records.job(account.sid, payload=b"x" * 100_000)])

    results = await asyncio.gather(*(store.transact(big) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable] * 5
    assert told == []
    assert await accounts(store) == [account.sid]
    engine.accept_writes(store)
    await store.transact(big)
    assert await store.read(lambda tx: tx.outbox.count("pending")) == 1
    assert len(told) == 1
    # How many it were depends on who shared a commit.
    assert isinstance(store, SqliteStore | PostgresStore)
    assert store.meter.commits["committed",] == 2
    assert 1 <= store.meter.commits["failed",] <= 5
    assert sum(store.meter.commit_seconds[()].counts) == 2


async def test_errors_of_the_database_hold_no_data(
    engine: Engine, store: Store, records: Records
) -> None:
    engine.refuse_writes(store)
    secret = "+14155550199 " * 10_000
    with pytest.raises(StoreUnavailable) as caught:
        await store.transact(lambda tx: tx.accounts.add(records.account(friendly_name=secret)))
    assert "4155550199" not in str(caught.value)


async def test_jobs_are_announced_after_their_commit(store: Store, records: Records) -> None:
    account = records.account()
    told: list[str] = []
    seen: dict[str, bool] = {}
    loop = asyncio.get_running_loop()
    reads: list[asyncio.Task[None]] = []

    async def look(sid: str) -> None:
        seen[sid] = await store.read(lambda tx: tx.outbox.get(sid)) is not None

    def listener(jobs: list[Job]) -> None:
        assert asyncio.get_running_loop() is loop
        told.extend(job.sid for job in jobs)
        reads.extend(asyncio.create_task(look(job.sid)) for job in jobs)

    store.on_jobs(listener)
    first, second, lost = (records.job(account.sid) for _ in range(3))

    async def add(tx: Transaction) -> None:
        await tx.outbox.add_many([first])
        await tx.outbox.add_many([second])

    async def fail(tx: Transaction) -> None:
        await tx.outbox.add_many([lost])
        raise Trouble

    await asyncio.gather(store.transact(add), store.transact(fail), return_exceptions=True)
    await asyncio.gather(*reads)
    assert told == [first.sid, second.sid]
    assert seen == {first.sid: True, second.sid: True}


async def test_jobs_without_a_listener(store: Store, records: Records) -> None:
    account = records.account()
    await store.transact(lambda tx: tx.outbox.add_many([records.job(account.sid)]))
    assert await store.read(lambda tx: tx.outbox.count("pending")) == 1


async def test_opening_again_changes_nothing(engine: Engine, records: Records) -> None:
    for _ in range(3):
        store = engine.store()
        await store.open()
        await store.transact(adding(records.account()))
        await store.close()
        assert engine.schema_version() == NEWEST
    store = engine.store()
    await store.open()
    assert len(await accounts(store)) == 3
    await store.close()


async def test_a_database_of_a_newer_version(engine: Engine) -> None:
    store = engine.store()
    await store.open()
    await store.close()
    engine.set_schema_version(NEWEST + 1)
    store = engine.store()
    with pytest.raises(SchemaTooNew, match="newer version"):
        await store.open()
    await store.close()
    assert engine.schema_version() == NEWEST + 1
    engine.set_schema_version(NEWEST)
    await store.open()
    await store.close()


async def test_a_database_a_step_ahead_that_only_adds(engine: Engine, records: Records) -> None:
    store = engine.store()
    await store.open()
    await store.close()
    engine.set_schema_version(NEWEST + 1, compatible=True)
    try:
        store = engine.store()
        await store.open()
        await store.transact(adding(records.account()))
        await store.close()
        assert engine.schema_version() == NEWEST + 1
        # Nobody knows what else there is in one that is further ahead.
        engine.set_schema_version(NEWEST + 2, compatible=True)
        store = engine.store()
        with pytest.raises(SchemaTooNew, match="newer version"):
            await store.open()
        await store.close()
    finally:
        engine.set_schema_version(NEWEST + 2)
        engine.set_schema_version(NEWEST)
