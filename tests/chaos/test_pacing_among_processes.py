"""Several processes over one database send no faster together than one may, and in order."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.pacer import Pacer
from maskline.messaging.buckets import SECOND, Budget
from maskline.model.clock import system_clock
from maskline.model.job import Job
from maskline.model.sid import SidFactory
from maskline.settings import DeliverySettings
from maskline.store.postgres import PostgresStore
from tests.support.engines import PostgresEngine
from tests.support.paced import PacedWork
from tests.support.pacing_process import BURST, RATE, WHOLE
from tests.support.postgres import Cluster

ROOT = Path(__file__).parents[2]
#: A process may be held up between the database's leave to send and the note of it (s).
_LATE = 0.1


def excess(times: list[float], rate: float, burst: int) -> float:
    """By how many segments some span saw more than it may."""
    over = 0.0
    for first, begin in enumerate(times):
        for count, end in enumerate(times[first:], 1):
            over = max(over, count - burst - rate * (end - begin + _LATE))
    return over


@pytest.mark.timeout(60)
def test_three_processes_share_each_bucket(cluster: Cluster) -> None:
    engine = PostgresEngine(cluster)
    seconds = 2.0
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.pacing_process", engine.url, str(seconds)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = [process.communicate("go\n", timeout=30)[0] for process in processes]
    sent = sorted(((at, number) for text in told for number, at in json.loads(text)))
    engine.close()
    every = [at for at, _ in sent]
    assert excess(every, WHOLE, BURST) <= 0
    for number in "ab":
        assert excess([at for at, one in sent if one == number], RATE, BURST) <= 0
    # In all of the time together they may send so many, and they nearly do.
    most = BURST + WHOLE * (every[-1] - every[0])
    assert len(sent) <= most + 1
    assert len(sent) >= 0.7 * (BURST + WHOLE * seconds)
    # No process has all of it.
    assert all(len(json.loads(text)) >= 10 for text in told)


@pytest.mark.timeout(60)
async def test_order_and_rate_hold_whoever_takes_a_message_in(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, took = await played(cluster, monkeypatch, [PacedWork(50.0, 2) for _ in range(3)])
    for number in "ab":
        # An attempt that failed took a segment too.
        assert excess([at for at, one in sorted(log) if one.startswith(number)], 50.0, 2) <= 0
    assert took < 8


@pytest.mark.timeout(60)
async def test_order_and_a_brand_s_day_hold_whoever_takes_a_message_in(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With days of a second, of which each has room for a quarter of the messages: what a process
    has no room for waits in the database for the next."""
    monkeypatch.setattr("maskline.delivery.turns._LONGEST", 50)
    work = [PacedWork(1000.0, 20) for _ in range(3)]
    for one in work:
        one.budget = Budget("brand:x", 30, lambda now: (now // SECOND + 1) * SECOND)
    log, took = await played(cluster, monkeypatch, work)
    ahead = time.time() - time.monotonic()
    days = Counter(int(at + ahead) for at, _ in log if (at + ahead) % 1 >= _LATE)
    assert all(sent <= 30 for sent in days.values())
    assert len({int(at + ahead) for at, _ in log}) >= 3
    assert took < 20


async def played(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, work: list[PacedWork]
) -> tuple[list[tuple[float, str]], float]:
    """Three processes take messages in, which they send together: when each went, and how long it
    took. None is lost, and each pair's keep their order."""
    monkeypatch.setattr("maskline.delivery.turns._LINE", 100)
    monkeypatch.setattr("maskline.delivery.turns._LONG_LINE", 300)
    engine = PostgresEngine(cluster)
    log: list[tuple[float, str]] = []
    sids = SidFactory(system_clock)
    chance = random.Random(5)
    stores: list[PostgresStore] = []
    dispatchers: list[Dispatcher] = []
    for place, one in enumerate(work):
        one.sent, one.fails, one.takes = log, 0.05, 0.005
        store = PostgresStore(engine.url, engine.settings, serving=True)
        one.pacer = Pacer(store, system_clock)
        settings = DeliverySettings(poll_seconds=0.05)
        dispatcher = Dispatcher(
            store,
            system_clock,
            f"process {place}",
            {"relay": one},
            settings,
            paced={"relay": one},
        )
        store.on_jobs(dispatcher.offer)
        store.on_waiting(dispatcher.wake)
        await store.open()
        await dispatcher.start()
        stores.append(store)
        dispatchers.append(dispatcher)

    async def produce(key: str) -> None:
        for number in range(20):
            place = chance.randrange(3)
            now = system_clock()
            owner, due_at = dispatchers[place].lease(now)
            payload = f"{key}:{number}".encode()
            job = Job(
                sids.new("JB"), "relay", "AC", key, payload, "pending", 0, due_at, owner, "", now
            )
            await stores[place].transact(lambda tx, job=job: tx.outbox.add_many([job]))  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0, 0.02))

    keys = ["a>1", "a>2", "a>3", "b>1", "b>2", "b>3"]
    began = time.monotonic()
    await asyncio.gather(*map(produce, keys))
    async with asyncio.timeout(30):
        while len(log) < 20 * len(keys):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    took = time.monotonic() - began
    for dispatcher, store in zip(dispatchers, stores, strict=True):
        await dispatcher.stop()
        await store.close()
    engine.close()
    assert work[0].wrong() == []
    assert len(log) == 20 * len(keys)
    return log, took
