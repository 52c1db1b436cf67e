"""Retention: what is left of closed sessions is removed when its time is over.

Messages and calls are records of their own, with days of their own.
"""

from __future__ import annotations

from typing import Final

from maskline.env import Env
from maskline.model.clock import DAY
from maskline.proxy import pairs
from maskline.store.contract import Transaction

#: Affinities that are looked at in one transaction.
_STEP: Final = 1000
_START: Final = ("", "", "")


async def remove_sessions(env: Env, tx: Transaction, limit: int) -> int:
    """Removes up to `limit` sessions that were closed `retention.sessions_days` ago or longer, with
    their participants and interactions; how many. None where that is 0."""
    days = env.settings.retention.sessions_days
    if not days:
        return 0
    now = env.clock()
    aged = await tx.retention.sessions(now - days * DAY, limit)
    for session in aged:
        await pairs.release_all(tx, session.sid, now)
        await tx.sessions.delete(session.sid)
    return len(aged)


class AffinityWalk:
    """Forgets which numbers people met, when that is as long ago as sessions are kept: it names
    people, too. No index leads to what is old, which would cost every new session something; so a
    walk goes through all of it, a step at a time, and begins anew at its end."""

    def __init__(self) -> None:
        self._at = _START

    async def step(self, env: Env, tx: Transaction) -> int:
        """One step; how many affinities are old in it."""
        days = env.settings.retention.sessions_days
        if not days:
            return 0
        before = env.clock() - days * DAY
        found = await tx.retention.affinities(self._at, _STEP)
        aged = [one for one in found if not one.active and one.last_used < before]
        await tx.retention.remove_affinities(aged, before)
        # A transaction that is run again goes on from here: what it skipped is for the next walk.
        whole = len(found) == _STEP
        last = found[-1] if whole else None
        self._at = (last.service_sid, last.identifier, last.number_sid) if last else _START
        return len(aged) if whole else 0
