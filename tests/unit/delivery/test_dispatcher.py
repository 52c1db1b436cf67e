from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.results import Finished, GiveUp, Proceed, Result, Retry
from maskline.model.job import Job
from maskline.model.sid import SidFactory
from maskline.settings import DeliverySettings, SqliteSettings
from maskline.store.contract import StoreUnavailable
from maskline.store.sqlite import SqliteStore

Step = Callable[[Job, Any], Result | Exception]


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


class Script:
    """A handler whose every attempt answers what the test says."""

    def __init__(self, delays: Sequence[float] = (0.01, 0.01)) -> None:
        self.delays = delays
        self.answers: dict[str, list[Result | Exception]] = {}
        self.ran: list[tuple[str, bytes]] = []
        self.running: dict[str, asyncio.Event] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.exhausted_with: list[str] = []
        self.most = 0
        self.now = 0

    def decode(self, payload: bytes) -> bytes:
        return payload

    def lane(self, job: Job, payload: bytes) -> str:
        return payload.decode().partition(":")[0]

    async def run(self, job: Job, payload: bytes) -> Result:
        self.ran.append((job.sid, payload))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if gate := self.gates.get(payload.decode()):
                await gate.wait()
        finally:
            self.now -= 1
        answers = self.answers.get(payload.decode())
        answer = answers.pop(0) if answers else Finished()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def exhausted(self, job: Job, payload: bytes, error: str) -> Result:
        self.exhausted_with.append(error)
        return GiveUp(error)


class Bench:
    """A store, a stopped clock and a dispatcher over them."""

    def __init__(self, directory: Path, script: Script, **settings: Any) -> None:
        self.clock = Clock()
        self.sids = SidFactory(self.clock)
        self.store = SqliteStore(directory / "jobs.db", SqliteSettings())
        self.script = script
        self.dispatcher = Dispatcher(
            self.store,
            self.clock,
            "me",
            {"relay": script},
            DeliverySettings(**{"poll_seconds": 0.01, **settings}),
            jitter=lambda: 1.0,
        )
        self.store.on_jobs(self.dispatcher.offer)

    def job(self, payload: str, key: str = "", **fields: Any) -> Job:
        owner, due_at = self.dispatcher.lease(self.clock())
        values: dict[str, Any] = {
            "sid": self.sids.new("JB"),
            "kind": "relay",
            "account_sid": "AC" + "1" * 32,
            "ordering_key": key,
            "payload": payload.encode(),
            "state": "pending",
            "attempts": 0,
            "due_at": due_at,
            "owner": owner,
            "last_error": "",
            "date_created": self.clock(),
        }
        return Job(**(values | fields))

    async def add(self, *jobs: Job) -> None:
        await self.store.transact(lambda tx: tx.outbox.add_many(jobs))

    async def left(self, state: str = "pending") -> int:
        return await self.store.read(lambda tx: tx.outbox.count(state))

    async def get(self, sid: str) -> Job | None:
        return await self.store.read(lambda tx: tx.outbox.get(sid))

    @property
    def order(self) -> list[str]:
        return [payload.decode() for _, payload in self.script.ran]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def bench(tmp_path: Path, script: Script) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, script)
    await bench.store.open()
    await bench.dispatcher.start()
    yield bench
    for gate in script.gates.values():
        gate.set()
    await bench.dispatcher.stop()
    await bench.store.close()


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_a_job_runs_from_its_commit_and_is_gone_when_it_is_done(bench: Bench) -> None:
    await bench.add(bench.job("a:1"))
    await bench.dispatcher.idle()
    assert bench.order == ["a:1"]
    assert await bench.left() == 0


async def test_jobs_of_one_key_run_one_after_the_other(bench: Bench, script: Script) -> None:
    script.gates["a:0"] = asyncio.Event()
    await bench.add(*(bench.job(f"a:{i}", key="k") for i in range(5)))
    await soon(lambda: len(script.ran) == 1)
    assert script.most == 1
    script.gates["a:0"].set()
    await bench.dispatcher.idle()
    assert bench.order == [f"a:{i}" for i in range(5)]
    assert script.most == 1


async def test_a_slow_destination_delays_no_other(bench: Bench, script: Script) -> None:
    script.gates["slow:1"] = asyncio.Event()
    await bench.add(bench.job("slow:1"), bench.job("quick:1"))
    await soon(lambda: "quick:1" in bench.order)
    await bench.add(bench.job("quick:2"))
    await soon(lambda: "quick:2" in bench.order)
    script.gates["slow:1"].set()
    await bench.dispatcher.idle()


async def test_a_lane_runs_only_so_many_at_once(tmp_path: Path, script: Script) -> None:
    bench = Bench(tmp_path, script, concurrency=3)
    await bench.store.open()
    gate = asyncio.Event()
    script.gates = {f"a:{i}": gate for i in range(9)}
    await bench.add(*(bench.job(f"a:{i}") for i in range(9)))
    await soon(lambda: script.most == 3)
    gate.set()
    await bench.dispatcher.idle()
    assert script.most == 3
    assert len(script.ran) == 9
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_a_retry_keeps_the_order_of_its_key(bench: Bench, script: Script) -> None:
    script.answers["a:0"] = [Retry("busy"), Retry("busy", after=0.01), Finished()]
    await bench.add(bench.job("a:0", key="k"), bench.job("a:1", key="k"))
    await bench.dispatcher.idle()
    assert bench.order == ["a:0", "a:0", "a:0", "a:1"]
    assert await bench.left() == 0


async def test_a_far_retry_is_left_to_the_poll_with_those_behind_it(
    bench: Bench, script: Script
) -> None:
    script.answers["a:0"] = [Retry("later", after=300.0)]
    first, second = bench.job("a:0", key="k"), bench.job("a:1", key="k")
    await bench.add(first, second)
    await bench.dispatcher.idle()
    assert bench.order == ["a:0"]
    third = bench.job("a:2", key="k")
    await bench.add(third)
    await bench.dispatcher.idle()
    assert bench.order == ["a:0"]
    waiting = [await bench.get(job.sid) for job in (first, second, third)]
    assert {job.due_at for job in waiting if job} == {bench.clock() + 300_000}
    assert {job.owner for job in waiting if job} == {""}
    bench.clock.now += 300_001
    await soon(lambda: len(script.ran) == 4)
    await bench.dispatcher.idle()
    assert bench.order == ["a:0", "a:0", "a:1", "a:2"]
    # The key is free again for what comes now.
    await bench.add(bench.job("a:3", key="k"))
    await soon(lambda: bench.order[-1] == "a:3")


async def test_a_job_that_fails_to_the_end_is_kept_as_a_dead_letter(
    bench: Bench, script: Script
) -> None:
    script.answers["a:0"] = [Retry("one"), Retry("two"), Retry("three")]
    job = bench.job("a:0", key="k")
    await bench.add(job, bench.job("a:1", key="k"))
    await bench.dispatcher.idle()
    assert script.exhausted_with == ["three"]
    dead = await bench.get(job.sid)
    assert dead is not None
    assert (dead.state, dead.attempts, dead.last_error) == ("dead", 3, "three")
    assert bench.order[-1] == "a:1"


async def test_a_bug_in_a_handler_is_retried_then_buried(bench: Bench, script: Script) -> None:
    script.answers["a:0"] = [KeyError("x"), KeyError("y"), KeyError("+14155550100")]
    job = bench.job("a:0")
    await bench.add(job)
    await bench.dispatcher.idle()
    dead = await bench.get(job.sid)
    assert dead is not None
    assert dead.last_error == "internal error (KeyError)"
    assert script.exhausted_with == ["internal error (KeyError)"]


async def test_one_in_what_a_handler_does_at_the_end_buries_the_job(
    bench: Bench, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "exhausted", None)
    script.answers["a:0"] = [KeyError("x")] * 3
    job = bench.job("a:0")
    await bench.add(job)
    await bench.dispatcher.idle()
    dead = await bench.get(job.sid)
    assert dead is not None
    assert (dead.state, dead.last_error) == ("dead", "internal error (KeyError)")


async def test_a_stage_goes_on_with_its_new_payload(bench: Bench, script: Script) -> None:
    script.answers["a:ask"] = [Proceed(b"b:send")]
    await bench.add(bench.job("a:ask", key="k"), bench.job("a:next", key="k"))
    await bench.dispatcher.idle()
    assert bench.order == ["a:ask", "b:send", "a:next"]


async def test_a_settled_job_is_not_deleted_twice(bench: Bench, script: Script) -> None:
    job = bench.job("a:0")
    script.answers["a:0"] = [Finished(settled=True)]
    await bench.add(job)
    await bench.dispatcher.idle()
    assert await bench.get(job.sid) is not None


async def test_when_memory_is_full_jobs_wait_in_the_database(
    tmp_path: Path, script: Script
) -> None:
    bench = Bench(tmp_path, script, memory_jobs=3)
    await bench.store.open()
    await bench.dispatcher.start()
    gate = asyncio.Event()
    script.gates = {"a:0": gate, "b:0": gate, "c:0": gate}
    await bench.add(*(bench.job(f"{lane}:0") for lane in "abc"))
    await soon(lambda: bench.dispatcher.held == 3)
    assert bench.dispatcher.lease(5) == ("", 5)
    await bench.add(*(bench.job(f"{lane}:1") for lane in "defg"))
    assert bench.dispatcher.held == 3
    gate.set()
    await soon(lambda: len(script.ran) == 7)
    await bench.dispatcher.idle()
    assert await bench.left() == 0
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_due_jobs_that_do_not_fit_into_memory_are_not_left_for_the_next_poll(
    tmp_path: Path, script: Script
) -> None:
    bench = Bench(tmp_path, script, memory_jobs=2, poll_seconds=3600.0)
    await bench.store.open()
    await bench.add(*(bench.job(f"{i}:a", owner="", due_at=0) for i in range(9)))
    await bench.dispatcher.start()
    await soon(lambda: len(script.ran) == 9)
    await bench.dispatcher.stop()
    assert await bench.left() == 0
    await bench.store.close()


async def test_jobs_that_did_not_fit_into_memory_keep_their_order(
    tmp_path: Path, script: Script
) -> None:
    bench = Bench(tmp_path, script, memory_jobs=2)
    await bench.store.open()
    gate = asyncio.Event()
    script.gates = {"a:0": gate}
    await bench.add(bench.job("a:0", key="k"), bench.job("x:0"))
    await soon(lambda: bench.dispatcher.held == 1)
    await bench.add(bench.job("b:1", key="k"))
    await bench.add(bench.job("c:2", key="k"))
    # There is room again, but not yet for what would overtake.
    gate.set()
    await bench.dispatcher.idle()
    await bench.add(bench.job("d:3", key="k"))
    await bench.dispatcher.start()
    await soon(lambda: len(script.ran) == 5)
    assert [one for one in bench.order if one != "x:0"] == ["a:0", "b:1", "c:2", "d:3"]
    # The backlog is worked off: jobs are taken straight from their commit once more.
    await soon(lambda: bench.dispatcher.lease(5)[0] == "me")
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_a_destination_that_hangs_leaves_memory_to_the_others(
    tmp_path: Path, script: Script
) -> None:
    bench = Bench(tmp_path, script, memory_jobs=20, concurrency=2)
    await bench.store.open()
    await bench.dispatcher.start()
    gate = asyncio.Event()
    jobs = [f"dead:{i}" for i in range(100)]
    script.gates = dict.fromkeys(jobs, gate)
    await bench.add(*(bench.job(one, key=f"k{i % 7}") for i, one in enumerate(jobs)))
    # Half of the memory is its, the rest waits in the database, and is looked at again later.
    await soon(lambda: bench.dispatcher.held == 10)
    for i in range(50):
        await bench.add(bench.job(f"quick:{i}"))
        assert bench.dispatcher.lease(5)[0] == "me"
        await soon(lambda i=i: bench.order[-1] == f"quick:{i}")  # type: ignore[misc]
    gate.set()
    while await bench.left():
        bench.clock.now += 1000
        await asyncio.sleep(0.01)
    ran = [one for one in bench.order if one.startswith("dead")]
    assert sorted(ran) == sorted(jobs)
    for key in range(7):
        of_key = [one for one in ran if int(one[5:]) % 7 == key]
        assert of_key == sorted(of_key, key=lambda one: int(one[5:]))
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_hosts_that_hang_leave_attempts_to_the_others(
    tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.lanes._ATTEMPTS", 12)
    bench = Bench(tmp_path, script, concurrency=8)
    await bench.store.open()
    gate = asyncio.Event()
    jobs = [f"{lane}:{i}" for lane in "abcd" for i in range(8)]
    script.gates = dict.fromkeys(jobs, gate)
    await bench.add(*map(bench.job, jobs))
    await soon(lambda: len(script.ran) >= 12)
    await bench.add(bench.job("quick:0"))
    await soon(lambda: "quick:0" in bench.order)
    # Each goes on by at least one at a time.
    assert {one[0] for one in bench.order} == set("abcdq")
    assert script.most <= 12 + 4
    gate.set()
    await bench.dispatcher.idle()
    assert len(script.ran) == len(jobs) + 1
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_a_new_job_does_not_overtake_one_that_is_just_due_again(
    bench: Bench, script: Script
) -> None:
    script.answers["a:0"] = [Retry("later", after=40.0)]
    await bench.add(bench.job("a:0", key="k"))
    await bench.dispatcher.idle()
    bench.clock.now += 39_000
    await bench.add(bench.job("a:1", key="k"))
    await asyncio.sleep(0.03)
    assert bench.order == ["a:0"]
    bench.clock.now += 1_001
    await bench.add(bench.job("a:2", key="k"))
    await soon(lambda: len(script.ran) == 4)
    assert bench.order == ["a:0", "a:0", "a:1", "a:2"]


async def test_stop_gives_back_what_was_not_finished(tmp_path: Path, script: Script) -> None:
    bench = Bench(tmp_path, script, drain_seconds=0.01)
    await bench.store.open()
    await bench.dispatcher.start()
    script.gates["a:0"] = asyncio.Event()
    jobs = [bench.job("a:0", key="k"), bench.job("a:1", key="k")]
    await bench.add(*jobs)
    await soon(lambda: len(script.ran) == 1)
    await bench.dispatcher.stop()
    # The first was begun, and the next to hold it has to know.
    for job, owner in zip(jobs, ("me", ""), strict=True):
        row = await bench.get(job.sid)
        assert row is not None
        assert (row.owner, row.state) == (owner, "pending")
        assert row.due_at <= bench.clock()
    await bench.store.close()


async def test_a_retry_that_waits_is_given_back_as_if_it_was_not_begun(
    tmp_path: Path, script: Script
) -> None:
    script.delays = (20.0,)
    script.answers["a:0"] = [Retry("busy")]
    bench = Bench(tmp_path, script)
    await bench.store.open()
    await bench.dispatcher.start()
    job = bench.job("a:0", key="k")
    await bench.add(job)
    await soon(lambda: bool(bench.dispatcher._timers))
    await bench.dispatcher.stop()
    row = await bench.get(job.sid)
    assert row is not None
    assert (row.owner, row.attempts, row.last_error) == ("", 1, "busy")
    await bench.store.close()


async def test_stop_waits_for_what_was_said_before_it_gives_back(
    tmp_path: Path, script: Script
) -> None:
    bench = Bench(tmp_path, script, drain_seconds=0.01)
    await bench.store.open()
    await bench.dispatcher.start()
    script.gates["a:0"] = asyncio.Event()
    job = bench.job("a:0")
    await bench.add(job)
    await soon(lambda: len(script.ran) == 1)

    async def settle() -> None:
        await bench.store.transact(lambda tx: tx.outbox.done_many([job.sid]))

    await bench.dispatcher.stop(settle)
    assert await bench.get(job.sid) is None
    await bench.store.close()


@pytest.mark.parametrize("stuck", ["settling", "giving back"])
async def test_stop_ends_though_the_database_answers_nothing(
    tmp_path: Path, script: Script, stuck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.dispatcher._AT_LAST", 0.05)
    bench = Bench(tmp_path, script, drain_seconds=0.01)
    await bench.store.open()
    await bench.dispatcher.start()
    script.gates["a:0"] = asyncio.Event()
    await bench.add(bench.job("a:0"))
    await soon(lambda: len(script.ran) == 1)

    async def hang(*_: object) -> None:
        await asyncio.get_running_loop().create_future()

    if stuck == "giving back":
        monkeypatch.setattr(bench.dispatcher._records, "give_back", hang)
    async with asyncio.timeout(2):
        await bench.dispatcher.stop(hang if stuck == "settling" else None)
    await bench.store.close()


async def test_what_is_refused_leaves_memory_to_others(tmp_path: Path, script: Script) -> None:
    bench = Bench(tmp_path, script, memory_jobs=10)
    await bench.store.open()
    await bench.dispatcher.start()
    script.delays = (20.0,)
    script.answers = {f"a:{place}": [Retry("busy")] for place in range(40)}
    for place in range(40):
        await bench.add(bench.job(f"a:{place}", key=f"k{place}"))
    await soon(lambda: len(script.ran) == 40)
    await bench.add(bench.job("b:0"))
    await soon(lambda: len(script.ran) == 41)
    assert bench.dispatcher.held <= 6
    # What left memory is tried again when it is due, as what stayed is.
    bench.clock.now += 20_001
    await soon(lambda: len(script.ran) >= 41 + 34)
    await bench.dispatcher.stop()
    await bench.store.close()


async def test_what_fails_at_the_same_moment_is_written_together(
    bench: Bench, script: Script
) -> None:
    jobs = [bench.job(f"a:{place}") for place in range(50)]
    script.answers = {f"a:{place}": [Retry("busy")] for place in range(50)}
    commits = bench.store.meter.commits["committed",]
    await bench.add(*jobs)
    await soon(lambda: len(script.ran) == 100)
    await bench.dispatcher.idle()
    assert bench.store.meter.commits["committed",] - commits < 25


async def test_what_a_dead_process_held_is_taken_up(bench: Bench, script: Script) -> None:
    lost = bench.job("a:0", owner="somebody-else", due_at=bench.clock() + 60_000)
    await bench.add(lost)
    await asyncio.sleep(0.03)
    assert bench.order == []
    await bench.store.transact(lambda tx: tx.outbox.recover(10**15))
    await soon(lambda: bench.order == ["a:0"])
    await bench.dispatcher.idle()


async def test_an_expired_lease_of_our_own_does_not_run_a_job_twice(
    bench: Bench, script: Script
) -> None:
    script.gates["a:0"] = asyncio.Event()
    await bench.add(bench.job("a:0"))
    await soon(lambda: len(script.ran) == 1)
    bench.clock.now += 120_000
    await asyncio.sleep(0.05)
    assert bench.order == ["a:0"]
    script.gates["a:0"].set()
    await bench.dispatcher.idle()


@pytest.mark.parametrize(
    ("answer", "state"), [(Finished(), None), (GiveUp("no"), "dead"), (Retry("busy"), None)]
)
async def test_what_was_done_is_not_done_again_while_the_database_is_away(
    bench: Bench,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
    answer: Result,
    state: str | None,
) -> None:
    """Only that it was done is written down, as soon as that can be."""
    monkeypatch.setattr("maskline.delivery.insist.PAUSE", 0)
    script.answers["a:0"] = [answer]
    script.gates["a:0"] = asyncio.Event()
    job = bench.job("a:0")
    await bench.add(job)
    await soon(lambda: len(script.ran) == 1)
    transact, refused = bench.store.transact, 0

    async def away(use_case: Any, *, long: bool = False) -> Any:
        nonlocal refused
        if refused < 3:
            refused += 1
            raise StoreUnavailable("the database is away")
        return await transact(use_case, long=long)

    monkeypatch.setattr(bench.store, "transact", away)
    script.gates["a:0"].set()
    await soon(lambda: bench.dispatcher.held == 0)
    assert refused == 3
    assert bench.order == ["a:0"] * (1 + isinstance(answer, Retry))
    row = await bench.get(job.sid)
    assert (None if row is None else row.state) == state


async def test_stopping_just_when_news_of_jobs_comes(tmp_path: Path, script: Script) -> None:
    for _ in range(20):
        bench = Bench(tmp_path, script)
        await bench.store.open()
        await bench.dispatcher.start()
        await asyncio.sleep(0.005)
        bench.dispatcher.wake()
        async with asyncio.timeout(5):
            await bench.dispatcher.stop()
        await bench.store.close()
