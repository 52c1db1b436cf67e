"""How processes that share a database tell each other what requests they let pass."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.limiter import SharedWindow, Taken
from maskline.store.contract import Transaction

#: Seconds between exchanges. No request waits for one: so long a request of another process may
#: stay unknown here.
PAUSE: Final = 0.25

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Taken).decode


class RateExchange:
    """Writes what this process (`name`) let pass, and reads what the others did, while requests
    come in."""

    def __init__(self, limiter: SharedWindow, name: str) -> None:
        self._limiter = limiter
        self._name = name
        self._told = False

    async def step(self, env: Env, tx: Transaction) -> int:
        """One exchange, after which there is nothing left to do."""
        taken = self._limiter.taken()
        # Once more when there is nothing left to tell, so that nothing is left behind.
        if taken or self._told:
            self._told = bool(taken)
            now = env.clock()
            since = now - int(self._limiter.seconds * 1000)
            await tx.rates.expire(since)
            await tx.rates.put(self._name, _encode(taken), now)
            self._limiter.learn(map(_decode, await tx.rates.others(self._name, since)))
        return 0
