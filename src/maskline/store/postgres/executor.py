"""Statements over an asyncpg connection, inside one transaction.

A round trip costs more than most statements do. So a transaction begins with the first statement
that needs one, what is written without asking for an answer waits for the next question that may be
about it, or for the end, and what then waits goes to the server as one statement; when that is all
there is, and it can't be refused, it commits by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import asyncpg

from maskline.store.contract import Conflict
from maskline.store.executor import Told
from maskline.store.postgres.connection import Connection
from maskline.store.postgres.pending import Pending, Statements, Step

#: Counts an active session on a number. The least loaded numbers are wanted by many transactions at
#: once: all count right before they commit, in one order, so that none holds a row for long and two
#: never wait for each other.
_COUNT: Final = "pool_use"
#: Counts a change for all processes. Those that make one at the same time would wait for each other
#: from there on: it is counted once, at the end.
_MARK: Final = "mark_move"
#: These set the count anew, or end it with the number.
_RECOUNT: Final = frozenset({"number_delete", "pool_join", "pool_leave", "pool_leave_all"})


class PostgresExecutor:
    """Runs statements; `finish` ends the transaction. Without `begin` its caller has begun one, or
    needs none, and nothing waits."""

    __slots__ = (
        "_begin",
        "_connection",
        "_counts",
        "_marks",
        "_pending",
        "_statements",
        "_transaction",
    )

    shared = True

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        begin: Callable[[], Any] | None = None,
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._begin = begin
        self._transaction: Any = None
        self._counts: dict[str, int] = {}
        self._marks: set[str] = set()
        self._pending = Pending(statements.joined)

    async def one(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row, or null."""
        await self._ready(query)
        return await self._connection.fetchrow(self._statements.single[query], *args)

    async def all(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """All rows."""
        await self._ready(query)
        return await self._connection.fetch(self._statements.single[query], *args)

    async def run(self, query: str, *args: Any) -> int:
        """Executes, and says how many rows it touched."""
        if query == _COUNT:
            sid, change = args
            self._counts[sid] = self._counts.get(sid, 0) + change
            return 1
        if query == _MARK:
            self._marks.update(args)
            return 1
        if query in _RECOUNT:
            await self._count()
        await self._ready(query)
        return _touched(await self._connection.execute(self._statements.single[query], *args))

    async def run_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row, in order."""
        some = list(rows)
        if not some:
            return
        if len(some) == 1:
            self._pending.add(self._statements.writes[query], some[0])
            return
        whole = self._statements.by_key.get(query)
        # Of two changes to one row the second must win.
        if whole is not None and len({row[0] for row in some}) == len(some):
            self._pending.add(whole, list(map(list, zip(*some, strict=True))))
            return
        await self._ready(query)
        await self._connection.executemany(self._statements.single[query], some)

    async def add_many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Executes an INSERT for a set of rows, and says how many it added."""
        columns = list(map(list, zip(*rows, strict=True)))
        if not columns:
            return 0
        await self._ready(query)
        return _touched(await self._connection.execute(self._statements.sets[query], *columns))

    async def add_every(
        self, query: str, rows: Iterable[Sequence[Any]], told: Told | None = None
    ) -> None:
        """Executes an INSERT for a set of rows, by the end of the transaction at the latest."""
        some = list(rows)
        if some:
            self._pending.add(*self._statements.every[query].of(some), told)

    async def add_unless(
        self, query: str, rows: Iterable[Sequence[Any]], taken: Exception | None = None
    ) -> None:
        """Executes an INSERT for a set of rows, by the end of the transaction at the latest. Raises
        `taken`, then, where it leaves one out."""
        some = list(rows)

        def check(added: Sequence[Sequence[Any]]) -> None:
            if len(added) < len(some):
                raise taken or Conflict("it is there already")

        if some:
            self._pending.add(*self._statements.unless[query].of(some), check)

    async def one_each(
        self, query: str, rows: Iterable[Sequence[Any]]
    ) -> Sequence[Sequence[Any] | None]:
        """The first row, or null, for each row of arguments, in their order."""
        some = list(rows)
        if len(some) == 1:
            return [await self.one(query, *some[0])]
        if not some:
            return []
        await self._ready(query)
        columns = map(list, zip(*some, strict=True))
        found = await self._connection.fetch(self._statements.sets[query], *columns)
        return [None if row[0] is None else row for row in found]

    async def begin(self) -> None:
        """Begins the transaction, unless it is begun or the caller's."""
        if self._begin is not None and self._transaction is None:
            self._transaction = self._begin()
            await self._transaction.start()

    async def finish(self, committing: Callable[[], None]) -> None:
        """Writes what waits for the end, and commits. `committing` is called when the statement
        that makes it durable is sent: from then on nobody but the database knows what became of
        it."""
        await self._count()
        for name in sorted(self._marks):
            self._pending.add(self._statements.writes[_MARK], [name])
        steps = self._pending.take()
        if self._transaction is None and len(steps) == 1 and not steps[0].refuses:
            committing()
            await self._run(steps[0])
            return
        for step in steps:
            await self.begin()
            await self._run(step)
        if self._transaction is not None:
            committing()
            await self._transaction.commit()

    async def refuse(self) -> None:
        """Raises what a write that waits is refused with: it came before whatever did meanwhile."""
        if self._pending.refuses:
            await self._write()

    async def undo(self) -> None:
        """Undoes what was written."""
        if self._transaction is not None:
            await self._transaction.rollback()

    async def _ready(self, query: str) -> None:
        """Makes the way free for a statement that is to see what was written before it."""
        if self._pending and self._pending.touches(self._statements.reads.get(query)):
            await self._write()
        elif query not in self._statements.looks:
            await self.begin()

    async def _write(self) -> None:
        """Sends what waits."""
        await self.begin()
        for step in self._pending.take():
            await self._run(step)

    async def _run(self, step: Step) -> None:
        try:
            found = await self._connection.fetch(step.statement, *step.args)
        except asyncpg.UniqueViolationError:
            if step.meets:
                raise Conflict("another transaction added the same at the same moment") from None
            raise
        if step.told is not None:
            step.told(found)

    async def _count(self) -> None:
        """Has what was counted of numbers' sessions be written with what waits."""
        counts = sorted((sid, change) for sid, change in self._counts.items() if change)
        self._counts.clear()
        if not counts:
            return
        more = {sid for sid, change in counts if change > 0}

        def check(counted: Sequence[Sequence[Any]]) -> None:
            if not more.issubset(sid for (sid,) in counted):
                raise Conflict("a number left its pool while it was being chosen")

        await self.add_every("pool_use_each", counts, check)


def _touched(status: str) -> int:
    """The count at the end of a command's tag, such as `UPDATE 3`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
