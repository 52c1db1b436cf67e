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
from maskline.messaging import ping_pong, sending
from maskline.messaging.sender_choice import STICKY_FOR
from maskline.model.clock import DAY, HOUR, MINUTE
from maskline.proxy import retention, sessions
from maskline.store.contract import Store, StoreUnavailable, Transaction
from maskline.store.repositories.series import SPANS
from maskline.voice import silence

log = logging.getLogger(__name__)

#: Sessions that are closed in one transaction, so that traffic never waits long behind it.
_AT_ONCE: Final = 100
#: Records that are removed in one, which takes less for each. Each look begins at the oldest and
#: passes what was removed just now: five times as many make it five times as fast on PostgreSQL.
_REMOVED_AT_ONCE: Final = 500
#: A session brings its participants and interactions with it.
_SESSIONS_AT_ONCE: Final = 20
#: Seconds between looks for what is past its days: a few minutes are nothing to them.
_RARELY: Final = 300.0
#: How far clocks of several machines may differ, in ms.
_SKEW: Final = 60_000
#: And for calls of which their carriers say nothing.
_SILENCE: Final = 10.0
#: And for what is kept by its number.
_OFTEN: Final = 60.0
#: The latest requests that are kept.
_REQUESTS: Final = 20_000
#: Days for which pools are looked back at, and counts of a quarter of an hour.
_LEVELS_DAYS: Final = 30
_MIDDLE_DAYS: Final = 8
#: No call lasts for longer, and a carrier may be a day late with a recording.
_SCRIPT_DAYS: Final = 2


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
        Chore("sending scheduled messages", 1.0, _send_scheduled, _is_scheduled_due),
        Chore("asking about silent calls", _SILENCE, _ask_about_calls, _are_calls_silent),
        Chore("forgetting old sticky senders", _RARELY, _forget_sticky),
        Chore("removing closed sessions", _RARELY, _remove_sessions),
        Chore("forgetting who met which number", _RARELY, retention.AffinityWalk().step),
        Chore("removing messages", _RARELY, _remove_messages),
        Chore("forgetting links to media", _RARELY, _forget_media_links),
        Chore("removing calls", _RARELY, _remove_calls),
        Chore("removing alerts", _RARELY, _remove_alerts),
        Chore("removing dead jobs", _RARELY, _remove_dead_jobs),
        Chore("removing handsets' messages", _RARELY, _remove_handset_messages),
        Chore("forgetting buckets that are full", _RARELY, _forget_paces),
        Chore("forgetting pairs of numbers", _RARELY, _forget_pairs),
        Chore("removing handsets' pictures", _RARELY, _remove_pictures),
        Chore("removing webhook attempts", _RARELY, _remove_webhook_attempts),
        Chore("removing the console's audit log", _RARELY, _remove_audit),
        Chore("removing requests to the API", _OFTEN, _remove_requests),
        Chore("removing counts of traffic", _RARELY, _remove_traffic),
        Chore("removing scripts of calls", _RARELY, _remove_scripts),
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


async def _is_scheduled_due(env: Env, tx: Transaction) -> bool:
    return bool(await tx.sending.due(env.clock(), 1))


async def _send_scheduled(env: Env, tx: Transaction) -> int:
    return await sending.send_due(env, tx, _AT_ONCE)


async def _are_calls_silent(env: Env, tx: Transaction) -> bool:
    return bool(await silence.silent(env, tx, 1))


async def _ask_about_calls(env: Env, tx: Transaction) -> int:
    return await silence.ask(env, tx, _AT_ONCE)


async def _forget_sticky(env: Env, tx: Transaction) -> int:
    return await tx.sending.forget_sticky(env.clock() - STICKY_FOR, _AT_ONCE)


async def _remove_sessions(env: Env, tx: Transaction) -> int:
    return await retention.remove_sessions(env, tx, _SESSIONS_AT_ONCE)


async def _remove_messages(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_messages, env.settings.retention.messages_days)


async def _forget_media_links(env: Env, tx: Transaction) -> int:
    return await tx.messages.forget_links(env.clock(), _REMOVED_AT_ONCE)


async def _remove_calls(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_calls, env.settings.retention.calls_days)


async def _remove_alerts(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_alerts, env.settings.retention.alerts_days)


async def _remove_dead_jobs(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_dead_jobs, env.settings.retention.dead_jobs_days)


async def _remove_handset_messages(env: Env, tx: Transaction) -> int:
    days = env.settings.retention.handsets_days
    return await _remove(env, tx.retention.remove_handset_messages, days)


async def _forget_paces(env: Env, tx: Transaction) -> int:
    # A little late, for the sake of processes whose clocks are behind.
    return await tx.paces.expire((env.clock() - _SKEW) * 1000, _AT_ONCE)


async def _forget_pairs(env: Env, tx: Transaction) -> int:
    return await ping_pong.forget(env, tx, _AT_ONCE)


async def _remove_pictures(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.retention.remove_pictures, env.settings.retention.handsets_days)


async def _remove_webhook_attempts(env: Env, tx: Transaction) -> int:
    days = env.settings.retention.webhook_attempts_days
    return await _remove(env, tx.webhook_attempts.remove, days)


async def _remove_audit(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.console_users.remove_audit, env.settings.retention.audit_days)


async def _remove_requests(_: Env, tx: Transaction) -> int:
    return await tx.api_requests.remove(_REQUESTS, _REMOVED_AT_ONCE)


async def _remove_traffic(env: Env, tx: Transaction) -> int:
    now = env.clock()
    minute, *longer, longest = SPANS
    for span, days in (
        (minute, 1),
        *((span, _MIDDLE_DAYS) for span in longer),
        (longest, env.settings.retention.traffic_days),
    ):
        if days:
            await tx.series.remove(span, (now - days * DAY) // MINUTE)
    await tx.series.remove_levels((now - _LEVELS_DAYS * DAY) // HOUR)
    return 0


async def _remove_scripts(env: Env, tx: Transaction) -> int:
    return await _remove(env, tx.scripts.remove, _SCRIPT_DAYS)


async def _remove_carrier_requests(env: Env, tx: Transaction) -> int:
    days = env.settings.carriers.request_days
    return await _remove(env, tx.carrier_requests.remove, days)


async def _remove(env: Env, remove: Callable[[int, int], Awaitable[int]], days: int) -> int:
    """Removes what is older than so many days; 0 keeps it."""
    return await remove(env.clock() - days * DAY, _REMOVED_AT_ONCE) if days else 0
