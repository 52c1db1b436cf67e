"""What sending remembers: messages that wait for their hour, and whose sender is who."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.model.alpha_sender import AlphaSender
from maskline.model.draft import Draft
from maskline.model.number import Number
from maskline.store.repositories.base import Repository

_JSON: Final = msgspec.json.Encoder()
_DRAFT: Final = msgspec.json.Decoder(Draft).decode


class Scheduled(msgspec.Struct, frozen=True):
    """A message that is to be sent at `send_at` (ms)."""

    message_sid: str
    account_sid: str
    send_at: int
    draft: Draft


class Sending(Repository):
    """Scheduled messages, and the senders of Messaging Services as they are used."""

    __slots__ = ()

    async def schedule(self, one: Scheduled) -> None:
        """Keeps a message for its hour."""
        draft = _JSON.encode(one.draft).decode()
        await self._x.run("scheduled_add", one.message_sid, one.account_sid, one.send_at, draft)

    async def due(self, now: int, limit: int) -> list[Scheduled]:
        """The messages whose hour has come, the first at the head."""
        return [
            Scheduled(sid, account_sid, send_at, _DRAFT(draft))
            for sid, account_sid, send_at, draft in await self._x.all("scheduled_due", now, limit)
        ]

    async def unschedule(self, message_sid: str) -> bool:
        """Forgets a message's hour; false when it has none any more."""
        return await self._x.run("scheduled_delete", message_sid) > 0

    async def pool(self, service_sid: str) -> list[tuple[Number, int]]:
        """A Messaging Service's numbers, each with when it was last chosen (ms, 0 for never)."""
        rows = await self._x.all("sending_pool", service_sid)
        return [(Number(*rest), used_at) for used_at, *rest in rows]

    async def names(self, service_sid: str) -> list[tuple[AlphaSender, int]]:
        """A Messaging Service's names, each with when it was last chosen (ms, 0 for never)."""
        rows = await self._x.all("sending_names", service_sid)
        return [(AlphaSender(*rest), used_at) for used_at, *rest in rows]

    async def sticky(self, service_sid: str, person: str) -> tuple[str, int] | None:
        """The SID of the number that a person has, and when it was last used for them (ms)."""
        found = await self._x.one("sticky_get", service_sid, person)
        return None if found is None else (found[0], found[1])

    async def use(self, number_sid: str, used_at: int) -> None:
        """A number was chosen, and counts as used at `used_at` (ms)."""
        await self._x.run("sender_use", number_sid, used_at)

    async def keep(
        self, service_sid: str, person: str, number_sid: str, now: int, before: str | None
    ) -> bool:
        """The person has that number now, in place of `before`. False when another transaction gave
        them one in the meantime."""
        if before is None:
            return await self._x.run("sticky_add", service_sid, person, number_sid, now) > 0
        return await self._x.run("sticky_move", service_sid, person, number_sid, now, before) > 0

    async def forget_sticky(self, before: int, limit: int) -> int:
        """Forgets whose sender was who, where that was not used since. How many went."""
        return await self._x.run("sticky_forget", before, limit)
