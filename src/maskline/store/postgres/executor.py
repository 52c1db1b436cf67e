"""Statements over an asyncpg connection, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from maskline.store.contract import Conflict
from maskline.store.postgres.connection import Connection

#: Counts an active session on a number. The least loaded numbers are wanted by many transactions at
#: once: all count right before they commit, in one order, so that none holds a row for long and two
#: never wait for each other.
_COUNT: Final = "pool_use"
#: These set the count anew, or end it with the number.
_RECOUNT: Final = frozenset({"number_delete", "pool_join", "pool_leave", "pool_leave_all"})


class Statements(msgspec.Struct, frozen=True):
    """Statements by name: for one row of parameters, for a set of rows where there is such, and
    those for a set of rows that are named by a key, each once."""

    single: Mapping[str, str]
    sets: Mapping[str, str]
    by_key: Mapping[str, str] = MappingProxyType({})


class PostgresExecutor:
    """Runs statements; `finish` belongs before the commit."""

    __slots__ = ("_by_key", "_connection", "_counts", "_sets", "_single")

    shared = True

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._single = statements.single
        self._sets = statements.sets
        self._by_key = statements.by_key
        self._counts: dict[str, int] = {}

    async def one(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row, or null."""
        return await self._connection.fetchrow(self._single[query], *args)

    async def all(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """All rows."""
        return await self._connection.fetch(self._single[query], *args)

    async def run(self, query: str, *args: Any) -> int:
        """Executes, and says how many rows it touched."""
        if query == _COUNT:
            sid, change = args
            self._counts[sid] = self._counts.get(sid, 0) + change
            return 1
        if query in _RECOUNT:
            await self.finish()
        return _touched(await self._connection.execute(self._single[query], *args))

    async def run_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row, in order."""
        some = list(rows)
        whole = self._by_key.get(query) if len(some) > 1 else None
        # Of two changes to one row the second must win.
        if whole is not None and len({row[0] for row in some}) == len(some):
            columns = map(list, zip(*some, strict=True))
            await self._connection.execute(whole, *columns)
        elif some:
            await self._connection.executemany(self._single[query], some)

    async def add_many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Executes an INSERT for a set of rows, and says how many it added."""
        columns = list(map(list, zip(*rows, strict=True)))
        if not columns:
            return 0
        return _touched(await self._connection.execute(self._sets[query], *columns))

    async def one_each(
        self, query: str, rows: Iterable[Sequence[Any]]
    ) -> Sequence[Sequence[Any] | None]:
        """The first row, or null, for each row of arguments, in their order."""
        some = list(rows)
        if len(some) == 1:
            return [await self.one(query, *some[0])]
        if not some:
            return []
        columns = map(list, zip(*some, strict=True))
        found = await self._connection.fetch(self._sets[query], *columns)
        return [None if row[0] is None else row for row in found]

    async def finish(self) -> None:
        """Writes what waits for the end."""
        counts = sorted((sid, change) for sid, change in self._counts.items() if change)
        self._counts.clear()
        for sid, change in counts:
            tag = await self._connection.execute(self._single[_COUNT], sid, change)
            if change > 0 and not _touched(tag):
                raise Conflict("a number left its pool while it was being chosen")


def _touched(status: str) -> int:
    """The count at the end of a command's tag, such as `UPDATE 3`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
