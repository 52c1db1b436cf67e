"""A PostgreSQL database, and stores over it as so many processes have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from maskline.store.postgres import PostgresStore
from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[PostgresEngine]:
    """An engine with an empty database."""
    engine = PostgresEngine(cluster)
    yield engine
    engine.close()


@pytest_asyncio.fixture
async def other(engine: PostgresEngine) -> AsyncIterator[PostgresStore]:
    """Another process's store over the same database as `store`."""
    other = engine.store()
    await other.open()
    yield other
    await other.close()
