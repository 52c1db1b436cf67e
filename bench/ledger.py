"""The control's store: one row per request, group commit, in the same engine with the same
settings and the same checkpointer, and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

from bench.postgres_rows import PostgresLedger
from maskline.settings import SqliteSettings
from maskline.store.sqlite.checkpoint import Checkpointer
from maskline.store.sqlite.connection import connect

_INSERT = "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)"


def ledger(url: str) -> Ledger | PostgresLedger:
    """A control's store in that database."""
    if url.startswith("sqlite:///"):
        return Ledger(Path(url.removeprefix("sqlite:///")))
    return PostgresLedger(url)


class Ledger:
    """Takes everything that waits into one durable commit, in a thread of its own."""

    def __init__(self, path: Path) -> None:
        settings = SqliteSettings()
        self._limit = settings.group_limit
        self._gate = threading.Lock()
        self._connection = connect(path, settings)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS ledger"
            " (reference TEXT, sender TEXT, recipient TEXT, body TEXT, at INTEGER)"
        )
        self._checkpointer = Checkpointer(
            connect(path, settings), self._gate, settings.wal_limit_mb * 1_048_576
        )
        self._waiting: SimpleQueue[tuple[tuple[object, ...], asyncio.Future[None]] | None] = (
            SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="maskline-writer", daemon=True)

    async def open(self) -> None:
        """Starts the threads."""
        self._loop = asyncio.get_running_loop()
        self._checkpointer.start()
        self._thread.start()

    async def close(self) -> None:
        """Commits what waits."""
        self._waiting.put(None)
        self._thread.join()
        self._checkpointer.stop()

    def add(self, *row: object) -> asyncio.Future[None]:
        """Adds a row; the future is done when it is durable."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((row, future))
        return future

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            try:
                while len(group) < self._limit:
                    one = self._waiting.get_nowait()
                    if one is None:
                        self._waiting.put(None)
                        break
                    group.append(one)
            except Empty:
                pass
            self._commit(group)
            self._loop.call_soon_threadsafe(_resolve, [future for _, future in group])

    def _commit(self, group: list[tuple[tuple[object, ...], asyncio.Future[None]]]) -> None:
        connection: sqlite3.Connection = self._connection
        with self._gate:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, [row for row, _ in group])
            connection.execute("COMMIT")
        self._checkpointer.nudge()


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
