"""The last look at opt-outs, right before a message is handed to its carrier."""

from __future__ import annotations

from typing import Final

from maskline.env import Env
from maskline.model.alpha_sender import is_name
from maskline.model.job import Relay
from maskline.model.message import Direction
from maskline.model.opt_out import holds
from maskline.store.contract import Store, Transaction

#: How long an answer to "when was the newest opt-out recorded?" is good, in ms. It may come from
#: another process or the command line, and to ask for each message would cost as much as the rest.
_FRESH: Final = 200
#: Clocks of several machines differ: an opt-out that is not older than this may be the newer one.
_SKEW: Final = 2_000


class Stops:
    """Knows which messages opt-outs hold that came after the messages themselves.

    Those that were there before hold at intake. As long as none is newer than the message, nothing
    is looked up for it.
    """

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._newest = 0
        self._looked: int | None = None

    async def hold(self, since: int, relay: Relay) -> bool:
        """Whether a message that was taken in at `since` (ms) must not be sent any more."""
        if relay.direction == Direction.PLATFORM:
            return False
        now = self._env.clock()
        if self._looked is None or now - self._looked >= _FRESH:
            self._looked = now
            self._newest = await self._store.read(lambda tx: tx.opt_outs.newest())
        if self._newest + _SKEW < since:
            return False
        reach = await self._store.read(lambda tx: _reach(tx, relay))
        return holds(reach, self._env.settings.optout.scope)


async def _reach(tx: Transaction, relay: Relay) -> int | None:
    if is_name(relay.sender):
        return await tx.opt_outs.reach_of_name(relay.account_sid, relay.sender, relay.recipient)
    return await tx.opt_outs.reach(relay.sender, relay.recipient)
