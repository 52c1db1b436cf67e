"""Parts of long messages on their way in."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from maskline.model.parts import MessagePart, PartGroup
from maskline.store.repositories.base import Repository, row

#: Messages that one look finds.
_GROUPS: Final = 100


class MessageParts(Repository):
    """Those that wait for the others of their message, and those that waited; times in ms."""

    __slots__ = ()

    async def add(self, part: MessagePart) -> None:
        """Adds a part, unless there is one under its number."""
        await self._x.add_many("part_add", [row(part)])

    async def group(self, group: PartGroup) -> list[MessagePart]:
        """The parts of a message, in order."""
        return await self._all(MessagePart, "part_group", *row(group))

    async def finish(self, group: PartGroup) -> None:
        """Marks the parts as done."""
        await self._x.run("part_group_finish", *row(group))

    async def drop(self, group: PartGroup) -> None:
        """Removes the parts."""
        await self._x.run("part_group_drop", *row(group))

    async def unfinished(self, carrier: str, before: int) -> list[list[MessagePart]]:
        """Messages that are complete and not done, or whose first part came before then; some of
        them, if there are many."""
        found = await self._all(MessagePart, "part_unfinished", carrier, before, _GROUPS)
        return [list(parts) for _, parts in groupby(found, key=lambda part: part.group)]

    async def expire(self, carrier: str, before: int) -> None:
        """Removes parts that were done and are of before then."""
        await self._x.run("part_expire", carrier, before)
