"""The embedded store."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from maskline.model.job import Job
from maskline.model.meter import Meter
from maskline.settings import SqliteSettings
from maskline.store.contract import StoreUnavailable, Transaction, UseCase
from maskline.store.sql import load
from maskline.store.sqlite.checkpoint import Checkpointer
from maskline.store.sqlite.connection import connect, migrate
from maskline.store.sqlite.executor import SqliteExecutor, drive
from maskline.store.sqlite.writer import Writer, unavailable

T = TypeVar("T")

_CLOSED: Final = "the store is closed"


class SqliteStore:
    """A store in one file. Writes are grouped by the writer, whose commits run on a thread; reads
    run on the loop, where a page of a list takes less than two changes of thread would.

    `serving` takes the file's lock: two servers on one file would both run its jobs.
    """

    #: The file's lock keeps other servers out.
    shared = False
    leads = True

    def __init__(
        self,
        path: Path,
        settings: SqliteSettings,
        *,
        serving: bool = False,
        meter: Meter | None = None,
    ) -> None:
        self._path = path
        self._settings = settings
        self._serving = serving
        self.meter = meter or Meter()
        self._sql = load("sqlite")
        self._gate = threading.Lock()
        self._listener: Callable[[list[Job]], None] | None = None
        self._change_listener: Callable[[list[str]], None] | None = None
        self._broadcast_listener: Callable[[str], None] | None = None
        self._registration_listener: Callable[[], Awaitable[None]] | None = None
        self._lock_file: int | None = None
        self._connections: list[sqlite3.Connection] = []
        self._reader: SqliteExecutor | None = None
        self._writer: Writer | None = None
        self._checkpointer: Checkpointer | None = None

    def on_jobs(self, listener: Callable[[list[Job]], None]) -> None:
        """Names who is told, on the event loop, of jobs that were committed."""
        self._listener = listener

    def on_waiting(self, listener: Callable[[], None]) -> None:
        """There is no other process that could leave jobs."""

    def on_changes(self, listener: Callable[[list[str]], None]) -> None:
        """Names who is told, on the event loop, what a commit made or changed."""
        self._change_listener = listener

    def on_registrations(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Names who looks, on the event loop, at what is registered after it was changed."""
        self._registration_listener = listener

    def on_broadcast(self, listener: Callable[[str], None]) -> None:
        """Names who is told what this process, which is the only one, broadcasts."""
        self._broadcast_listener = listener

    async def broadcast(self, text: str) -> None:
        """Tells the listener."""
        if self._broadcast_listener is not None:
            self._broadcast_listener(text)

    async def open(self) -> None:
        """Opens the file and brings the schema up to date."""
        try:
            self._open()
        except BaseException:
            self._let_go()
            raise

    def _open(self) -> None:
        self._writing = self._connect()
        if self._serving:
            self._take_lock()
        try:
            migrate(self._writing)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"can't migrate the database: {error}") from error
        # From here on the writer waits for other processes without holding up the loop.
        self._writing.execute("PRAGMA busy_timeout = 0")
        self._reading = self._connect(read_only=True)
        self._reader = SqliteExecutor(self._reading, self._sql)
        self._checkpointer = Checkpointer(
            self._connect(), self._gate, self._settings.wal_limit_mb * 1_048_576
        )
        self._writer = Writer(
            self._writing,
            self._sql,
            self._announce,
            self._look,
            self._checkpointer.nudge,
            self._gate,
            self._settings.group_limit,
            self._settings.busy_timeout_ms / 1000,
            self.meter,
        )
        self._checkpointer.start()

    async def close(self) -> None:
        """Commits what was submitted, moves the log into the file, and lets go of it."""
        writer, checkpointer = self._writer, self._checkpointer
        # From here on nothing is accepted, so that nothing is left behind in the queue.
        self._reader = self._writer = self._checkpointer = None
        if writer is not None:
            await writer.stop()
        if checkpointer is not None:
            await asyncio.to_thread(checkpointer.stop)
        self._let_go()

    async def transact(self, use_case: UseCase[T], *, long: bool = False) -> T:
        """Runs `use_case` in a transaction and returns after the commit is durable."""
        if self._writer is None:
            raise StoreUnavailable(_CLOSED)
        result: T = await self._writer.submit(use_case, long=long)
        return result

    async def read(self, use_case: UseCase[T]) -> T:
        """Runs a use-case over one snapshot of what is committed by now."""
        if self._reader is None:
            raise StoreUnavailable(_CLOSED)
        try:
            self._reading.execute("BEGIN")
            try:
                return drive(use_case(Transaction(self._reader)))
            finally:
                with contextlib.suppress(sqlite3.Error):
                    self._reading.execute("COMMIT")
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _connect(self, *, read_only: bool = False) -> sqlite3.Connection:
        connection = connect(self._path, self._settings, read_only=read_only)
        self._connections.append(connection)
        return connection

    def _let_go(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _announce(self, jobs: list[Job], changed: list[str]) -> None:
        if changed and self._change_listener is not None:
            self._change_listener(changed)
        if jobs and self._listener is not None:
            self._listener(jobs)

    async def _look(self) -> None:
        if self._registration_listener is not None:
            await self._registration_listener()

    def _take_lock(self) -> None:
        lock_path = self._path.with_name(self._path.name + ".lock")
        try:
            self._lock_file = os.open(lock_path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreUnavailable(
                "another server runs on this database file: stop it, or give this one another "
                "file with --database (many processes need PostgreSQL)"
            ) from error
        except OSError as error:
            raise StoreUnavailable(f"can't lock the database file: {error.strerror}") from error
