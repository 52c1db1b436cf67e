"""What SMPP carriers keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from maskline.model.smpp import SentPart, SmppGroup, SmppPart
from maskline.store.repositories.base import Repository, row

#: Messages that one look finds.
_GROUPS: Final = 100


class SmppParts(Repository):
    """Parts of long messages, both ways; times in ms."""

    __slots__ = ()

    async def add(self, part: SmppPart) -> None:
        """Adds an inbound part, unless there is one under its number."""
        await self._x.add_many("smpp_part_add", [row(part)])

    async def group(self, group: SmppGroup) -> list[SmppPart]:
        """The parts of an inbound message, in order."""
        return await self._all(SmppPart, "smpp_group", *row(group))

    async def finish(self, group: SmppGroup) -> None:
        """Marks the parts as done."""
        await self._x.run("smpp_group_finish", *row(group))

    async def drop(self, group: SmppGroup) -> None:
        """Removes the parts."""
        await self._x.run("smpp_group_drop", *row(group))

    async def unfinished(self, carrier: str, before: int) -> list[list[SmppPart]]:
        """Messages that are complete and not done, or whose first part came before then; some of
        them, if there are many."""
        found = await self._all(SmppPart, "smpp_unfinished", carrier, before, _GROUPS)
        return [list(parts) for _, parts in groupby(found, key=lambda part: part.group)]

    async def expire(self, carrier: str, parts_before: int, sent_before: int) -> None:
        """Removes inbound parts that were done, and outbound ones, of before then."""
        await self._x.run("smpp_parts_expire", carrier, parts_before)
        await self._x.run("smpp_sent_expire", carrier, sent_before)

    async def add_sent(self, parts: Iterable[SentPart]) -> None:
        """Adds outbound parts; an id that was given before is now theirs."""
        await self._x.run_many(
            "smpp_sent_add",
            [
                (
                    one.carrier,
                    one.provider_id,
                    one.message_sid,
                    one.part,
                    one.total,
                    one.status,
                    one.error_code,
                    one.date_created,
                )
                for one in parts
            ],
        )

    async def sent(self, carrier: str, ids: Sequence[str]) -> list[SentPart]:
        """The parts, or whole messages, that the carrier knows by these ids, in their order; of
        two under one id the later."""
        found: list[SentPart] = []
        for one in ids:
            part = await self._one(SentPart, "smpp_sent_part", carrier, one)
            whole = await self._one(SentPart, "smpp_sent_whole", carrier, one)
            known = [record for record in (part, whole) if record is not None]
            found += sorted(known, key=_age)[:1]
        return found

    async def settle(
        self, carrier: str, provider_id: str, status: str, error_code: int | None
    ) -> list[SentPart]:
        """Writes an outbound part's status, unless it has its last one; all parts of its message,
        in order."""
        await self._x.run("smpp_sent_settle", carrier, provider_id, status, error_code)
        return await self._all(SentPart, "smpp_sent_of", carrier, provider_id)

    async def seen(self, carrier: str, mark: str, since: int, before: int) -> bool:
        """Whether an inbound message was taken in that span whose id begins with `mark` and "-"."""
        found = await self._x.one("smpp_seen", carrier, f"{mark}-", f"{mark}.", since, before)
        return found is not None


def _age(part: SentPart) -> tuple[int, int]:
    """The latest first; a message in parts before the same one as a whole."""
    return -part.date_created, -part.total
