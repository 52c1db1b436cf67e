"""Housekeeping: what falls due by time alone. Sessions are closed when their time is over, and what
is kept for so many days is removed after them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.clock import DAY
from maskline.proxy import retention, sessions
from maskline.store.contract import Store, StoreUnavailable, Transaction

log = logging.getLogger(__name__)

#: Records in one transaction, so that traffic never waits long behind it.
_AT_ONCE: Final = 100
#: A session brings its participants and interactions with it.
_SESSIONS_AT_ONCE: Final = 20
#: Seconds between looks for what is past its days: a few minutes are nothing to them.
_RARELY: Final = 300.0


class Chore(msgspec.Struct, frozen=True):
    """Work that is looked for every `pause` seconds. `batch` does a part of it in one transaction
    and says how much that was; it is called until that is 0, and begins again where it was after a
    restart. `is_due` spares the writer a look that finds nothing. Of the processes of one database
    the leader alone does it, unless it is to be done `everywhere`."""

    name: str
    pause: float
    batch: Callable[[Env, Transaction], Awaitable[int]]
    is_due: Callable[[Env, Transaction], Awaitable[bool]] | None = None
    everywhere: bool = False


def chores() -> list[Chore]:
    """All of them."""
    return [
        # An expired session relays nothing in the meantime, since routing looks at its end by
        # itself: being late costs its people no privacy, only their numbers.
        Chore("closing expired sessions", 1.0, _close_sessions, _are_sessions_over),
        Chore("removing closed sessions", _RARELY, _remove_sessions),
        Chore("forgetting who met which number", _RARELY, retention.AffinityWalk().step),
        Chore("removing alerts", _RARELY, _remove_alerts),
        Chore("removing dead jobs", _RARELY, _remove_dead_jobs),
        Chore("removing handsets' messages", _RARELY, _remove_handset_messages),
        Chore("removing carriers' requests", _RARELY, _remove_carrier_requests),
    ]


class Housekeeper:
    """Does chores, each by itself, so that none holds up another."""

    def __init__(self, env: Env, store: Store, chores: Sequence[Chore]) -> None:
        self._env = env
        self._store = store
        self._chores = chores
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins."""
        self._tasks = [asyncio.create_task(self._work(chore)) for chore in self._chores]

    async def stop(self) -> None:
        """Ends."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def do(self, chore: Chore) -> None:
        """Does all of a chore that is due now. Raises StoreUnavailable."""
        env, store, is_due = self._env, self._store, chore.is_due
        while is_due is None or await store.read(lambda tx: is_due(env, tx)):
            if not await store.transact(lambda tx: chore.batch(env, tx)):
                break

    async def _work(self, chore: Chore) -> None:
        while True:
            try:
                if chore.everywhere or self._store.leads:
                    await self.do(chore)
            except StoreUnavailable:
                pass
            except Exception as error:
                log.error("%s failed: %s", chore.name, type(error).__name__)
            await asyncio.sleep(chore.pause)


async def _are_sessions_over(env: Env, tx: Transaction) -> bool:
    return bool(await tx.sessions.overdue(env.clock(), 1))


async def _close_sessions(env: Env, tx: Transaction) -> int:
    return await sessions.expire_overdue(env, tx, _AT_ONCE)


async def _remove_sessions(env: Env, tx: Transaction) -> int:
    return await retention.remove_sessions(env, tx, _SESSIONS_AT_ONCE)


async def _remove_alerts(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_alerts, env.settings.retention.alerts_days)


async def _remove_dead_jobs(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_dead_jobs, env.settings.retention.dead_jobs_days)


async def _remove_handset_messages(env: Env, tx: Transaction) -> int:
    days = env.settings.retention.handsets_days
    return await _remove(env, tx.retention.remove_handset_messages, days)


async def _remove_carrier_requests(env: Env, tx: Transaction) -> int:
    days = env.settings.carriers.request_days
    return await _remove(env, tx.carrier_requests.remove, days)


async def _remove(env: Env, remove: Callable[[int, int], Awaitable[int]], days: int) -> int:
    """Removes what is older than so many days; 0 keeps it."""
    return await remove(env.clock() - days * DAY, _AT_ONCE) if days else 0
