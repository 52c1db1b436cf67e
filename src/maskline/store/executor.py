"""The narrow seam between repositories and an engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from maskline.model.page import PageRequest


class Executor(Protocol):
    """Runs named statements inside one transaction."""

    async def one(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row, or null."""

    async def all(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """All rows."""

    async def run(self, query: str, *args: Any) -> int:
        """Executes, and says how many rows it touched."""

    async def run_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row, in order."""

    async def add_many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Executes an INSERT once per row, in order, and says how many rows it added."""

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
