"""The simulated handsets' ledger."""

from __future__ import annotations

from collections.abc import Sequence

from maskline.model.console import Picture
from maskline.model.handset import HandsetMessage
from maskline.store.repositories.base import Repository, row


class Handsets(Repository):
    """Messages as the handsets saw them."""

    __slots__ = ()

    async def add_many(self, messages: Sequence[HandsetMessage]) -> None:
        """Adds messages; one whose reference the handset has already is left out."""
        await self._x.add_many("handset_message_add", map(row, messages))

    async def page(self, handset: str, after: str, limit: int) -> list[HandsetMessage]:
        """A handset's messages in order, those that follow the SID `after` ("": from the first)."""
        return await self._all(HandsetMessage, "handset_message_page", handset, after, limit)

    async def add_picture(self, picture: Picture) -> None:
        """Adds a picture, for messages to lead to."""
        await self._x.run("picture_add", *row(picture))

    async def picture(self, sid: str) -> Picture | None:
        """The picture with that SID."""
        return await self._one(Picture, "picture_get", sid)
