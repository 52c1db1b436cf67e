"""The dispatcher: runs the outbox's jobs, in order where order matters, until they are done.

A job that was committed by this process arrives straight from the commit (`offer`); a poll finds
the rest: those that are due again, those that wait behind one in the hands of another process, and
those that a process left when it died. Every destination has a lane of its own, so that a slow one
delays nobody else; what is paced waits in a line until there is room for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from random import SystemRandom
from types import MappingProxyType
from typing import Any, Final

import msgspec

from maskline.delivery.alarm import Alarm
from maskline.delivery.handlers import Handler, Paced
from maskline.delivery.insist import PAUSE
from maskline.delivery.lanes import Lanes
from maskline.delivery.leases import Held, Leases
from maskline.delivery.parking import Parking
from maskline.delivery.records import Records
from maskline.delivery.results import Finished, GiveUp, Proceed, Result, Retry
from maskline.delivery.turns import Turns
from maskline.messaging.pacing import Pace
from maskline.model.clock import Clock
from maskline.model.job import Job
from maskline.model.meter import Meter
from maskline.settings import DeliverySettings
from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: A retry that is further off than this leaves memory and is found by the poll.
_NEAR_MS: Final = 30_000
_CLAIM: Final = 500
#: Seconds between polls while jobs wait in the database because memory was full.
_HURRY: Final = 0.05
#: Seconds that what is being written down gets beyond the bound, when the process is to end.
_AT_LAST: Final = 5.0


class Dispatcher:
    """Runs jobs. One per process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        owner: str,
        handlers: dict[str, Handler],
        settings: DeliverySettings,
        jitter: Callable[[], float] = lambda: SystemRandom().uniform(0.8, 1.2),
        meter: Meter | None = None,
        paced: Mapping[str, Paced] = MappingProxyType({}),
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
        self._parking = Parking(store, clock)
        # How many jobs were left to the poll because memory was full; while there are such jobs,
        # all new ones are, or they would overtake.
        self._spilled = 0
        self._backlog = False
        self._lanes = Lanes(settings.concurrency, settings.memory_jobs, self._run, self._spawn)
        self._turns = Turns(clock, paced, lambda held: self._lanes.put(held, first=True))
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._poller: asyncio.Task[None] | None = None
        self._alarm = Alarm()
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._records = Records(store, clock, owner)

    @property
    def held(self) -> int:
        """How many jobs are in memory."""
        return len(self._held)

    def lease(self, now: int) -> tuple[str, int]:
        """Who runs a job that is made now. When memory is full it is left for the poll."""
        if self._stopping:
            return "", now
        if self._backlog or self._room() <= 0:
            if not self._backlog:
                self._backlog = True
                self._alarm.ring()
            self._spilled += 1
            return "", now
        return self._owner, now + self._leases.ms

    def _room(self) -> int:
        """How many more jobs fit into memory. Those that just leave it hardly count."""
        most = self._settings.memory_jobs
        return min(most - self._lanes.size, 2 * most - len(self._held))

    def offer(self, jobs: Sequence[Job]) -> None:
        """Takes up jobs that were committed just now under this process's lease."""
        for job in jobs:
            if job.owner != self._owner:
                continue
            if self._parking.precedes(job.ordering_key):
                # Its forerunner waits for later: so does this one.
                self._leave([self._hold(job, job.due_at)], 0)
            else:
                self._take(job, job.due_at)

    def wake(self) -> None:
        """Some process left jobs for whoever polls."""
        self._alarm.ring()

    async def start(self) -> None:
        """Begins to poll."""
        if not self._store.shared:
            # Among processes the database itself keeps the order.
            now = self._clock()
            self._parking.restore(await self._store.read(lambda tx: tx.outbox.parked(now)))
        self._backlog = await self._claim()
        self._poller = asyncio.create_task(self._poll())
        self._leases.start()

    async def stop(self, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        """Ends what is running within the bound, and gives back the rest. `settle` returns when
        what handlers have said is written down."""
        self._stopping = True
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller
        for timer in self._timers:
            timer.cancel()
        self._turns.clear()
        self._lanes.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._settings.drain_seconds)
        if left := list(self._tasks):
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_AT_LAST)
        # A database that is away may take all of these to their end only slowly.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AT_LAST):
                await self._records.drain()
                await self._parking.drain()
                if settle is not None:
                    await settle()
        await self._leases.stop()
        if self._held:
            with contextlib.suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(_AT_LAST):
                    await self._records.give_back(self._held.values())

    async def idle(self) -> None:
        """Returns when no job is in memory."""
        await self._idle.wait()

    def _take(self, job: Job, until: int) -> None:
        if (known := self._held.get(job.sid)) is not None:
            known.until = until
            return
        held = self._hold(job, until)
        if self._lanes.is_full(held.lane):
            # It would take the memory that others need.
            self._leave([held], self._lanes.turn(held.lane, self._clock()))
            return
        key = job.ordering_key
        if key:
            chain = self._chains.get(key)
            if chain is not None:
                chain.append(held)
                return
            self._chains[key] = deque()
        self._ready(held)

    def _hold(self, job: Job, until: int) -> Held:
        payload = self._handlers[job.kind].decode(job.payload)
        lane = self._lanes.enter(self._handlers[job.kind].lane(job, payload))
        held = self._held[job.sid] = Held(job, payload, until, lane, self._turns.pace(job, payload))
        self._idle.clear()
        return held

    def _ready(self, held: Held) -> None:
        """The job is due, and the first of its key."""
        if self._stopping:
            return
        due_at = None if held.pace is None else self._turns.due(held, held.pace)
        if due_at is not None:
            self._leave(self._with_chain(held), due_at)
        elif held.pace is None or not self._turns.waits(held):
            self._lanes.put(held)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, held: Held) -> bool:
        """One attempt at a job; false when it did not come to one."""
        job = held.job
        handler = self._handlers[job.kind]
        try:
            if not await self._leases.keeps(held):
                await self._let_go(held)
                return False
            if held.pace is not None and not await self._has_room(held, held.pace):
                return False
            held.is_begun = True
            result = await handler.run(job, held.payload)
            if result.unsent:
                await self._turns.unsent(held)
            if isinstance(result, Retry) and result.counts and job.attempts >= len(handler.delays):
                result = await handler.exhausted(job, held.payload, result.error)
        except StoreUnavailable:
            held.is_begun = False
            self._again_in(held, PAUSE)
            return False
        except Exception as error:
            # A bug must not stop the lane. The text of the error may hold personal data.
            name = type(error).__name__
            log.error("job %s (%s) failed: %s", job.sid, job.kind, name)
            result = await self._after_bug(held, handler, name)
        await self._concluded(held, handler, result)
        return True

    async def _has_room(self, held: Held, pace: Pace) -> bool:
        """Whether a paced message may go now."""
        turn = await self._turns.come(held, pace)
        if turn is None:
            await self._overflow(held)
        elif not isinstance(turn, bool):
            self._leave(self._with_chain(held), turn)
        return turn is True

    async def _overflow(self, held: Held) -> None:
        result = await self._turns.overflow(held)
        await self._concluded(held, self._handlers[held.job.kind], result)

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

    async def _concluded(self, held: Held, handler: Handler, result: Result) -> None:
        try:
            await self._conclude(held, handler, result)
        except Exception as error:
            # A bug here leaves the job to the end of its lease.
            job = held.job
            log.error("job %s (%s) is not written: %s", job.sid, job.kind, type(error).__name__)
            self._release(held)

    async def _conclude(self, held: Held, handler: Handler, result: Result) -> None:
        job = held.job
        self._jobs[job.kind, result.outcome] += 1
        if isinstance(result, Finished):
            if not result.settled:
                await self._records.done(job.sid)
            self._release(held)
        elif isinstance(result, Proceed):
            held.payload = result.payload
            held.is_begun = False
            self._lanes.leave(held.lane)
            held.lane = self._lanes.enter(handler.lane(job, held.payload))
            held.pace = self._turns.pace(job, held.payload)
            self._ready(held)
        elif isinstance(result, GiveUp):
            await self._records.bury(job, result.error)
            self._release(held)
        else:
            await self._retry(held, handler, result)

    async def _retry(self, held: Held, handler: Handler, result: Retry) -> None:
        job = held.job
        delay = handler.delays[min(job.attempts, len(handler.delays) - 1)]
        # Jitter spreads what failed together; a time that the other side asked for is kept.
        seconds = result.after if result.after is not None else delay * self._jitter()
        due_at = self._clock() + int(seconds * 1000)
        attempts = job.attempts + result.counts
        held.job = msgspec.structs.replace(job, attempts=attempts, last_error=result.error)
        if seconds * 1000 > _NEAR_MS or self._lanes.is_crowded(held.lane):
            self._leave(self._with_chain(held), due_at)
            return
        held.until = due_at + self._leases.ms
        await self._records.postpone(held.postponed(held.until, self._owner))
        held.is_begun = False
        self._again_in(held, seconds)

    def _with_chain(self, held: Held) -> list[Held]:
        """A job and those that must not overtake it, taken out of memory's order."""
        return [held, *(self._chains.pop(held.job.ordering_key, None) or ())]

    def _leave(self, held: Sequence[Held], due_at: int) -> None:
        """Leaves jobs of one key to the poll, until `due_at` (ms) at least."""
        for one in held:
            one.is_alone = True
            self._lanes.leave(one.lane)
        places = self._turns.places(held, due_at)
        self._spawn(self._left(held, self._parking.park(held, places)))

    async def _left(
        self, held: Sequence[Held], parked: Coroutine[Any, Any, list[int | None]]
    ) -> None:
        for one, due_at in zip(held, await parked, strict=True):
            if due_at is None:
                await self._overflow(one)
            else:
                self._turns.queued(one, due_at)
                self._forget(one)

    def _again_in(self, held: Held, seconds: float) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            self._ready(held)

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(timer)

    def _release(self, held: Held) -> None:
        """The job has left; the next of its chain may run."""
        self._forget(held)
        key = "" if held.is_alone else held.job.ordering_key
        chain = self._chains.get(key) if key else None
        if chain:
            self._ready(chain.popleft())
        elif key:
            self._chains.pop(key, None)

    async def _let_go(self, held: Held) -> None:
        """Another process has taken the job, and with it whatever stands behind it."""
        key = held.job.ordering_key
        chain = self._chains.get(key) or ()
        await self._records.give_back(chain)
        for one in (held, *chain):
            self._forget(one)
        self._chains.pop(key, None)

    def _forget(self, held: Held) -> None:
        if self._held.pop(held.job.sid, None) is not None:
            self._turns.lose(held)
            if not held.is_alone:
                self._lanes.leave(held.lane)
        if not self._held:
            self._idle.set()

    async def _poll(self) -> None:
        while True:
            if not await self._claim():
                await self._rest(self._settings.poll_seconds)

    async def _rest(self, seconds: float) -> None:
        """Until some process leaves jobs for whoever polls, or (with memory full) a moment."""
        seconds = min(seconds, _HURRY) if self._backlog or self._room() <= 0 else seconds
        await self._alarm.rest(seconds)

    async def _claim(self) -> bool:
        """Takes up what is due, as far as there is room. Whether there may be more to take."""
        now, spilled = self._clock(), self._spilled
        for held in self._lanes.surplus():
            self._leave(self._with_chain(held), self._lanes.turn(held.lane, now))
        if (limit := min(self._room(), _CLAIM)) <= 0:
            return False
        try:
            due = await self._store.transact(
                lambda tx: tx.outbox.claim_due(now, self._owner, now + self._leases.ms, limit)
            )
        except StoreUnavailable:
            return False
        for job in due:
            until = now + self._leases.ms
            if self._store.shared or self._parking.lets(job):
                self._take(job, until)
            elif job.sid not in self._held:
                self._leave([self._hold(job, until)], 0)
        if len(due) < limit:
            # All that was due is in memory now: what comes from here on queues up behind it there.
            self._backlog = self._spilled != spilled
            self._parking.forget(now)
            self._turns.forget(now)
        return len(due) == limit
