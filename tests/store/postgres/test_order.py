"""Jobs with one ordering key, in the hands of several processes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from maskline.model.account import Account
from maskline.model.job import Job
from maskline.store.contract import Store
from maskline.store.postgres import PostgresStore
from maskline.store.repositories.outbox import Postponement
from tests.support.engines import PostgresEngine
from tests.support.records import NOON, Records

LEASE = 60


class Hands:
    """A process, as far as it adds, claims and finishes jobs."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store

    async def add(self, *jobs: Job) -> list[Job]:
        """Adds jobs; as they were added."""
        added: list[Job] = []
        self.store.on_jobs(added.extend)
        await self.store.transact(lambda tx: tx.outbox.add_many(jobs))
        return added

    async def claim(self, now: int = NOON, limit: int = 100) -> list[str]:
        """Claims what is due; the SIDs."""
        due = await self.store.transact(
            lambda tx: tx.outbox.claim_due(now, self.name, now + LEASE, limit)
        )
        return [job.sid for job in due]

    async def finish(self, *jobs: Job) -> None:
        """They are done."""
        await self.store.transact(lambda tx: tx.outbox.done_many([job.sid for job in jobs]))


@pytest.fixture
def me(store: Store) -> Hands:
    """One process."""
    return Hands("me", store)


@pytest.fixture
def you(other: Store) -> Hands:
    """Another."""
    return Hands("you", other)


@pytest.fixture
def job(records: Records, account: Account) -> Any:
    """Makes a job that its maker means to run at once."""

    def make(owner: str, key: str = "a>b") -> Job:
        return records.job(account.sid, ordering_key=key, owner=owner, due_at=NOON + LEASE)

    return make


async def test_a_job_behind_another_process_s_is_left_for_that_one(
    me: Hands, you: Hands, job: Any
) -> None:
    first, second, third = job("me"), job("you"), job("you")
    assert (await me.add(first))[0].owner == "me"
    added = await you.add(second, third)
    assert [(one.owner, one.due_at) for one in added] == [("", NOON), ("", NOON)]
    assert await you.claim() == []
    assert await me.claim() == [second.sid, third.sid]
    fourth = job("you")
    assert (await you.add(fourth))[0].owner == ""
    await me.finish(first, second, third)
    assert await you.claim() == [fourth.sid]


async def test_what_has_no_key_or_another_waits_for_nothing(
    me: Hands, you: Hands, job: Any
) -> None:
    await me.add(job("me"), job("me", ""))
    added = await you.add(job("you", "a>c"), job("you", ""), job("you"))
    assert [one.owner for one in added] == ["you", "you", ""]


async def test_a_process_goes_on_with_its_own(me: Hands, job: Any) -> None:
    await me.add(job("me"))
    assert [one.owner for one in await me.add(job("me"), job("me"))] == ["me", "me"]


async def test_a_dead_process_s_jobs_are_taken_whole_and_in_order(
    me: Hands, you: Hands, job: Any
) -> None:
    jobs = [job("me") for _ in range(3)]
    await me.add(*jobs)
    later = job("you")
    await you.add(later)
    assert await you.claim(NOON + LEASE - 1) == []
    assert await you.claim(NOON + LEASE, limit=2) == [jobs[0].sid, jobs[1].sid]
    assert await me.claim(NOON + LEASE) == []
    assert await you.claim(NOON + LEASE) == [jobs[2].sid, later.sid]


async def test_what_is_tried_again_later_holds_the_others_up(
    me: Hands, you: Hands, job: Any
) -> None:
    first, second = job("me"), job("you")
    await me.add(first)
    parked = Postponement(first.sid, 1, NOON + 500, "", "busy")
    await me.store.transact(lambda tx: tx.outbox.postpone_many([parked]))
    assert (await you.add(second))[0].owner == ""
    assert await you.claim(NOON + 499) == []
    assert await you.claim(NOON + 500) == [first.sid, second.sid]


async def test_a_dead_letter_holds_nobody_up(me: Hands, you: Hands, job: Any) -> None:
    first, second = job("me"), job("you")
    await me.add(first)
    await you.add(second)
    await me.store.transact(lambda tx: tx.outbox.bury(first.sid, 7, "gone"))
    assert await you.claim() == [second.sid]


async def test_many_who_claim_at_once_take_each_job_once_and_each_key_whole(
    me: Hands, you: Hands, job: Any
) -> None:
    keys = [f"a>{place}" for place in range(20)]
    jobs = [job("", key) for _ in range(5) for key in keys]
    await me.add(*jobs)
    now = NOON + LEASE
    taken: dict[str, list[str]] = {"me": [], "you": []}

    async def work(hands: Hands) -> None:
        while found := await hands.claim(now, limit=7):
            taken[hands.name] += found

    for _ in range(40):
        await asyncio.gather(work(me), work(you))
        if len(taken["me"]) + len(taken["you"]) == len(jobs):
            break
    assert sorted(taken["me"] + taken["you"]) == [one.sid for one in jobs]
    key_of = {one.sid: one.ordering_key for one in jobs}
    for sids in taken.values():
        for key in keys:
            of_key = [sid for sid in sids if key_of[sid] == key]
            assert of_key == sorted(of_key)
            assert len(of_key) in (0, 5), "a key is in the hands of one process"


async def test_others_are_told_of_jobs_that_wait(
    me: Hands, you: Hands, job: Any, engine: PostgresEngine
) -> None:
    heard = asyncio.Event()
    listening = PostgresStore(engine.url, engine.settings, serving=True)
    listening.on_waiting(heard.set)
    await listening.open()
    await asyncio.wait_for(heard.wait(), 5)  # it looks once when it begins to listen
    heard.clear()
    await me.add(job("me"))
    await asyncio.sleep(0.05)
    assert not heard.is_set(), "this one is run where it was made"
    await you.add(job("you"))
    await asyncio.wait_for(heard.wait(), 5)
    heard.clear()
    await me.store.transact(lambda tx: tx.outbox.give_back([], "me", NOON))
    await asyncio.wait_for(heard.wait(), 5)
    await listening.close()


async def test_one_process_leads_and_another_takes_over(engine: PostgresEngine) -> None:
    stores = [PostgresStore(engine.url, engine.settings, serving=True) for _ in range(3)]
    for store in stores:
        await store.open()

    async def leader() -> PostgresStore:
        for _ in range(500):
            leading = [store for store in stores if store.leads]
            assert len(leading) <= 1
            if leading:
                return leading[0]
            await asyncio.sleep(0.02)
        raise AssertionError("nobody leads")

    first = await leader()
    stores.remove(first)
    await first.close()
    assert not first.leads
    second = await leader()
    # Its connections are ended, as when its machine is gone.
    engine.end_connections()
    for _ in range(500):
        if not second.leads:
            break
        await asyncio.sleep(0.02)
    await leader()
    for store in stores:
        await store.close()
