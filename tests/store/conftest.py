"""The conformance suite's engines: every test here runs over each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from maskline.model.account import Account
from maskline.model.service import Service
from maskline.store.contract import Store
from tests.support.engines import ENGINES, Engine, PostgresEngine, SqliteEngine
from tests.support.records import Records


class Each:
    """Each call is a transaction of its own: `await db.accounts.get(sid)`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, repository: str) -> Any:
        return _Repository(self.store, repository)


class _Repository:
    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def __getattr__(self, method: str) -> Any:
        async def call(*args: Any) -> Any:
            return await self._store.transact(
                lambda tx: getattr(getattr(tx, self._name), method)(*args)
            )

        return call


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine with an empty database."""
    if request.param == "sqlite":
        yield SqliteEngine(tmp_path)
    else:
        engine = PostgresEngine(request.getfixturevalue("cluster"))
        yield engine
        engine.close()


@pytest_asyncio.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    """An open store over an empty database."""
    store = engine.store()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def records() -> Records:
    """What makes records."""
    return Records()


@pytest.fixture
def db(store: Store) -> Each:
    """The open store, one transaction per call."""
    return Each(store)


@pytest_asyncio.fixture
async def account(db: Each, records: Records) -> Account:
    """An account in the store."""
    account = records.account()
    assert await db.accounts.add(account)
    return account


@pytest_asyncio.fixture
async def service(db: Each, records: Records, account: Account) -> Service:
    """A Service in the store."""
    service = records.service(account.sid)
    assert await db.services.add(service)
    return service
