"""Jobs under a lease that ends, is renewed, or is another process's by now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maskline.delivery.lanes import Lane
from maskline.delivery.leases import Held, Leases
from maskline.model.job import Job
from maskline.settings import SqliteSettings
from maskline.store.repositories.outbox import Postponement
from maskline.store.sqlite import SqliteStore
from tests.support.records import NOON, Records, StoppedClock
from tests.unit.delivery.test_dispatcher import Bench, Script, soon

LEASE = 60_000


class Desk:
    """A store with jobs, and the leases that one process has on them."""

    def __init__(self, store: SqliteStore, clock: StoppedClock) -> None:
        self.store = store
        self.clock = clock
        self.records = Records(clock)
        self.held: dict[str, Held] = {}
        self.leases = Leases(store, clock, "me", LEASE / 1000, self.held)

    async def take(self, until: int = NOON + LEASE) -> Held:
        """A job of this process's own."""
        job = self.records.job("AC", owner="me", due_at=until)
        await self.store.transact(lambda tx: tx.outbox.add_many([job]))
        held = self.held[job.sid] = Held(job, None, until, Lane("all"))
        return held

    async def row(self, held: Held) -> Job:
        """As the database has it."""
        job = await self.store.read(lambda tx: tx.outbox.get(held.job.sid))
        assert job is not None
        return job

    async def lose(self, held: Held) -> None:
        """Another process takes it."""
        taken = Postponement(held.job.sid, 0, self.clock() + LEASE, "you", "")
        await self.store.transact(lambda tx: tx.outbox.postpone_many([taken]))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = SqliteStore(tmp_path / "jobs.db", SqliteSettings())
    await store.open()
    yield Desk(store, StoppedClock())
    await store.close()


async def test_only_those_that_end_soon_are_renewed(desk: Desk) -> None:
    early, late = await desk.take(NOON + LEASE // 2 - 1), await desk.take(NOON + LEASE // 2)
    await desk.leases.renew()
    assert (early.until, late.until) == (NOON + LEASE, NOON + LEASE // 2)
    assert (await desk.row(early)).due_at == NOON + LEASE
    assert (await desk.row(late)).due_at == NOON + LEASE // 2


async def test_those_that_no_lease_can_end_as_late_as_are_renewed(desk: Desk) -> None:
    furthest = NOON + LEASE + 60_000
    retried, stale = await desk.take(furthest), await desk.take(furthest + 1)
    await desk.leases.renew()
    assert (retried.until, stale.until) == (furthest, NOON + LEASE)
    assert (await desk.row(stale)).due_at == NOON + LEASE


async def test_many_are_renewed_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.delivery.leases._AT_ONCE", 2)
    held = [await desk.take(NOON) for _ in range(5)]
    await desk.leases.renew()
    assert [one.until for one in held] == [NOON + LEASE] * 5
    assert [(await desk.row(one)).due_at for one in held] == [NOON + LEASE] * 5


async def test_a_lease_that_has_not_ended_is_kept_unasked(desk: Desk) -> None:
    held = await desk.take()
    await desk.lose(held)
    desk.clock.advance(LEASE - 1)
    assert await desk.leases.keeps(held)


async def test_one_that_ended_is_kept_when_nobody_took_the_job(desk: Desk) -> None:
    held = await desk.take()
    now = desk.clock.advance(LEASE)
    assert await desk.leases.keeps(held)
    assert (await desk.row(held)).due_at == held.until == now + LEASE


async def test_a_job_that_another_took_is_lost_for_good(desk: Desk) -> None:
    held, kept = await desk.take(), await desk.take()
    desk.clock.advance(LEASE)
    await desk.lose(held)
    await desk.leases.renew()
    assert not await desk.leases.keeps(held)
    assert await desk.leases.keeps(kept)
    assert (await desk.row(held)).owner == "you"


async def test_leases_are_renewed_in_time_by_themselves(desk: Desk) -> None:
    held = await desk.take()
    quick = Leases(desk.store, desk.clock, "me", 0.04, desk.held)
    desk.clock.advance(LEASE)
    quick.start()
    await soon(lambda: held.until > desk.clock())
    await quick.stop()
    await quick.stop()


async def test_a_job_that_another_process_took_is_not_begun(tmp_path: Path, script: Script) -> None:
    """It waits behind others until its lease has ended, and with it what must not overtake it."""
    bench = Bench(tmp_path, script, concurrency=1)
    await bench.store.open()
    await bench.dispatcher.start()
    script.gates["a:0"] = asyncio.Event()
    running, taken, behind = bench.job("a:0"), bench.job("a:1", "k"), bench.job("a:2", "k")
    await bench.add(running, taken, behind)
    await soon(lambda: len(script.ran) == 1)
    bench.clock.now += 61_000
    others = [
        Postponement(job.sid, 0, bench.clock() + 60_000, "you", "") for job in (taken, behind)
    ]
    await bench.store.transact(lambda tx: tx.outbox.postpone_many(others))
    script.gates["a:0"].set()
    await bench.dispatcher.idle()
    assert bench.order == ["a:0"]
    assert bench.dispatcher.held == 0
    for job in (taken, behind):
        row = await bench.get(job.sid)
        assert row is not None
        assert row.owner == "you"
    await bench.dispatcher.stop()
    await bench.store.close()


@pytest.fixture
def script() -> Script:
    return Script()
