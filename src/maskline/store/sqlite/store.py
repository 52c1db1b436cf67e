"""The embedded store."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from maskline.model.job import Job
from maskline.settings import SqliteSettings
from maskline.store.contract import StoreUnavailable, Transaction, UseCase
from maskline.store.sql import load
from maskline.store.sqlite.checkpoint import Checkpointer
from maskline.store.sqlite.connection import connect, migrate
from maskline.store.sqlite.executor import SqliteExecutor, drive
from maskline.store.sqlite.writer import Writer, unavailable

T = TypeVar("T")


class SqliteStore:
    """A store in one file. Writes go through the writer thread; reads run on the loop, where a
    page of a list takes less than the two thread changes that they would cost elsewhere.

    `serving` takes the file's lock: two servers on one file would both run its jobs.
    """

    def __init__(self, path: Path, settings: SqliteSettings, *, serving: bool = False) -> None:
        self._path = path
        self._settings = settings
        self._serving = serving
        self._sql = load("sqlite")
        self._gate = threading.Lock()
        self._listener: Callable[[list[Job]], None] | None = None
        self._lock_file: int | None = None

    def on_jobs(self, listener: Callable[[list[Job]], None]) -> None:
        """Names who is told, on the event loop, of jobs that were committed."""
        self._listener = listener

    async def open(self) -> None:
        """Opens the file and brings the schema up to date."""
        writing = connect(self._path, self._settings)
        try:
            if self._serving:
                self._take_lock()
            migrate(writing)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"can't migrate the database: {error}") from error
        self._reading = connect(self._path, self._settings, read_only=True)
        self._reader = SqliteExecutor(self._reading, self._sql)
        self._checkpointing = connect(self._path, self._settings)
        self._checkpointer = Checkpointer(
            self._checkpointing, self._gate, self._settings.wal_limit_mb * 1_048_576
        )
        self._writing = writing
        self._writer = Writer(
            writing,
            self._sql,
            asyncio.get_running_loop(),
            self._announce,
            self._checkpointer.nudge,
            self._gate,
            self._settings.group_limit,
        )
        self._checkpointer.start()
        self._writer.start()

    async def close(self) -> None:
        """Commits what was submitted, moves the log into the file, and lets go of it."""
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._checkpointer.stop)
        for connection in (self._reading, self._checkpointing, self._writing):
            connection.close()
        if self._lock_file is not None:
            os.close(self._lock_file)

    async def transact(self, use_case: UseCase[T]) -> T:
        """Runs `use_case` in a transaction and returns after the commit is durable."""
        result: T = await self._writer.submit(use_case)
        return result

    async def read(self, use_case: UseCase[T]) -> T:
        """Runs a use-case over one snapshot of what is committed by now."""
        try:
            self._reading.execute("BEGIN")
            try:
                return drive(use_case(Transaction(self._reader)))
            finally:
                with contextlib.suppress(sqlite3.Error):
                    self._reading.execute("COMMIT")
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _announce(self, jobs: list[Job]) -> None:
        if self._listener is not None:
            self._listener(jobs)

    def _take_lock(self) -> None:
        lock_path = self._path.with_name(self._path.name + ".lock")
        self._lock_file = os.open(lock_path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock_file)
            self._lock_file = None
            raise StoreUnavailable(
                "another server runs on this database file: stop it, or give this one another "
                "file with --database (many processes need PostgreSQL)"
            ) from error
