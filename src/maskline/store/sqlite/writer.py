"""The writer: takes everything that waits into one durable transaction.

Use-cases run on the event loop; the commit, which waits for the disk, runs on a thread of its own.
While a commit is on its way, requests gather for the next one. Measured against statements on the
thread as well, this was equal for messages within noise and better for calls. A use-case that takes
long is run on the thread as a whole, so that the loop goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

from maskline.model.errors import Fault
from maskline.model.job import Job
from maskline.model.meter import Meter
from maskline.store.contract import StoreUnavailable, Transaction, UseCase
from maskline.store.sqlite.executor import SqliteExecutor, drive

#: Seconds between attempts to begin while another process or the checkpointer is writing.
_AGAIN: Final = 0.002
#: Faults of a use-case's own statements; all others are the database's.
_OWN: Final = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)


class Request(NamedTuple):
    """A use-case that waits, and the future that its caller holds."""

    use_case: UseCase[Any]
    future: asyncio.Future[Any]
    long: bool


class Outcome(NamedTuple):
    """What became of a request, the jobs that it committed, the SIDs of what it changed, and
    whether that is something of what is registered."""

    request: Request
    value: Any
    error: BaseException | None
    jobs: list[Job]
    changed: list[str]
    registers: bool = False


class Writer:
    """Group commit. A use-case that fails takes nothing with it: where others of its group have
    written by then, all of the group are run again, each in a savepoint of its own."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        announce: Callable[[list[Job], list[str]], None],
        look: Callable[[], Awaitable[None]],
        committed: Callable[[], None],
        gate: threading.Lock,
        group_limit: int,
        patience: float,
        meter: Meter,
    ) -> None:
        self._connection = connection
        self._executor = SqliteExecutor(connection, sql)
        self._loop = asyncio.get_running_loop()
        self._announce = announce
        self._look = look
        self._committed = committed
        self._gate = gate
        self._limit = group_limit
        self._patience = patience
        self._commits = meter.commits
        self._seconds = meter.commit_seconds[()]
        self._sizes = meter.group_sizes[()]
        self._waiting: deque[Request] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._thread = _Thread(self._loop)

    def submit(self, use_case: UseCase[Any], *, long: bool) -> asyncio.Future[Any]:
        """Queues a use-case; the future is resolved on the loop after its commit."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(Request(use_case, future, long))
        if self._worker is None:
            self._worker = self._loop.create_task(self._work())
        return future

    async def stop(self) -> None:
        """Finishes what was submitted, then ends the thread."""
        while self._worker is not None:
            await asyncio.wait([self._worker])
        await asyncio.to_thread(self._thread.stop)

    async def _work(self) -> None:
        try:
            # Let everything that is ready in this turn of the loop join the group.
            await asyncio.sleep(0)
            while self._waiting:
                outcomes = await self._next_group()
                try:
                    if any(one.registers for one in outcomes):
                        await self._look()
                finally:
                    self._resolve(outcomes)
        finally:
            # A listener may fail; what was submitted since must not wait for the next one.
            self._worker = self._loop.create_task(self._work()) if self._waiting else None

    async def _next_group(self) -> list[Outcome]:
        group: list[Request] = []
        try:
            await self._begin()
            try:
                if self._waiting[0].long:
                    group.append(self._waiting.popleft())
                    request = group[0]
                    return list(await self._thread.run(lambda: self._whole(request)))
                group = self._take()
                outcomes = self._all(group)
                began = time.monotonic()
                await self._thread.run(self._connection.commit)
                self._seconds.add(time.monotonic() - began)
                self._sizes.add(len(group))
            except BaseException:
                # The rollback meets the same trouble: whatever it is, the writer goes on.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.rollback()
                raise
            finally:
                self._gate.release()
        except Exception as error:
            failure = unavailable(error)
            self._commits["failed",] += 1
            return [Outcome(request, None, failure, [], []) for request in group or self._take()]
        self._commits["committed",] += 1
        self._committed()
        return outcomes

    def _take(self) -> list[Request]:
        """What goes into one transaction: all that waits, up to a use-case that takes long."""
        group = [self._waiting.popleft()]
        while self._waiting and len(group) < self._limit and not self._waiting[0].long:
            group.append(self._waiting.popleft())
        return group

    async def _begin(self) -> None:
        """Begins a transaction, holding the gate, without ever making the loop wait."""
        until = time.monotonic() + self._patience
        while not self._gate.acquire(blocking=False):  # noqa: ASYNC110
            await asyncio.sleep(_AGAIN)
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except BaseException as error:
                busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    self._gate.release()
                    raise
            else:
                return
            await asyncio.sleep(_AGAIN)

    def _whole(self, request: Request) -> list[Outcome]:
        """A use-case that takes long, on the thread."""
        outcomes = self._all([request])
        self._connection.commit()
        self._committed()
        return outcomes

    def _all(self, group: list[Request]) -> list[Outcome]:
        """The use-cases of a group, in turn. Savepoints are spared until one fails that has written
        something: a quarter of the time of a session's create went into them."""
        outcomes: list[Outcome] = []
        nothing_yet = self._connection.total_changes
        for request in group:
            before = self._connection.total_changes
            outcome = self._run(request)
            if outcome.error is not None and self._connection.total_changes != before:
                self._connection.execute("ROLLBACK")
                self._connection.execute("BEGIN IMMEDIATE")
                if before != nothing_yet:
                    return [self._apart(one) for one in group]
                nothing_yet = self._connection.total_changes
            outcomes.append(outcome)
        return outcomes

    def _apart(self, request: Request) -> Outcome:
        """One use-case that takes nothing with it when it fails."""
        execute = self._connection.execute
        execute("SAVEPOINT one")
        outcome = self._run(request)
        if outcome.error is not None:
            execute("ROLLBACK TO one")
        execute("RELEASE one")
        return outcome

    def _run(self, request: Request) -> Outcome:
        """One use-case. A fault of the database itself ends the whole group."""
        transaction = Transaction(self._executor)
        try:
            value = drive(request.use_case(transaction))
        except Exception as error:
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OWN):
                raise
            if isinstance(error, Fault):
                # A refusal is an answer. Its traceback leads to frames that hold this very outcome:
                # a ring of a hundred objects that only the garbage collector would free.
                error.__traceback__ = None
            return Outcome(request, None, error, [], [])
        added, changed = transaction.outbox.added, transaction.changed()
        return Outcome(request, value, None, added, changed, transaction.registers())

    def _resolve(self, outcomes: list[Outcome]) -> None:
        for request, value, error, *_ in outcomes:
            if request.future.done():
                continue
            if error is None:
                request.future.set_result(value)
            else:
                request.future.set_exception(error)
        # Last, so that a listener that fails leaves no caller waiting.
        jobs = [job for outcome in outcomes for job in outcome.jobs]
        changed = [sid for outcome in outcomes for sid in outcome.changed]
        if jobs or changed:
            self._announce(jobs, changed)


class _Thread:
    """Where the disk is waited for. A pool of threads would cost each commit several times as much,
    and there is a commit for each few requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = (
            SimpleQueue()
        )
        # A daemon, like the checkpointer's: a loop that died must not keep the process.
        self._thread = threading.Thread(target=self._go, name="maskline-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Does `work` on the thread; the future is resolved on the loop."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._work.put((work, future))
        return future

    def stop(self) -> None:
        """Ends the thread after what was given to it."""
        self._work.put(None)
        self._thread.join()

    def _go(self) -> None:
        while (item := self._work.get()) is not None:
            work, future = item
            try:
                value, error = work(), None
            except BaseException as raised:
                value, error = None, raised
            self._loop.call_soon_threadsafe(_settle, future, value, error)


def _settle(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


def unavailable(error: BaseException) -> BaseException:
    """What callers are told: trouble of the database is StoreUnavailable, all else is itself."""
    if isinstance(error, sqlite3.Error):
        return StoreUnavailable(f"the database refused the transaction: {error}")
    return error
