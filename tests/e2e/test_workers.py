"""Several processes of one server, and workers beside it, over one PostgreSQL database."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster
from tests.support.process import ServerProcess
from tests.support.world import World, eventually

QUICKLY = {
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "2",
}


@pytest.fixture
def environ(cluster: Cluster) -> Iterator[dict[str, str]]:
    """The variables of a server on an empty database."""
    engine = PostgresEngine(cluster)
    yield {"MASKLINE_DATABASE_URL": engine.url, **QUICKLY}
    engine.end_connections()
    engine.close()


class Load:
    """Alice sends numbered messages from several threads until she is told to stop."""

    def __init__(self, world: World, to: str, senders: int = 4) -> None:
        self.accepted: list[str] = []
        self.uncertain: list[str] = []
        self._world = world
        self._to = to
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = 0
        self._threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when every answer has come."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                self._next += 1
                body = f"message {self._next}"
            try:
                taken = self._world.alice.text(self._to, body).status_code == 201
            except requests.RequestException:
                taken = False
            with self._lock:
                (self.accepted if taken else self.uncertain).append(body)


def arrived(world: World) -> Counter[str]:
    """What Bob got, and how often."""
    return Counter(one["body"] for one in world.bob.inbox())


@pytest.mark.timeout(120)
def test_workers_that_are_replaced_under_load_lose_and_double_nothing(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with ServerProcess(tmp_path, "--workers", "2", **environ) as server:
        eventually(lambda: len(server.workers) == 2)
        world = World(server)
        session = world.session()
        load = Load(world, session.a.proxy_identifier)
        for place in range(3):
            eventually(lambda place=place: len(load.accepted) > 60 * (place + 1), within=30)
            before = server.workers
            os.kill(before[0], signal.SIGTERM)
            eventually(lambda before=before: len(set(server.workers) - set(before)) == 1, within=20)
        load.stop()
        eventually(lambda: set(arrived(world)) >= set(load.accepted), within=60)
        assert set(arrived(world).values()) == {1}
        assert set(arrived(world)) <= set(load.accepted) | set(load.uncertain)
        assert "token" not in server.log.lower()
        assert server.stop() == 0
        assert "ended with code" in server.log


@pytest.mark.timeout(120)
def test_a_worker_finishes_what_a_dead_server_accepted(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with ServerProcess(tmp_path, **environ) as server:
        world = World(server)
        session = world.session()
        load = Load(world, session.a.proxy_identifier)
        eventually(lambda: len(load.accepted) > 100, within=30)
        server.kill()
        load.stop()
        worker = server.run("worker")
        eventually(lambda: "The worker is ready" in server.log, within=20)
        # What the dead one held is the worker's when its lease has ended.
        other = ServerProcess(tmp_path, **environ)
        with other:
            world.bob._at = world.bob._at.replace(server.url, other.url)
            eventually(lambda: set(arrived(world)) >= set(load.accepted), within=60)
            assert set(arrived(world).values()) == {1}
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        server.start()
