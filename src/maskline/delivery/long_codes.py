"""The last look at registrations, right before a message is handed to its carrier: a long code of
the United States sends there under a campaign, or is held as the settings say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from maskline.a2p import registrations
from maskline.a2p.limits import limits_of
from maskline.debugger.alerts import new_alert, raise_alone
from maskline.delivery.housekeeping import Chore
from maskline.env import Env
from maskline.messaging import budgets
from maskline.messaging.budgets import Mark
from maskline.model.clock import DAY
from maskline.model.job import Relay
from maskline.model.registration import Registration
from maskline.numbers.e164 import is_united_states, is_us_long_code, mask
from maskline.store.contract import Store, StoreUnavailable, Transaction

#: Numbers of which it is remembered that they were warned of.
_MOST: Final = 10_000
#: Seconds between looks whether what is registered has changed, for what nobody was told of.
_PAUSE: Final = 2.0


async def _no_batch(_: Env, __: Transaction) -> int:
    return 0


class LongCodes:
    """Knows which messages are held for want of a registration.

    What is registered is kept, and read anew when it was changed, so that nothing is looked up for
    a message that may go; one that may not is looked up once more before it is held.
    """

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._mode = env.settings.a2p.unregistered
        self._limits = limits_of(env.settings.a2p)
        self._warned: dict[tuple[str, int], int] = {}
        self._mark = -1
        self._looking = asyncio.Lock()

    def suspects(self, relay: Relay) -> bool:
        """Whether a message has to be looked at: most have not, and cost no more than this."""
        if self._mode == "allow" or not is_us_long_code(relay.sender):
            return False
        found = self._env.registry.of(relay.sender)
        if (found is not None and not found.code) or not is_united_states(relay.recipient):
            return False
        return self._mode == "block" or self._is_news(relay, found)

    async def holds(self, relay: Relay) -> int:
        """The code with which a suspect fails; 0 when it may go. Raises StoreUnavailable."""
        code = await self._code(relay.sender)
        if self._mode == "block" or not code:
            return code
        env, says = self._env, f"sent from {mask(relay.sender)}"
        alert = new_alert(env, code, relay.account_sid, None, relay.message_sid, says)
        await raise_alone(env, self._store, alert)
        return 0

    async def start(self) -> None:
        """Reads what is registered for the first time. Raises StoreUnavailable."""
        await self._store.read(lambda tx: self._refresh(self._env, tx))

    async def look(self) -> None:
        """Takes up what was changed a moment ago; the chore does where the store is away."""
        # One after the other: the next then sees that there is nothing left to read.
        async with self._looking:
            with contextlib.suppress(StoreUnavailable):
                await self.start()

    async def tell(self, tx: Transaction, marks: Sequence[Mark]) -> None:
        """Has the debugger say how much of a brand's day is used."""
        await budgets.tell(self._env, tx, marks)

    def chore(self) -> Chore:
        """Looks whether something was changed, in every process."""
        name = "reading A2P registrations"
        return Chore(name, _PAUSE, _no_batch, self._refresh, everywhere=True)

    async def _refresh(self, env: Env, tx: Transaction) -> bool:
        """Reads what is registered if that has changed; it leaves nothing to write."""
        mark = await tx.registrations.mark()
        if mark > self._mark:
            found = await registrations.read(tx, self._limits)
            # Another look may have been quicker, and have seen more.
            if mark > self._mark:
                self._mark = mark
                env.registry.replace(found)
        return False

    async def _code(self, number: str) -> int:
        found = await self._store.read(lambda tx: registrations.of_number(tx, number, self._limits))
        return registrations.UNREGISTERED if found is None else found.code

    def _is_news(self, relay: Relay, found: Registration | None) -> bool:
        """Whether nobody was warned of a number today; simulated phones ask for no registration."""
        if relay.carrier in self._env.settings.pacing.off:
            return False
        key = (relay.sender, registrations.UNREGISTERED if found is None else found.code)
        now = self._env.clock()
        if now - self._warned.get(key, -DAY) < DAY:
            return False
        if len(self._warned) >= _MOST:
            self._warned.clear()
        self._warned[key] = now
        return True
