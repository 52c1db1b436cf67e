"""Named statements on one `sqlite3` connection, and the drive that runs use-cases over them."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from maskline.store.contract import Conflict
from maskline.store.executor import Told

T = TypeVar("T")


class SqliteExecutor:
    """Runs statements at once: its coroutines never suspend."""

    __slots__ = ("_connection", "_sql")

    shared = False

    def __init__(self, connection: sqlite3.Connection, sql: Mapping[str, str]) -> None:
        self._connection = connection
        self._sql = sql

    async def one(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row, or null."""
        row: Sequence[Any] | None = self._connection.execute(self._sql[query], args).fetchone()
        return row

    async def all(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """All rows."""
        return self._connection.execute(self._sql[query], args).fetchall()

    async def run(self, query: str, *args: Any) -> int:
        """Executes, and says how many rows it touched."""
        return self._connection.execute(self._sql[query], args).rowcount

    async def run_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row, in order."""
        self._connection.executemany(self._sql[query], rows)

    async def add_many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Executes an INSERT once per row, in order, and says how many rows it added."""
        return max(0, self._connection.executemany(self._sql[query], rows).rowcount)

    async def add_every(
        self, query: str, rows: Iterable[Sequence[Any]], told: Told | None = None
    ) -> None:
        """Executes an INSERT once per row, in order. Raises Conflict where one is not added."""
        assert told is None, "only statements of transactions side by side return something"
        await self.add_unless(query, rows)

    async def add_unless(
        self, query: str, rows: Iterable[Sequence[Any]], taken: Exception | None = None
    ) -> None:
        """Executes an INSERT once per row, in order. Raises `taken` where one is not added."""
        some = list(rows)
        if self._connection.executemany(self._sql[query], some).rowcount < len(some):
            raise taken or Conflict("it is there already")

    async def one_each(
        self, query: str, rows: Iterable[Sequence[Any]]
    ) -> Sequence[Sequence[Any] | None]:
        """The first row, or null, for each row of arguments, in their order."""
        execute, sql = self._connection.execute, self._sql[query]
        return [execute(sql, row).fetchone() for row in rows]


def drive(awaitable: Awaitable[T]) -> T:
    """Runs a coroutine whose awaits never suspend, without an event loop.

    Raises RuntimeError when it does suspend: a use-case awaits nothing but its transaction.
    """
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a use-case awaited something other than its transaction")
