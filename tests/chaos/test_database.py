"""PostgreSQL goes away under a steady load: nothing that was accepted is lost, nothing is doubled,
and the server comes back by itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import requests

from tests.support.engines import PostgresEngine
from tests.support.load import Load, arrived
from tests.support.postgres import Cluster, make_cluster
from tests.support.process import ServerProcess
from tests.support.programs import require
from tests.support.world import World, eventually

QUICKLY = {
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "2",
    "MASKLINE_POSTGRES_POOL_SIZE": "4",
}
CONNECTIONS = 30


@pytest.fixture(scope="module")
def safe_cluster() -> Iterator[Cluster]:
    """A server that writes to disk what it says it has written, and has few connections."""
    require("initdb", "postgres")
    cluster = make_cluster(
        fsync="on",
        full_page_writes="on",
        synchronous_commit="on",
        max_connections=str(CONNECTIONS),
    )
    yield cluster
    cluster.remove()


@contextmanager
def under_load(folder: Path, cluster: Cluster) -> Iterator[tuple[ServerProcess, Load]]:
    """A server that takes messages in. Afterwards it is seen that all of them arrived, once."""
    engine = PostgresEngine(cluster)
    with ServerProcess(folder, MASKLINE_DATABASE_URL=engine.url, **QUICKLY) as server:
        world = World(server)
        session = world.session()
        load = Load(world, session.a.proxy_identifier)
        eventually(lambda: len(load.accepted) > 50, within=30)
        try:
            yield server, load
        finally:
            load.stop()
        eventually(lambda: set(arrived(world)) >= set(load.accepted), within=60)
        assert set(arrived(world).values()) == {1}
        assert set(arrived(world)) <= set(load.accepted) | set(load.uncertain)
    engine.close()


def goes_on(load: Load) -> None:
    """Messages are accepted again."""
    before = len(load.accepted)
    eventually(lambda: len(load.accepted) > before + 50, within=30)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_the_database_is_restarted(
    tmp_path: Path, safe_cluster: Cluster, how: signal.Signals
) -> None:
    with under_load(tmp_path, safe_cluster) as (server, load):
        safe_cluster.stop(how)
        eventually(lambda: load.uncertain, within=20)
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 503
        assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
        safe_cluster.start()
        eventually(lambda: requests.get(f"{server.url}/readyz", timeout=20).status_code == 200)
        goes_on(load)


@pytest.mark.timeout(120)
def test_connections_are_ended_again_and_again(tmp_path: Path, safe_cluster: Cluster) -> None:
    with under_load(tmp_path, safe_cluster) as (_, load):
        for _ in range(10):
            safe_cluster.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'maskline%'"
            )
            time.sleep(0.2)
        goes_on(load)
        # Each is run again on another connection; only a commit whose answer was lost is told.
        assert len(load.uncertain) < len(load.accepted) / 10


@pytest.mark.timeout(120)
def test_others_take_all_connections_that_there_are(tmp_path: Path, safe_cluster: Cluster) -> None:
    taken: list[asyncpg.Connection] = []

    async def take() -> None:
        while True:
            try:
                taken.append(await asyncpg.connect(safe_cluster.url()))
            except asyncpg.TooManyConnectionsError:
                return

    async def leave() -> None:
        for connection in taken:
            await connection.close()

    with under_load(tmp_path, safe_cluster) as (_, load):
        safe_cluster.run(take())
        try:
            assert len(taken) > CONNECTIONS / 2
            refused = len(load.uncertain)
            goes_on(load)
            assert len(load.uncertain) == refused
        finally:
            safe_cluster.run(leave())
