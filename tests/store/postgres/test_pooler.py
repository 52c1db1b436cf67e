"""Transactions through PgBouncer in transaction mode, where each may meet another connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import pytest_asyncio

from maskline.env import Env
from maskline.messaging import inbound
from maskline.model.account import Account
from maskline.model.service import Service
from maskline.model.sid import SidFactory
from maskline.model.traffic import InboundMessage, Intake
from maskline.proxy import sessions
from maskline.settings import Settings
from maskline.store.contract import Store
from maskline.store.postgres import PostgresStore
from tests.support.engines import PostgresEngine
from tests.support.memory import form
from tests.support.pgbouncer import PgBouncer
from tests.support.postgres import Cluster
from tests.support.records import Records

pytestmark = pytest.mark.needs("pgbouncer")


@pytest.fixture(scope="module")
def bouncer(cluster: Cluster) -> Iterator[PgBouncer]:
    """A pooler with three connections to the server."""
    bouncer = PgBouncer(cluster)
    yield bouncer
    bouncer.stop()


@pytest_asyncio.fixture
async def store(engine: PostgresEngine, bouncer: PgBouncer) -> AsyncIterator[PostgresStore]:
    """A store whose transactions go through it."""
    settings = msgspec.structs.replace(engine.settings, pooler_url=bouncer.url(engine.name))
    store = PostgresStore(engine.url, settings)
    await store.open()
    yield store
    await store.close()


async def test_transactions_and_reads_side_by_side(store: Store, records: Records) -> None:
    made = [records.account() for _ in range(60)]
    await asyncio.gather(
        *(store.transact(lambda tx, one=account: tx.accounts.add(one)) for account in made)
    )
    found = await asyncio.gather(
        *(store.read(lambda tx, one=account: tx.accounts.get(one.sid)) for account in made)
    )
    assert found == made


async def test_messages_through_sessions(
    store: Store, records: Records, account: Account, service: Service
) -> None:
    env = Env(records.clock, SidFactory(records.clock), Settings())
    for _ in range(4):
        number = records.number(account.sid)
        await store.transact(lambda tx, one=number: tx.numbers.add(one))
        await store.transact(lambda tx, one=number: tx.numbers.join(one.sid, service.sid, False, 1))
    hub = "+14155550100"

    async def create(partner: str) -> str:
        people = [msgspec.json.encode({"Identifier": one}).decode() for one in (hub, partner)]
        session = await store.transact(
            lambda tx: sessions.create(env, tx, service, form({"Participants": people}))
        )
        found = await store.read(lambda tx: tx.participants.of_session(session.sid))
        return next(one.proxy_identifier for one in found if one.identifier == partner)

    partners = [f"+1212555120{place}" for place in range(4)]
    numbers = await asyncio.gather(*(create(partner) for partner in partners))
    messages = [
        InboundMessage("simulator", f"SM{place}", partner, number, "hi")
        for place, (partner, number) in enumerate(zip(partners, numbers, strict=True))
    ]
    receipts = await store.transact(lambda tx: inbound.receive(env, tx, messages * 2))
    assert [one.intake for one in receipts] == [Intake.TAKEN] * 4 + [Intake.DUPLICATE] * 4
    assert await store.read(lambda tx: tx.outbox.count("pending")) == 4
