"""The last look at registrations, right before a message is handed to its carrier: a long code of
the United States sends there under a campaign, or is held as the settings say."""

from __future__ import annotations

from typing import Final

from maskline.a2p import registrations
from maskline.a2p.limits import limits_of
from maskline.debugger.alerts import new_alert, raise_alone
from maskline.delivery.housekeeping import Chore
from maskline.env import Env
from maskline.model.clock import DAY
from maskline.model.job import Relay
from maskline.numbers.e164 import is_united_states, is_us_long_code, mask
from maskline.store.contract import Store, Transaction

#: Numbers of which it is remembered that they were warned of.
_MOST: Final = 10_000
#: Seconds between looks at what is registered.
_PAUSE: Final = 2.0


async def _no_batch(_: Env, __: Transaction) -> int:
    return 0


class LongCodes:
    """Knows which messages are held for want of a registration.

    What is registered is read anew every few seconds, so that nothing is looked up for a message
    that may go; one that may not is looked up once more before it is held.
    """

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._limits = limits_of(env.settings.a2p)
        self._warned: dict[tuple[str, int], int] = {}

    async def holds(self, relay: Relay) -> int:
        """The code with which a message fails; 0 when it may go. Raises StoreUnavailable."""
        mode = self._env.settings.a2p.unregistered
        if mode == "allow" or not is_us_long_code(relay.sender):
            return 0
        found = self._env.registry.of(relay.sender)
        if (found is not None and not found.code) or not is_united_states(relay.recipient):
            return 0
        if mode == "warn":
            await self._warn(relay)
            return 0
        return await self._code(relay.sender)

    def chore(self) -> Chore:
        """Reads what is registered, in every process."""
        name = "reading A2P registrations"
        return Chore(name, _PAUSE, _no_batch, self.refresh, everywhere=True)

    async def refresh(self, env: Env, tx: Transaction) -> bool:
        """Reads what is registered; that leaves nothing to write."""
        found = await registrations.read(tx, self._limits)
        if not env.registry.is_known or not env.registry.holds(found):
            env.registry.replace(found)
        return False

    async def _code(self, number: str) -> int:
        found = await self._store.read(lambda tx: registrations.of_number(tx, number, self._limits))
        return registrations.UNREGISTERED if found is None else found.code

    async def _warn(self, relay: Relay) -> None:
        """Says so once a day for each number and code; simulated phones ask for no registration."""
        env, number = self._env, relay.sender
        if relay.carrier in env.settings.pacing.off:
            return
        now, known = env.clock(), env.registry.of(number)
        guess = registrations.UNREGISTERED if known is None else known.code
        if now - self._warned.get((number, guess), -DAY) < DAY:
            return
        if len(self._warned) >= _MOST:
            self._warned.clear()
        self._warned[number, guess] = now
        code = await self._code(number)
        if code:
            alert = new_alert(
                env, code, relay.account_sid, None, relay.message_sid, f"sent from {mask(number)}"
            )
            await raise_alone(env, self._store, alert)
