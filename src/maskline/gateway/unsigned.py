"""Requests at a carrier's door that are not signed as they must be: the account is told, since they
may be its own carrier's, whose messages and calls are all refused."""

from __future__ import annotations

import logging
from typing import Final

from maskline.debugger.alerts import new_alert, raise_alone
from maskline.env import Env
from maskline.model.clock import SECOND
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: How long (ms) an account is told no more: anybody can send such requests, and each would be a
#: write to the database.
_QUIET: Final = 10 * SECOND


class Unsigned(Fault):
    """80625, with what the debugger is told of it once it is answered."""

    def __init__(self, account_sid: str, service_sid: str, exchange: Exchange) -> None:
        super().__init__(80625)
        self.account_sid = account_sid
        self.service_sid = service_sid
        self.exchange = exchange
        #: What its answer calls it.
        self.request_id = ""


class Watch:
    """Tells the debugger, but not of every one."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store
        self._quiet: dict[str, int] = {}

    async def __call__(self, fault: Unsigned) -> None:
        """Tells of one. `fault.account_sid` must be an account's, or memory would fill up."""
        now = self._env.clock()
        if self._quiet.get(fault.account_sid, 0) > now:
            return
        self._quiet[fault.account_sid] = now + _QUIET
        alert = new_alert(
            self._env,
            fault.code,
            fault.account_sid,
            fault.service_sid,
            fault.service_sid,
            exchange=fault.exchange,
        )
        try:
            await raise_alone(self._env, self._store, alert)
        except StoreUnavailable:
            log.warning(
                "request %s of %s, unsigned, could not be told",
                fault.request_id,
                fault.account_sid,
                extra={"request_id": fault.request_id},
            )
