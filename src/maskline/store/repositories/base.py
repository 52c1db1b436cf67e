"""What repositories share: rows into records and back."""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

import msgspec

from maskline.model.page import Page, PageRequest
from maskline.store.executor import Executor, edge, keyset

R = TypeVar("R", bound=msgspec.Struct)

row = msgspec.structs.astuple

#: The mark of what is registered of senders.
REGISTRATIONS: Final = "registrations"


class Repository:
    """Statements of one resource, inside one transaction."""

    __slots__ = ("_x",)

    def __init__(self, executor: Executor) -> None:
        self._x = executor

    async def _one(self, record: type[R], query: str, *args: Any) -> R | None:
        found = await self._x.one(query, *args)
        return None if found is None else record(*found)

    async def _all(self, record: type[R], query: str, *args: Any) -> list[R]:
        return [record(*found) for found in await self._x.all(query, *args)]

    async def _page(self, record: type[R], query: str, request: PageRequest, *args: Any) -> Page[R]:
        rows, has_next, has_previous = await keyset(self._x, query, request, *args)
        records = [record(*found) for found in rows]
        return Page(records, has_next, has_previous, edge(rows, 0), edge(rows, -1))


class Followed(Repository):
    """A repository whose changes the console follows: `changed` are the SIDs of what this
    transaction made or changed."""

    __slots__ = ("changed",)

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor)
        self.changed: list[str] = []


class Registering(Repository):
    """A repository that may change what is registered of senders; `registers` says that this
    transaction did. It is counted then, so that every process sees that there was a change."""

    __slots__ = ("registers",)

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor)
        self.registers = False

    async def _registers(self) -> None:
        self.registers = True
        await self._x.run("mark_move", REGISTRATIONS)

    async def _unbinds(self, number_sid: str) -> None:
        """Takes a number out of its campaign, if it is in one."""
        if await self._x.run("number_unbind", number_sid):
            await self._registers()

    async def _unbinds_all(self, messaging_service_sid: str) -> None:
        """Takes all numbers of a Messaging Service out of its campaign."""
        if await self._x.run("number_unbind_all", messaging_service_sid):
            await self._registers()


class HasSid(Protocol):
    """A record that is named by a SID."""

    @property
    def sid(self) -> str:
        """Its SID."""


S = TypeVar("S", bound=HasSid)


def single(record: S | None, request: PageRequest) -> Page[S]:
    """The page of a list that can hold one record alone."""
    if record is None:
        return Page([], False, False)
    sid = record.sid
    if request.after is not None:
        here = sid < request.after
    elif request.before is not None:
        here = sid > request.before
    else:
        here = request.offset == 0
    return Page([record], False, False, sid, sid) if here else Page([], False, False)
