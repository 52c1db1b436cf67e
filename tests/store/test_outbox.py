from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.job import Job, JobState
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Store
from maskline.store.repositories.outbox import Backlog, Postponement
from tests.support.records import NOON, Records


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    job = records.job(
        account.sid, payload=b"\x00\xff{}", ordering_key="a>b", owner="me", attempts=2
    )
    await db.outbox.add_many([job])
    assert await db.outbox.get(job.sid) == job
    assert await db.outbox.get(records.sids.new("JB")) is None


async def test_done(db: Any, records: Records, account: Account) -> None:
    done, kept = records.job(account.sid), records.job(account.sid)
    await db.outbox.add_many([done, kept])
    await db.outbox.done_many([done.sid, records.sids.new("JB")])
    assert await db.outbox.get(done.sid) is None
    assert await db.outbox.get(kept.sid) == kept


async def test_a_job_is_finished_once(db: Any, records: Records, account: Account) -> None:
    job = records.job(account.sid)
    await db.outbox.add_many([job])
    assert await db.outbox.finish(job.sid)
    assert not await db.outbox.finish(job.sid)


async def test_claim_takes_what_is_due_the_longest_first(
    db: Any, records: Records, account: Account
) -> None:
    late, early, twin, later, dead = (
        records.job(account.sid, due_at=NOON + due, state=state)
        for due, state in (
            (10, "pending"),
            (5, "pending"),
            (10, "pending"),
            (11, "pending"),
            (1, "dead"),
        )
    )
    await db.outbox.add_many([late, early, twin, later, dead])
    assert await db.outbox.claim_due(NOON + 10, "me", NOON + 70, 2) == [early, late]
    held = msgspec.structs.replace(early, owner="me", due_at=NOON + 70)
    assert await db.outbox.get(early.sid) == held
    assert await db.outbox.claim_due(NOON + 10, "you", NOON + 70, 9) == [twin]
    assert await db.outbox.claim_due(NOON + 10, "you", NOON + 70, 9) == []
    assert await db.outbox.get(later.sid) == later
    assert await db.outbox.get(dead.sid) == dead


async def test_a_lease_that_ended(db: Any, records: Records, account: Account) -> None:
    job = records.job(account.sid)
    await db.outbox.add_many([job])
    await db.outbox.claim_due(NOON, "me", NOON + 60, 9)
    assert await db.outbox.claim_due(NOON + 59, "you", NOON + 200, 9) == []
    claimed = await db.outbox.claim_due(NOON + 60, "you", NOON + 200, 9)
    assert [one.sid for one in claimed] == [job.sid]


async def test_many_who_claim_at_once_share_the_jobs(
    store: Store, records: Records, account: Account
) -> None:
    made = [records.job(account.sid) for _ in range(100)]
    await store.transact(lambda tx: tx.outbox.add_many(made))

    async def claim(owner: str) -> list[Job]:
        return await store.transact(lambda tx: tx.outbox.claim_due(NOON, owner, NOON + 60, 10))

    claims = await asyncio.gather(*(claim(f"worker-{place}") for place in range(20)))
    taken = [job.sid for claim in claims for job in claim]
    assert sorted(taken) == sorted(job.sid for job in made)


async def test_postpone(db: Any, records: Records, account: Account) -> None:
    job, other = records.job(account.sid, owner="me"), records.job(account.sid)
    await db.outbox.add_many([job, other])
    await db.outbox.postpone_many([Postponement(job.sid, 3, NOON + 9, "", "timed out")])
    assert await db.outbox.get(job.sid) == msgspec.structs.replace(
        job, attempts=3, due_at=NOON + 9, owner="", last_error="timed out"
    )
    assert await db.outbox.get(other.sid) == other


async def test_set_payload(db: Any, records: Records, account: Account) -> None:
    job, other = records.job(account.sid), records.job(account.sid)
    await db.outbox.add_many([job, other])
    await db.outbox.set_payload(job.sid, b'{"stage":2}')
    assert await db.outbox.get(job.sid) == msgspec.structs.replace(job, payload=b'{"stage":2}')
    assert await db.outbox.get(other.sid) == other


async def test_bury(db: Any, records: Records, account: Account) -> None:
    job = records.job(account.sid, owner="me")
    await db.outbox.add_many([job, records.job(account.sid)])
    assert (await db.outbox.count("pending"), await db.outbox.count("dead")) == (2, 0)
    await db.outbox.bury(job.sid, 6, "gone")
    assert await db.outbox.get(job.sid) == msgspec.structs.replace(
        job, state="dead", attempts=6, owner="", last_error="gone"
    )
    assert (await db.outbox.count("pending"), await db.outbox.count("dead")) == (1, 1)
    assert len(await db.outbox.claim_due(NOON, "me", NOON + 60, 9)) == 1


async def test_give_back(db: Any, records: Records, account: Account) -> None:
    held = [records.job(account.sid, owner="me", due_at=NOON + 60) for _ in range(2)]
    await db.outbox.add_many(held)
    await db.outbox.give_back([held[0].sid], "me", NOON + 1)
    await db.outbox.give_back([held[1].sid], "you", NOON + 1)
    assert await db.outbox.get(held[0].sid) == msgspec.structs.replace(
        held[0], owner="", due_at=NOON + 1
    )
    assert await db.outbox.get(held[1].sid) == held[1]


async def test_give_back_what_was_begun(db: Any, records: Records, account: Account) -> None:
    held = [records.job(account.sid, owner="me", due_at=NOON + 60) for _ in range(2)]
    await db.outbox.add_many(held)
    await db.outbox.give_back([], "me", NOON + 1, [held[0].sid])
    await db.outbox.give_back([], "you", NOON + 1, [held[1].sid])
    assert await db.outbox.get(held[1].sid) == held[1]
    # As of a process that died.
    (job,) = await db.outbox.claim_due(NOON + 2, "another", NOON + 99, 9)
    assert (job.sid, job.owner) == (held[0].sid, "me")


async def test_renew(db: Any, records: Records, account: Account) -> None:
    mine, taken, dead = (
        records.job(account.sid, owner=owner, state=state, due_at=NOON + 60)
        for owner, state in (("me", "pending"), ("you", "pending"), ("me", "dead"))
    )
    await db.outbox.add_many([mine, taken, dead])
    done = records.sids.new("JB")
    lost = await db.outbox.renew([mine.sid, taken.sid, dead.sid, done], "me", NOON + 90)
    assert lost == [taken.sid, dead.sid, done]
    assert (await db.outbox.get(mine.sid)).due_at == NOON + 90
    assert (await db.outbox.get(taken.sid)).due_at == NOON + 60


async def test_recover(db: Any, records: Records, account: Account) -> None:
    held = records.job(account.sid, owner="gone", due_at=NOON + 60)
    waiting = records.job(account.sid, due_at=NOON + 60, attempts=1)
    dead = records.job(account.sid, owner="gone", state="dead")
    await db.outbox.add_many([held, waiting, dead])
    assert await db.outbox.recover(NOON + 30) == 1
    due = msgspec.structs.replace(held, due_at=NOON)
    assert await db.outbox.get(held.sid) == due
    assert await db.outbox.get(waiting.sid) == waiting
    assert await db.outbox.get(dead.sid) == dead
    assert await db.outbox.recover(NOON + 30) == 0
    # Whoever takes it knows that it may have been begun.
    assert await db.outbox.claim_due(NOON, "next", NOON + 90, 9) == [due]


async def test_recover_after_the_clock_was_set_back(
    db: Any, records: Records, account: Account
) -> None:
    held = records.job(account.sid, owner="gone", due_at=NOON + 60)
    await db.outbox.add_many([held])
    assert await db.outbox.recover(NOON - 100) == 1
    due = msgspec.structs.replace(held, due_at=NOON - 100)
    assert await db.outbox.claim_due(NOON - 100, "next", NOON, 9) == [due]


async def test_what_waits_for_a_program_s_answer(
    db: Any, records: Records, account: Account
) -> None:
    def job(**changes: Any) -> Job:
        changes = {"kind": "out-of-session", "ordering_key": "oos:a<b", **changes}
        return records.job(account.sid, **changes)

    first, second = job(), job(owner="me", due_at=10**15)
    others = [job(state="dead"), job(kind="relay"), job(ordering_key="oos:a<c")]
    await db.outbox.add_many([first, second, *others])
    assert await db.outbox.waiting("oos:a<b") == [first, second]


async def test_backlog(db: Any, records: Records, account: Account) -> None:
    assert await db.outbox.backlog() == Backlog(0, 0, None)
    jobs = [records.job(account.sid, due_at=NOON + late) for late in (30, 10, 20)]
    await db.outbox.add_many(jobs)
    assert await db.outbox.backlog() == Backlog(3, 0, NOON + 10)
    await db.outbox.bury(jobs[1].sid, 6, "gone")
    assert await db.outbox.backlog() == Backlog(2, 1, NOON + 20)


async def test_how_many_wait_up_to_a_bound(db: Any, records: Records, account: Account) -> None:
    jobs = [records.job(account.sid) for _ in range(4)]
    await db.outbox.add_many(jobs)
    await db.outbox.bury(jobs[0].sid, 6, "gone")
    assert [await db.outbox.pending(most) for most in (1, 3, 4, 100)] == [1, 3, 3, 3]


async def test_an_account_s_jobs(db: Any, records: Records, account: Account) -> None:
    other = records.account()
    await db.accounts.add(other)
    states = ("dead", "pending", "dead", "dead", "pending")
    jobs = [records.job(account.sid, state=state) for state in states]
    relay = records.job(account.sid, state="dead", kind="relay")
    strange = records.job(other.sid, state="dead")
    await db.outbox.add_many([*jobs, relay, strange])
    assert await db.outbox.of_account(relay.sid, account.sid) == relay
    assert await db.outbox.of_account(strange.sid, account.sid) is None

    async def page(state: JobState, kind: str = "", **request: Any) -> Page[Job]:
        found: Page[Job] = await db.outbox.page(account.sid, state, kind, PageRequest(**request))
        return found

    assert (await page(JobState.DEAD)).records == [relay, jobs[3], jobs[2], jobs[0]]
    assert (await page(JobState.DEAD, "relay")).records == [relay]
    assert (await page(JobState.PENDING)).records == [jobs[4], jobs[1]]
    assert (await page(JobState.PENDING, "relay")).records == []
    first = await page(JobState.DEAD, size=2)
    assert first.has_next
    assert (await page(JobState.DEAD, size=2, after=first.last)).records == [jobs[2], jobs[0]]
    back = await page(JobState.DEAD, size=2, before=jobs[2].sid)
    assert back.records == first.records


async def test_a_dead_letter_that_is_revived(db: Any, records: Records, account: Account) -> None:
    dead = records.job(account.sid, state="dead", attempts=7, last_error="gone")
    pending = records.job(account.sid, attempts=3, owner="me", due_at=NOON + 90)
    await db.outbox.add_many([dead, pending])
    for job in (dead, pending):
        await db.outbox.revive(job.sid, NOON + 50)
    revived = msgspec.structs.replace(dead, state="pending", attempts=0, due_at=NOON + 50)
    assert await db.outbox.get(dead.sid) == revived
    assert await db.outbox.get(pending.sid) == pending
    assert await db.outbox.claim_due(NOON + 50, "you", NOON + 99, 9) == [revived]


async def test_what_is_parked_is_read_in_the_order_in_which_it_is_due(
    db: Any, records: Records
) -> None:
    jobs = [
        records.job("AC", ordering_key=key, due_at=due_at, owner=owner)
        for key, due_at, owner in (
            ("k", 900, ""),
            ("l", 700, ""),
            ("k", 700, ""),
            ("k", 100, ""),
            ("", 900, ""),
            ("k", 950, "somebody"),
        )
    ]
    await db.outbox.add_many(jobs)
    await db.outbox.bury(jobs[1].sid, 1, "no")
    assert [(one.key, one.sid, one.due_at) for one in await db.outbox.parked(100)] == [
        ("k", jobs[2].sid, 700),
        ("k", jobs[0].sid, 900),
    ]


async def test_dead_letters_of_a_kind(db: Any, records: Records, account: Account) -> None:
    made = [
        records.job(account.sid, kind=kind, state="dead")
        for kind in ("relay", "callback", "relay", "relay")
    ]
    await db.outbox.add_many(made)
    page = await db.outbox.dead_of(account.sid, "relay", PageRequest(size=2))
    assert [one.sid for one in page.records] == [made[3].sid, made[2].sid]
    page = await db.outbox.dead_of(account.sid, "relay", PageRequest(size=2, after=page.last))
    assert [one.sid for one in page.records] == [made[0].sid]
    assert not page.has_next
