"""What programs asked of the calls that they placed."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.model.call import Call
from maskline.model.placed_call import PlacedCall
from maskline.store.repositories.base import Repository

_JSON: Final = msgspec.json.Encoder()
_PLACED: Final = msgspec.json.Decoder(PlacedCall).decode


class PlacedCalls(Repository):
    """How calls are to go, by the SID of the call."""

    __slots__ = ()

    async def put(self, call_sid: str, account_sid: str, placed: PlacedCall) -> None:
        """Keeps it, in place of what was kept before."""
        text = _JSON.encode(placed).decode()
        await self._x.run("placed_call_put", call_sid, account_sid, text)

    async def get(self, call_sid: str) -> PlacedCall | None:
        """How the call is to go; null for one that no program placed or steers."""
        found = await self._x.one("placed_call_get", call_sid)
        return None if found is None else _PLACED(found[0])

    async def with_call(self, call_sid: str) -> tuple[Call, PlacedCall | None] | None:
        """The call, and the same of it, by one look: most calls are no program's."""
        found = await self._x.one("call_and_placed", call_sid)
        if found is None:
            return None
        *call, placed = found
        return Call(*call), None if placed is None else _PLACED(placed)

    async def told(self, call_sid: str) -> int:
        """How many status callbacks there were."""
        found = await self._x.one("placed_call_told", call_sid)
        return 0 if found is None else int(found[0])

    async def tell(self, call_sid: str) -> None:
        """There is one more."""
        await self._x.run("placed_call_tell", call_sid)

    async def delete(self, call_sid: str) -> None:
        """Forgets it."""
        await self._x.run("placed_call_delete", call_sid)
