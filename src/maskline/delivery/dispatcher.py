"""The dispatcher: runs the outbox's jobs, in order where order matters, until they are done.

A job that was committed by this process arrives straight from the commit (`offer`); a poll finds
the rest: those that are due again, those that wait behind one in the hands of another process, and
those that a process left when it died. Every destination has a lane of its own, so that a slow one
delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import msgspec

from maskline.batcher import Batcher
from maskline.delivery.insist import PAUSE, insist
from maskline.delivery.leases import Held, Leases
from maskline.delivery.results import Finished, GiveUp, Proceed, Result, Retry
from maskline.model.clock import Clock
from maskline.model.job import Job
from maskline.model.meter import Meter
from maskline.settings import DeliverySettings
from maskline.store.contract import Store, StoreUnavailable, UseCase

log = logging.getLogger(__name__)

#: A retry that is further off than this leaves memory and is found by the poll.
_NEAR_MS: Final = 30_000
_CLAIM: Final = 500
#: Seconds between polls while jobs wait in the database because memory was full.
_HURRY: Final = 0.05
#: Seconds that news of jobs gathers before they are looked for.
_GATHER: Final = 0.01


class Handler(Protocol):
    """What runs one kind of job."""

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry; as many retries as there are entries."""

    def decode(self, payload: bytes) -> Any:
        """The typed payload."""

    def lane(self, job: Job, payload: Any) -> str:
        """The destination, whose jobs share a lane."""

    async def run(self, job: Job, payload: Any) -> Result:
        """One attempt."""

    async def exhausted(self, job: Job, payload: Any, error: str) -> Result:
        """The schedule has ended: what becomes of the job. Must not answer Retry."""


class _Lane:
    """The jobs of one destination that may run now."""

    __slots__ = ("queue", "workers")

    def __init__(self) -> None:
        self.queue: deque[Held] = deque()
        self.workers = 0


class Dispatcher:
    """Runs jobs. One per process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        owner: str,
        handlers: dict[str, Handler],
        settings: DeliverySettings,
        jitter: Callable[[], float] = lambda: random.uniform(0.8, 1.2),  # noqa: S311
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._handlers = handlers
        self._settings = settings
        self._jitter = jitter
        self._jobs = (meter or Meter()).jobs
        self._held: dict[str, Held] = {}
        self._leases = Leases(store, clock, owner, settings.lease_seconds, self._held)
        self._chains: dict[str, deque[Held]] = {}
        # Keys whose jobs wait in the database, and until when: new ones must queue up behind them.
        self._parked: dict[str, int] = {}
        # How many jobs were left to the poll because memory was full; while there are such jobs,
        # all new ones are, or they would overtake.
        self._spilled = 0
        self._backlog = False
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._poller: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._done: Batcher[str, None] = Batcher(self._delete)

    @property
    def held(self) -> int:
        """How many jobs are in memory."""
        return len(self._held)

    def lease(self, now: int) -> tuple[str, int]:
        """Who runs a job that is made now. When memory is full it is left for the poll."""
        if self._stopping:
            return "", now
        if self._backlog or len(self._held) >= self._settings.memory_jobs:
            self._backlog = True
            self._spilled += 1
            return "", now
        return self._owner, now + self._leases.ms

    def offer(self, jobs: Sequence[Job]) -> None:
        """Takes up jobs that were committed just now under this process's lease."""
        for job in jobs:
            if job.owner != self._owner:
                continue
            until = self._parked.get(job.ordering_key)
            if until is None:
                self._take(job, job.due_at)
            else:
                # Its forerunner waits for a later attempt: so does this one.
                held = self._hold(job, None, job.due_at)
                self._spawn(self._park([held], max(until, self._clock())))

    def wake(self) -> None:
        """Some process left jobs for whoever polls."""
        self._woken.set()

    async def start(self) -> None:
        """Begins to poll."""
        self._poller = asyncio.create_task(self._poll())
        self._leases.start()

    async def stop(self) -> None:
        """Ends what is running within the bound, and gives back the rest."""
        self._stopping = True
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller
        for timer in self._timers:
            timer.cancel()
        for lane in self._lanes.values():
            lane.queue.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._settings.drain_seconds)
        for task in self._tasks:
            task.cancel()
        await self._done.drain()
        await self._leases.stop()
        left = list(self._held)
        if left:
            with contextlib.suppress(StoreUnavailable):
                await self._give_back(left)

    async def idle(self) -> None:
        """Returns when no job is in memory."""
        await self._idle.wait()

    def _take(self, job: Job, until: int) -> None:
        if (known := self._held.get(job.sid)) is not None:
            known.until = until
            return
        handler = self._handlers[job.kind]
        held = self._hold(job, handler.decode(job.payload), until)
        key = job.ordering_key
        if key:
            chain = self._chains.get(key)
            if chain is not None:
                chain.append(held)
                return
            self._chains[key] = deque()
        self._ready(held)

    def _hold(self, job: Job, payload: Any, until: int) -> Held:
        held = self._held[job.sid] = Held(job, payload, until)
        self._idle.clear()
        return held

    def _ready(self, held: Held) -> None:
        if self._stopping:
            return
        name = self._handlers[held.job.kind].lane(held.job, held.payload)
        lane = self._lanes.setdefault(name, _Lane())
        lane.queue.append(held)
        if lane.workers < self._settings.concurrency:
            lane.workers += 1
            self._spawn(self._work(name, lane))

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, name: str, lane: _Lane) -> None:
        try:
            while lane.queue:
                await self._run(lane.queue.popleft())
        finally:
            lane.workers -= 1
            if not lane.workers and not lane.queue:
                self._lanes.pop(name, None)

    async def _run(self, held: Held) -> None:
        job = held.job
        handler = self._handlers[job.kind]
        try:
            if not await self._leases.keeps(held):
                return await self._let_go(held)
            result = await handler.run(job, held.payload)
            if isinstance(result, Retry) and job.attempts >= len(handler.delays):
                result = await handler.exhausted(job, held.payload, result.error)
        except StoreUnavailable:
            self._again_in(held, PAUSE)
            return None
        except Exception as error:
            # A bug must not stop the lane. The text of the error may hold personal data.
            name = type(error).__name__
            log.error("job %s (%s) failed: %s", job.sid, job.kind, name)
            result = await self._after_bug(held, handler, name)
        try:
            await self._conclude(held, handler, result)
        except Exception as error:
            # Nor must one here, which leaves the job to the end of its lease.
            log.error("job %s (%s) is not written: %s", job.sid, job.kind, type(error).__name__)
            self._release(held)

    async def _after_bug(self, held: Held, handler: Handler, name: str) -> Result:
        job = held.job
        if job.attempts < len(handler.delays):
            return Retry(f"internal: {name}")
        error = f"internal error ({name})"
        try:
            # A message is given up where its program can see it.
            return await handler.exhausted(job, held.payload, error)
        except Exception:
            return GiveUp(error)

    async def _conclude(self, held: Held, handler: Handler, result: Result) -> None:
        job = held.job
        self._jobs[job.kind, result.outcome] += 1
        if isinstance(result, Finished):
            if not result.settled:
                await insist(lambda: self._done.submit(job.sid))
            self._release(held)
        elif isinstance(result, Proceed):
            held.payload = result.payload
            self._ready(held)
        elif isinstance(result, GiveUp):
            error = result.error
            await self._write(lambda tx: tx.outbox.bury(job.sid, job.attempts + 1, error))
            self._release(held)
        else:
            await self._retry(held, handler, result)

    async def _retry(self, held: Held, handler: Handler, result: Retry) -> None:
        job = held.job
        delay = handler.delays[min(job.attempts, len(handler.delays) - 1)]
        # Jitter spreads what failed together; a time that the other side asked for is kept.
        seconds = result.after if result.after is not None else delay * self._jitter()
        due_at = self._clock() + int(seconds * 1000)
        held.job = msgspec.structs.replace(job, attempts=job.attempts + 1, last_error=result.error)
        if seconds * 1000 > _NEAR_MS:
            chain = self._chains.pop(job.ordering_key, None) or ()
            if job.ordering_key:
                self._parked[job.ordering_key] = due_at
            await self._park([held, *chain], due_at)
            return
        held.until = due_at + self._leases.ms
        row = held.postponed(held.until, self._owner)
        await self._write(lambda tx: tx.outbox.postpone_many([row]))
        self._again_in(held, seconds)

    async def _park(self, waiting: Sequence[Held], due_at: int) -> None:
        """Leaves jobs to the poll: the first that failed, and those that must not overtake it."""
        rows = [held.postponed(due_at, "") for held in waiting]
        # Until that is written they can neither run nor be let go: their order would be lost.
        await self._write(lambda tx: tx.outbox.postpone_many(rows))
        for held in waiting:
            self._forget(held)

    async def _write(self, use_case: UseCase[None]) -> None:
        await insist(lambda: self._store.transact(use_case))

    def _again_in(self, held: Held, seconds: float) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            self._ready(held)

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(timer)

    def _release(self, held: Held) -> None:
        """The job has left; the next of its chain may run."""
        self._forget(held)
        key = held.job.ordering_key
        chain = self._chains.get(key) if key else None
        if chain:
            self._ready(chain.popleft())
        elif key:
            self._chains.pop(key, None)

    async def _let_go(self, held: Held) -> None:
        """Another process has taken the job, and with it whatever stands behind it."""
        key = held.job.ordering_key
        chain = self._chains.get(key) or ()
        await self._give_back([waiting.job.sid for waiting in chain])
        for one in (held, *chain):
            self._forget(one)
        self._chains.pop(key, None)

    async def _give_back(self, sids: Sequence[str]) -> None:
        owner, now = self._owner, self._clock()
        await self._store.transact(lambda tx: tx.outbox.give_back(sids, owner, now))

    def _forget(self, held: Held) -> None:
        self._held.pop(held.job.sid, None)
        if not self._held:
            self._idle.set()

    async def _poll(self) -> None:
        while True:
            limit = max(0, min(self._settings.memory_jobs - len(self._held), _CLAIM))
            taken = await self._claim(limit) if limit else 0
            if taken < _CLAIM:
                # With memory full there may be more that is due.
                hurry = self._backlog or taken == limit
                pause = self._settings.poll_seconds
                await self._rest(min(pause, _HURRY) if hurry else pause)

    async def _rest(self, seconds: float) -> None:
        """Until some process leaves jobs for whoever polls, and no longer than that."""
        # Not wait_for: before Python 3.12 it drops a cancellation that comes with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
            await asyncio.sleep(_GATHER)
        self._woken.clear()

    async def _claim(self, limit: int) -> int:
        now = self._clock()
        spilled = self._spilled
        try:
            due = await self._store.transact(
                lambda tx: tx.outbox.claim_due(now, self._owner, now + self._leases.ms, limit)
            )
        except StoreUnavailable:
            return 0
        for job in due:
            self._take(job, now + self._leases.ms)
        if len(due) < limit:
            # All that was due is in memory now: what comes from here on queues up behind it there.
            self._backlog = self._spilled != spilled
            self._parked = {key: until for key, until in self._parked.items() if until > now}
        return len(due)

    async def _delete(self, sids: Sequence[str]) -> Sequence[None]:
        await self._store.transact(lambda tx: tx.outbox.done_many(sids))
        return [None] * len(sids)
