"""Several processes over one database keep the order of each key, whichever of them took a job in
and whichever of them dies."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.results import Finished, Result, Retry
from maskline.model.clock import system_clock
from maskline.model.job import Job
from maskline.model.sid import SidFactory
from maskline.settings import DeliverySettings
from maskline.store.postgres import PostgresStore
from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster

KEYS = 6
EACH = 40
LEASE = 0.5


class Ledger:
    """What was done, outside of every process; it complains when a job overtakes another."""

    def __init__(self) -> None:
        self.done: dict[str, list[int]] = {}
        self.wrong: list[str] = []
        self.cut_off: set[tuple[str, int]] = set()

    def begin(self, key: str, place: int) -> None:
        missing = set(range(place)) - set(self.done.get(key, ()))
        if missing:
            self.wrong.append(f"{key}: {place} began before {sorted(missing)} were done")

    def end(self, key: str, place: int) -> None:
        self.done.setdefault(key, []).append(place)


class Work:
    """A handler that takes its time, and has a job tried again now and then."""

    delays: Sequence[float] = (0.02,) * 50

    def __init__(self, ledger: Ledger, chance: random.Random) -> None:
        self._ledger = ledger
        self._chance = chance

    def decode(self, payload: bytes) -> tuple[str, int]:
        key, _, place = payload.decode().rpartition(" ")
        return key, int(place)

    def lane(self, job: Job, payload: tuple[str, int]) -> str:
        return "all"

    async def run(self, job: Job, payload: tuple[str, int]) -> Result:
        self._ledger.begin(*payload)
        try:
            await asyncio.sleep(self._chance.uniform(0, 0.008))
        except asyncio.CancelledError:
            self._ledger.cut_off.add(payload)
            raise
        if self._chance.random() < 0.05:
            return Retry("busy")
        self._ledger.end(*payload)
        return Finished()

    async def exhausted(self, job: Job, payload: tuple[str, int], error: str) -> Result:
        raise AssertionError("it is tried often enough")


class Process:
    """A store and a dispatcher, as one process has them."""

    def __init__(self, name: str, engine: PostgresEngine, work: Work) -> None:
        self.store = PostgresStore(engine.url, engine.settings, serving=True)
        settings = DeliverySettings(lease_seconds=LEASE, poll_seconds=0.1, drain_seconds=5)
        self.dispatcher = Dispatcher(self.store, system_clock, name, {"relay": work}, settings)
        self.store.on_jobs(self.dispatcher.offer)
        self.store.on_waiting(self.dispatcher.wake)
        self._adding = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def start(self) -> None:
        await self.store.open()
        await self.dispatcher.start()

    async def stop(self) -> None:
        await self.dispatcher.stop()
        await self.store.close()

    async def kill(self) -> None:
        """Ends it without a word, as SIGKILL does, once it holds only what it said is durable."""
        await self._quiet.wait()
        dispatcher, store = self.dispatcher, self.store
        assert store._pool is not None
        store._pool.terminate()
        tasks = [dispatcher._poller, dispatcher._leases._task, *dispatcher._tasks]
        for task in tasks:
            assert task is not None
            task.cancel()
        for timer in dispatcher._timers:
            timer.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)
        assert store._presence is not None
        await store._presence.stop()
        await asyncio.sleep(0.01)

    async def add(self, sids: SidFactory, key: str, place: int) -> None:
        """Takes a job in; when this returns, whoever asked was told that it is durable."""
        now = system_clock()
        owner, due_at = self.dispatcher.lease(now)
        payload = f"{key} {place}".encode()
        job = Job(sids.new("JB"), "relay", "AC", key, payload, "pending", 0, due_at, owner, "", now)
        self._adding += 1
        self._quiet.clear()
        await self.store.transact(lambda tx: tx.outbox.add_many([job]))
        self._adding -= 1
        if not self._adding:
            self._quiet.set()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(2))
async def test_order_is_kept_whoever_dies(cluster: Cluster, seed: int) -> None:
    chance = random.Random(seed)
    engine = PostgresEngine(cluster)
    ledger = Ledger()
    work = Work(ledger, chance)
    sids = SidFactory(system_clock)
    processes = [Process(f"process {place}", engine, work) for place in range(3)]
    for process in processes:
        await process.start()

    async def produce(key: str) -> None:
        for place in range(EACH):
            await chance.choice(processes).add(sids, key, place)
            await asyncio.sleep(chance.uniform(0, 0.01))

    async def disturb() -> None:
        for place in range(3):
            await asyncio.sleep(0.3)
            fresh = Process(f"another {place}", engine, work)
            await fresh.start()
            victim = processes[0]
            # Nobody hands it anything from here on; what it was handed is its to lose.
            processes[:] = [*processes[1:], fresh]
            await victim.kill()

    await asyncio.gather(disturb(), *(produce(f"key {key}") for key in range(KEYS)))
    everything = {f"key {key}": set(range(EACH)) for key in range(KEYS)}
    for _ in range(600):
        if {key: set(done) for key, done in ledger.done.items()} == everything:
            break
        await asyncio.sleep(0.05)
    for process in processes:
        await process.stop()
    assert ledger.wrong == []
    assert {key: set(done) for key, done in ledger.done.items()} == everything
    twice = {
        (key, place)
        for key, done in ledger.done.items()
        for place, times in Counter(done).items()
        if times > 1
    }
    # A job that was done just when its process died, before that was written, is done once more.
    assert len(twice) <= 3 * KEYS
    assert int(cluster.value("SELECT COUNT(*) FROM outbox", engine.name)) == 0
    engine.close()
