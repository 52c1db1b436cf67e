"""The scenes: what goes wrong in each. The tests play them short, `make chaos` long."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import asyncpg

from tests.chaos.stage import Stage

BOTH: Final = ("sqlite", "postgres")
POSTGRES: Final = ("postgres",)

_END_CONNECTIONS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'maskline%'"
)
_HOUR: Final = 3600.0


class Scene(NamedTuple):
    """A scene. `play` is the fault, from its beginning to its end. `processes` are servers side by
    side; `words` are further ones of their command line. `doubles`: whether a message may come
    twice, marked, since a process ends without a word."""

    title: str
    play: Callable[[Stage], None]
    engines: tuple[str, ...] = BOTH
    processes: int = 1
    words: tuple[str, ...] = ()
    small_disk: bool = False
    doubles: bool = False


def restarted(stage: Stage) -> None:
    """The database is stopped in order and started again."""
    _away(stage, signal.SIGINT)


def crashed(stage: Stage) -> None:
    """The database ends as by a crash, and recovers."""
    _away(stage, signal.SIGQUIT)


def _away(stage: Stage, how: signal.Signals) -> None:
    end = time.monotonic() + stage.lengths.fault
    stage.cluster.stop(how)
    stage.until(stage.refuses)
    _wait(end)
    stage.cluster.start()


def connections_ended(stage: Stage) -> None:
    """All connections of the servers to the database are ended, again and again."""
    end = time.monotonic() + stage.lengths.fault
    while time.monotonic() < end:
        stage.cluster.execute(_END_CONNECTIONS)
        time.sleep(0.2)


def connections_taken(stage: Stage) -> None:
    """Others take all connections that the database has to give, and keep them."""
    taken: list[asyncpg.Connection] = []

    async def take() -> None:
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(stage.cluster.url()))

    async def leave() -> None:
        await asyncio.gather(*(connection.close() for connection in taken))

    async def together() -> None:
        await asyncio.gather(*(take() for _ in range(8)))

    end = time.monotonic() + stage.lengths.fault
    stage.cluster.run(together())
    try:
        assert len(taken) >= 300
        _wait(end)
    finally:
        stage.cluster.run(leave())


def killed(stage: Stage) -> None:
    """SIGKILL takes a server, and it is started again."""
    server = stage.servers[0]
    server.kill()
    server.start()


def worker_killed(stage: Stage) -> None:
    """SIGKILL takes one of the workers of a server; its head starts another."""
    server = stage.servers[0]
    before = set(server.workers)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    stage.until(lambda: len(set(server.workers) - before) == 1)


def killed_again_and_again(stage: Stage) -> None:
    """SIGKILL takes servers by turns, each as soon as the last is back."""
    end = time.monotonic() + stage.lengths.fault
    chance = random.Random(1)
    turn = 0
    while turn < 2 or time.monotonic() < end:
        server = stage.servers[turn % len(stage.servers)]
        server.kill()
        server.start()
        # A process lives for a while, or it would take nothing in.
        time.sleep(chance.uniform(0.1, 0.4))
        turn += 1


def disk_full(stage: Stage) -> None:
    """Something else fills the disk of the database, and is removed again."""
    assert stage.disk is not None
    filler = stage.disk / "filler"
    with _filled(filler):
        # PostgreSQL may go down over it.
        stage.until(stage.refuses)
        time.sleep(stage.lengths.fault)
        assert stage.ready() == 503
    if stage.engine == "postgres" and not stage.cluster.runs:
        stage.cluster.start()


@contextmanager
def _filled(filler: Path) -> Iterator[None]:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (1_048_576, 4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        filler.unlink()


def webhook_hangs(stage: Stage) -> None:
    """The program's webhook host takes connections and answers nothing."""
    stage.network.hang()
    time.sleep(stage.lengths.fault)
    stage.network.answer()


def carrier_refuses(stage: Stage) -> None:
    """The carrier answers 503 to everything, for a minute in the long form."""
    stage.network.status = 503
    time.sleep(stage.lengths.outage)
    stage.network.status = 200


def clock_jumps(stage: Stage) -> None:
    """The servers' clock is an hour fast, then an hour slow, then right."""
    for wrong in (_HOUR, -_HOUR, 0.0):
        stage.set_clock(wrong)
        time.sleep(stage.lengths.fault / 3)


def rolled(stage: Stage) -> None:
    """SIGTERM takes one server after another out, each as soon as the last is back."""
    network = stage.network
    end = time.monotonic() + stage.lengths.fault
    while True:
        for server in stage.servers:
            # As a load balancer does it: no new connections first.
            network.targets = [one.url for one in stage.servers if one is not server]
            assert server.stop() == 0
            server.start()
            network.targets = [one.url for one in stage.servers]
        if time.monotonic() >= end:
            return


def stopped(stage: Stage) -> None:
    """SIGTERM ends the only server, and it is started again."""
    assert stage.servers[0].stop() == 0
    stage.servers[0].start()


def _wait(end: float) -> None:
    time.sleep(max(0.0, end - time.monotonic()))


SCENES: Final = MappingProxyType(
    {
        "restart": Scene("the database is restarted", restarted, POSTGRES),
        "crash": Scene("the database crashes", crashed, POSTGRES),
        "backends": Scene("connections are ended steadily", connections_ended, POSTGRES),
        "idle": Scene("300 idle connections take the limit", connections_taken, POSTGRES),
        "kill": Scene("a worker is killed", worker_killed, POSTGRES, words=("--workers", "2"),
                      doubles=True),
        "kill-server": Scene("the only server is killed", killed, ("sqlite",), doubles=True),
        "kills": Scene("servers are killed again and again", killed_again_and_again, processes=3,
                       doubles=True),
        "disk": Scene("the disk is full", disk_full, small_disk=True),
        "webhook": Scene("a webhook host hangs", webhook_hangs),
        "carrier": Scene("a carrier answers 503", carrier_refuses),
        "clock": Scene("the clock jumps", clock_jumps),
        "rolling": Scene("a rolling restart", rolled, POSTGRES, processes=3),
        "stop": Scene("the only server is restarted", stopped, ("sqlite",)),
    }
)  # fmt: skip
