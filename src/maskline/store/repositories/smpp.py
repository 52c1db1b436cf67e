"""What SMPP carriers keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskline.model.smpp import SentPart
from maskline.store.repositories.base import Repository


class SmppSent(Repository):
    """Parts of long messages that went out; times in ms."""

    __slots__ = ()

    async def add(self, parts: Iterable[SentPart]) -> None:
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

    async def find(self, carrier: str, ids: Sequence[str]) -> list[SentPart]:
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

    async def expire(self, carrier: str, before: int) -> None:
        """Removes those of before then."""
        await self._x.run("smpp_sent_expire", carrier, before)

    async def seen(self, carrier: str, mark: str, since: int, before: int) -> bool:
        """Whether an inbound message was taken in that span whose id begins with `mark` and "-"."""
        found = await self._x.one("smpp_seen", carrier, f"{mark}-", f"{mark}.", since, before)
        return found is not None


def _age(part: SentPart) -> tuple[int, int]:
    """The latest first; a message in parts before the same one as a whole."""
    return -part.date_created, -part.total
