"""Scripts of calls."""

from __future__ import annotations

from maskline.model import sid as sids
from maskline.model.script import CallScript
from maskline.store.repositories.base import Repository, row


class Scripts(Repository):
    """What calls were told to do."""

    __slots__ = ()

    async def add(self, script: CallScript) -> bool:
        """Adds one; false where the place that it follows has its answer already."""
        return await self._x.add_many("call_script_add", [row(script)]) > 0

    async def get(self, sid: str) -> CallScript | None:
        """The script with that SID."""
        return await self._one(CallScript, "call_script_get", sid)

    async def newest(self, call_sid: str) -> CallScript | None:
        """The one that a call was given last."""
        return await self._one(CallScript, "call_script_newest", call_sid)

    async def following(self, place: str) -> CallScript | None:
        """The answer to a place of another."""
        return await self._one(CallScript, "call_script_following", place)

    async def remove(self, before: int, limit: int) -> int:
        """Removes those made before then (ms); how many."""
        edge = sids.edge(sids.CALL_SCRIPT, before)
        return await self._x.run("aged_call_scripts_remove", edge, limit)
