"""Several processes of one server, and workers beside it, over one PostgreSQL database."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.engines import PostgresEngine
from tests.support.load import Load, arrived
from tests.support.postgres import Cluster
from tests.support.process import ServerProcess
from tests.support.scrape import free_ports, scrape
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
        assert "simulated calls and events live in one worker each: of 2" in server.log
        assert server.stop() == 0
        assert "ended with code" in server.log


@pytest.mark.timeout(120)
def test_each_worker_has_a_port_for_scrapes_and_one_in_its_place_takes_it_over(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    port = free_ports(3)
    environ["MASKLINE_METRICS_PORT"] = str(port)
    with ServerProcess(tmp_path, "--workers", "2", **environ) as server:
        urls = [f"http://127.0.0.1:{port + place}" for place in range(2)]
        eventually(lambda: answers(urls[1]))
        world = World(server)
        session = world.session()
        for place in range(10):
            world.alice.text(session.a.proxy_identifier, str(place))
        world.bob.receives(10)

        def accepted() -> float:
            counts = [scrape(url).get("maskline_messages_sent_total", {}) for url in urls]
            return sum(sum(one.values()) for one in counts)

        assert eventually(lambda: accepted() == 10)
        assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 404
        os.kill(server.workers[1], signal.SIGTERM)
        eventually(lambda: "ended with code" in server.log)
        eventually(lambda: answers(urls[1]))
        environ["MASKLINE_METRICS_PORT"] = str(port + 2)
        worker = ServerProcess(tmp_path, **environ).run("worker")
        eventually(lambda: answers(f"http://127.0.0.1:{port + 2}"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


def answers(url: str) -> bool:
    """Whether a scrape is answered."""
    try:
        return bool(scrape(url))
    except requests.RequestException:
        return False


def test_workers_without_ports_for_scrapes_have_no_metrics(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with ServerProcess(tmp_path, "--workers", "2", **environ) as server:
        assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 404
        assert "set metrics.port" in server.log


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
