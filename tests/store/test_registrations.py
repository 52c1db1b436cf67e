"""What each process knows of registrations: read anew after a change, and only then; at once where
it was made, and soon elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.delivery import long_codes
from maskline.delivery.housekeeping import Housekeeper
from maskline.delivery.long_codes import LongCodes
from maskline.env import Env
from maskline.messaging.pacing import pace_of
from maskline.model.a2p import NumberStatus
from maskline.model.account import Account
from maskline.model.job import Relay
from maskline.model.number import Number
from maskline.settings import Settings
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.store.postgres import PostgresStore
from maskline.store.sqlite import SqliteStore
from tests.support.engines import Engine, PostgresEngine, SqliteEngine
from tests.support.records import Records

AMERICAN = "+12125551234"


def serving(engine: Engine) -> Store:
    """A server's store."""
    if isinstance(engine, PostgresEngine):
        return PostgresStore(engine.url, engine.settings, serving=True)
    assert isinstance(engine, SqliteEngine)
    return SqliteStore(engine.path, engine.settings, serving=True)


class Process:
    """A process that sends, as far as it knows what is registered."""

    def __init__(self, store: Store, records: Records) -> None:
        self.store = store
        self.env = Env(clock=records.clock, sids=records.sids, settings=Settings())
        self.guard = LongCodes(self.env, store)
        store.on_registrations(self.guard.look)

    async def poll(self) -> None:
        """What it does every two seconds."""
        await Housekeeper(self.env, self.store, []).do(self.guard.chore())

    def campaign_of(self, number: Number, job: Any) -> str | None:
        """The campaign under whose budget a message would be sent right now."""
        relay = Relay(
            job.sid, None, number.account_sid, None, "telnyx", number.number, AMERICAN, "hi", (),
            "outbound-api", None,
        )  # fmt: skip
        pace = pace_of(self.env, job, relay)
        assert pace is not None
        named = [one.name.split(":")[1] for one in pace.buckets if one.name.startswith("campaign:")]
        return named[0] if named else None


class Desk:
    """A campaign, a number in its Messaging Service, and what may be done to them."""

    def __init__(self, records: Records, account: Account) -> None:
        self.records = records
        self.number = records.number(account.sid)
        self.loose = records.number(account.sid)
        self.texts = records.messaging_service(account.sid)
        self.brand = records.brand(account.sid, status="APPROVED")
        self.campaign = records.campaign(self.texts, self.brand, campaign_status="VERIFIED")
        self.job = records.job(account.sid)

    async def add(self, tx: Transaction) -> None:
        for number in (self.number, self.loose):
            assert await tx.numbers.add(number)
        await tx.messaging_services.add(self.texts)
        for number in (self.number, self.loose):
            assert await tx.messaging_services.join(number.sid, self.texts.sid, 0)
        await tx.brands.add(self.brand)
        await tx.campaigns.add(self.campaign)

    async def bind(self, tx: Transaction) -> None:
        await tx.campaigns.bind(self.number.sid, self.campaign.sid, NumberStatus.REGISTERED)


@pytest_asyncio.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    store = serving(engine)
    await store.open()
    yield store
    await store.close()


@pytest_asyncio.fixture
async def desk(store: Store, account: Account, records: Records) -> Desk:
    desk = Desk(records, account)
    await store.transact(desk.add)
    return desk


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each time that all is read."""
    reads: list[int] = []
    read = long_codes.registrations.read

    async def counted(tx: Transaction, limits: Any) -> Any:
        reads.append(1)
        return await read(tx, limits)

    monkeypatch.setattr(long_codes.registrations, "read", counted)
    return reads


@pytest_asyncio.fixture
async def process(store: Store, records: Records, desk: Desk, reads: list[int]) -> Process:
    """The process of `store`; it has read what there is."""
    process = Process(store, records)
    await process.guard.start()
    # A store that just began to listen looks once.
    await eventually(lambda: store.leads)
    await asyncio.sleep(0)
    reads.clear()
    return process


async def eventually(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_nothing_is_read_while_nothing_changes(
    process: Process, desk: Desk, reads: list[int], records: Records
) -> None:
    store, account_sid = process.store, desk.number.account_sid
    for _ in range(3):
        await process.poll()
        other = records.number(account_sid)
        await store.transact(lambda tx, other=other: tx.numbers.add(other))
        await store.transact(lambda tx, other=other: tx.numbers.delete(other.sid))
        await store.transact(lambda tx: tx.messaging_services.update(desk.texts))
    await store.transact(lambda tx: tx.messaging_services.leave(desk.loose.sid))
    await process.poll()
    assert reads == []


Change = Callable[[Transaction, Desk], Awaitable[object]]


def changed(record: Any, **values: Any) -> Any:
    return msgspec.structs.replace(record, **values)


CHANGES: dict[str, Change] = {
    "bound anew": lambda tx, desk: tx.campaigns.bind(
        desk.number.sid, desk.campaign.sid, NumberStatus.FAILED
    ),
    "another": lambda tx, desk: tx.campaigns.bind(
        desk.loose.sid, desk.campaign.sid, NumberStatus.PENDING
    ),
    "suspended": lambda tx, desk: tx.campaigns.update(
        changed(desk.campaign, campaign_status="SUSPENDED")
    ),
    "deleted": lambda tx, desk: tx.campaigns.delete(desk.campaign),
    "brand": lambda tx, desk: tx.brands.update(changed(desk.brand, brand_score=99)),
    "left": lambda tx, desk: tx.messaging_services.leave(desk.number.sid),
    "service": lambda tx, desk: tx.messaging_services.delete(desk.texts.sid),
    "number": lambda tx, desk: tx.numbers.delete(desk.number.sid),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_each_change_is_read_once_and_at_once(
    process: Process, desk: Desk, reads: list[int], name: str
) -> None:
    await process.store.transact(desk.bind)
    before = process.env.registry.of(desk.number.number), len(process.env.registry)
    await settled(process)
    reads.clear()
    await process.store.transact(lambda tx: CHANGES[name](tx, desk))
    assert len(reads) == 1
    known = process.env.registry.of(desk.number.number), len(process.env.registry)
    assert known != before
    await settled(process)
    assert len(reads) == 1
    assert (process.env.registry.of(desk.number.number), len(process.env.registry)) == known


async def settled(process: Process) -> None:
    """What it said to all processes has come back, and is no news to it."""
    for _ in range(3):
        await process.poll()
        await asyncio.sleep(0.02 if process.store.shared else 0)


async def test_what_is_undone_is_no_change(process: Process, desk: Desk, reads: list[int]) -> None:
    async def fail(tx: Transaction) -> None:
        await desk.bind(tx)
        raise LookupError

    mark = await process.store.read(lambda tx: tx.registrations.mark())
    with pytest.raises(LookupError):
        await process.store.transact(fail)
    await process.poll()
    assert reads == []
    assert await process.store.read(lambda tx: tx.registrations.mark()) == mark


async def test_changes_side_by_side_are_all_counted(
    process: Process, desk: Desk, records: Records
) -> None:
    store = process.store
    mark = await store.read(lambda tx: tx.registrations.mark())
    numbers = [records.number(desk.number.account_sid) for _ in range(20)]

    async def bind(number: Number) -> None:
        async def use_case(tx: Transaction) -> None:
            await tx.numbers.add(number)
            await tx.campaigns.bind(number.sid, desk.campaign.sid, NumberStatus.PENDING)
            await tx.campaigns.bind(number.sid, desk.campaign.sid, NumberStatus.REGISTERED)

        await store.transact(use_case)
        assert process.env.registry.of(number.number) is not None

    await asyncio.gather(*map(bind, numbers))
    assert await store.read(lambda tx: tx.registrations.mark()) >= mark + len(numbers)
    assert len(process.env.registry) == len(numbers)


async def test_a_message_right_after_binding_is_sent_under_the_campaign(
    process: Process, desk: Desk
) -> None:
    store = process.store
    assert process.campaign_of(desk.number, desk.job) is None
    await store.transact(desk.bind)
    assert process.campaign_of(desk.number, desk.job) == desk.campaign.sid
    await store.transact(lambda tx: tx.messaging_services.leave(desk.number.sid))
    assert process.campaign_of(desk.number, desk.job) is None


async def test_another_process_sends_under_it_as_soon_as_it_is_told(
    process: Process, desk: Desk, engine: Engine, records: Records
) -> None:
    """By a server, and by the command line, which serves nothing: PostgreSQL tells of both, and a
    file is looked at every two seconds."""
    others = [engine.store()]
    if isinstance(engine, PostgresEngine):
        others.append(serving(engine))
    for other in others:
        await other.open()
        if isinstance(other, PostgresStore) and other._presence is not None:
            # It has no connection to tell by yet, and keeps what it has to say.
            assert other._presence._connection is None
        await other.transact(desk.bind)
        if not other.shared:
            await process.poll()
        await eventually(lambda: process.campaign_of(desk.number, desk.job) == desk.campaign.sid)
        await other.transact(lambda tx: tx.messaging_services.leave(desk.number.sid))
        if not other.shared:
            await process.poll()
        await eventually(lambda: process.campaign_of(desk.number, desk.job) is None)
        await other.close()


async def test_a_database_that_is_away_right_after_the_change(
    process: Process, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it goes on: it is committed. It is known with the next look."""
    with monkeypatch.context() as away:

        async def read(_: Any) -> None:
            raise StoreUnavailable("away")

        away.setattr(process.store, "read", read)
        await process.store.transact(desk.bind)
        assert process.campaign_of(desk.number, desk.job) is None
    await process.poll()
    assert process.campaign_of(desk.number, desk.job) == desk.campaign.sid


async def test_a_look_that_fails_keeps_nobody_waiting(
    process: Process, desk: Desk, engine: Engine
) -> None:
    async def fail() -> None:
        raise LookupError

    process.store.on_registrations(fail)
    with contextlib.suppress(LookupError):
        async with asyncio.timeout(5):
            await process.store.transact(desk.bind)
    async with asyncio.timeout(5):
        assert await process.store.transact(
            lambda tx: tx.numbers.get(desk.number.sid, desk.number.account_sid)
        )
