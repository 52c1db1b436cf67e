"""The writer: one thread that takes everything that waits into one durable transaction."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from maskline.model.job import Job
from maskline.store.contract import StoreUnavailable, Transaction, UseCase
from maskline.store.sqlite.executor import SqliteExecutor, drive

#: What is wrong with a use-case's statement, as against what is wrong with the database.
_OWN: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


class Request(NamedTuple):
    """A use-case that waits, and the future that its caller holds."""

    use_case: UseCase[Any]
    future: asyncio.Future[Any]


class Outcome(NamedTuple):
    """What became of a request, and the jobs that it committed."""

    request: Request
    value: Any
    error: BaseException | None
    jobs: list[Job]


class Writer:
    """Group commit. While a commit is on its way to the disk, requests gather for the next one.

    Each use-case runs in a savepoint of its own, so that one that fails takes nothing with it.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        loop: asyncio.AbstractEventLoop,
        announce: Callable[[list[Job]], None],
        committed: Callable[[], None],
        gate: threading.Lock,
        group_limit: int,
    ) -> None:
        self._connection = connection
        self._executor = SqliteExecutor(connection, sql)
        self._loop = loop
        self._announce = announce
        self._committed = committed
        self._gate = gate
        self._limit = group_limit
        self._waiting: SimpleQueue[Request | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="maskline-writer", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, use_case: UseCase[Any]) -> asyncio.Future[Any]:
        """Queues a use-case; the future is resolved on the loop after its commit."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.put(Request(use_case, future))
        return future

    def stop(self) -> None:
        """Finishes what was submitted, then ends the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        running = True
        while running:
            group: list[Request] = []
            request = self._waiting.get()
            with contextlib.suppress(Empty):
                while request is not None:
                    group.append(request)
                    if len(group) >= self._limit:
                        break
                    request = self._waiting.get_nowait()
            running = request is not None
            if group:
                outcomes = self._commit(group)
                # The loop is gone when the process is being torn down: nobody waits any more.
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._resolve, outcomes)

    def _commit(self, group: list[Request]) -> list[Outcome]:
        execute = self._connection.execute
        with self._gate:
            try:
                execute("BEGIN IMMEDIATE")
                outcomes = [self._run(request, alone=len(group) == 1) for request in group]
                execute("COMMIT")
            except BaseException as error:
                # The rollback meets the same trouble: whatever it is, this thread goes on.
                with contextlib.suppress(sqlite3.Error):
                    if self._connection.in_transaction:
                        execute("ROLLBACK")
                failure = unavailable(error)
                return [Outcome(request, None, failure, []) for request in group]
        self._committed()
        return outcomes

    def _run(self, request: Request, *, alone: bool) -> Outcome:
        """One use-case. A fault of the database itself ends the whole group."""
        transaction = Transaction(self._executor)
        execute = self._connection.execute
        if not alone:
            execute("SAVEPOINT one")
        try:
            value = drive(request.use_case(transaction))
        except Exception as error:
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OWN):
                raise
            if alone:
                execute("ROLLBACK")
                execute("BEGIN IMMEDIATE")
            else:
                execute("ROLLBACK TO one")
                execute("RELEASE one")
            return Outcome(request, None, error, [])
        if not alone:
            execute("RELEASE one")
        return Outcome(request, value, None, transaction.outbox.added)

    def _resolve(self, outcomes: list[Outcome]) -> None:
        for request, value, error, _ in outcomes:
            if request.future.done():
                continue
            if error is None:
                request.future.set_result(value)
            else:
                request.future.set_exception(error)
        # Last, so that a listener that fails leaves no caller waiting.
        if jobs := [job for outcome in outcomes for job in outcome.jobs]:
            self._announce(jobs)


def unavailable(error: BaseException) -> BaseException:
    """What callers are told: trouble of the database is StoreUnavailable, all else is itself."""
    if isinstance(error, sqlite3.Error):
        return StoreUnavailable(f"the database refused the transaction: {error}")
    return error
