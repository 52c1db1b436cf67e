"""The narrow seam between repositories and an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from maskline.model.page import PageRequest

#: What is told the rows that a statement returns.
Told = Callable[[Sequence[Sequence[Any]]], None]

#: How many rows one page of a narrowed list looks through.
WINDOW: Final = 500


class Executor(Protocol):
    """Runs named statements inside one transaction."""

    @property
    def shared(self) -> bool:
        """Whether transactions of other processes may run at the same time."""

    async def one(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row, or null."""

    async def all(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """All rows."""

    async def run(self, query: str, *args: Any) -> int:
        """Executes, and says how many rows it touched."""

    async def run_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row, in order, now or before anything that could see it."""

    async def add_many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Executes an INSERT once per row, in order, and says how many rows it added."""

    async def add_every(
        self, query: str, rows: Iterable[Sequence[Any]], told: Told | None = None
    ) -> None:
        """Executes an INSERT once per row, in order, now or before anything that could see it, at
        the end of the transaction at the latest. Raises Conflict, then, where one is not added.
        `told` gets the rows that it returns, where it is a statement that does."""

    async def add_unless(
        self, query: str, rows: Iterable[Sequence[Any]], taken: Exception | None = None
    ) -> None:
        """The same for an INSERT that leaves rows out: raises `taken`, or else Conflict, where it
        leaves one out. A fault that the use-case meets meanwhile gives way to it."""

    async def one_each(
        self, query: str, rows: Iterable[Sequence[Any]]
    ) -> Sequence[Sequence[Any] | None]:
        """The first row, or null, for each row of arguments, in their order."""


async def keyset(
    executor: Executor, query: str, request: PageRequest, *args: Any
) -> tuple[list[Sequence[Any]], bool, bool]:
    """The rows of one page, newest first, and whether there are later and earlier pages."""
    limit = request.size + 1
    if request.before is not None:
        found = list(await executor.all(f"{query}_before", *args, limit, request.before))
        more = len(found) > request.size
        return found[: request.size][::-1], True, more
    if request.after is not None:
        found = list(await executor.all(f"{query}_after", *args, limit, request.after))
        return found[: request.size], len(found) > request.size, True
    found = list(await executor.all(f"{query}_first", *args, limit, request.offset))
    return found[: request.size], len(found) > request.size, request.offset > 0


class Narrowed(NamedTuple):
    """One page of a narrowed list: its rows, and from where its neighbours go on."""

    rows: list[Sequence[Any]]
    has_next: bool
    has_previous: bool
    first: str | None
    last: str | None


async def narrowed(
    executor: Executor,
    query: str,
    request: PageRequest,
    keeps: Callable[[Sequence[Any]], bool],
    *args: Any,
) -> Narrowed:
    """The rows of one page, newest first, of a list without those that `keeps` leaves out.

    It looks through WINDOW rows at most, whose first column is the SID, so that its cost has a
    bound: it may hold fewer rows than were asked for, or none, while there are more to come.
    """
    if request.before is not None:
        found = await executor.all(f"{query}_before", *args, WINDOW + 1, request.before)
    elif request.after is not None:
        found = await executor.all(f"{query}_after", *args, WINDOW + 1, request.after)
    else:
        found = await executor.all(f"{query}_first", *args, WINDOW + 1, 0)
    seen = found[:WINDOW]
    kept = [row for row in seen if keeps(row)]
    full = len(kept) > request.size
    kept = kept[: request.size]
    goes_on = full or len(found) > WINDOW
    near = edge(kept or seen, 0)
    far = edge(kept if full else seen, -1)
    if request.before is not None:
        return Narrowed(kept[::-1], True, goes_on, far, near)
    return Narrowed(kept, goes_on, request.after is not None, near, far)


def edge(rows: Sequence[Sequence[Any]], at: int) -> str | None:
    """The SID in the first or last row of a page."""
    return str(rows[at][0]) if rows else None
