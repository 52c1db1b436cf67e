"""Ping-pong: a program and an automaton that answer each other for ever."""

from __future__ import annotations

from maskline.env import Env
from maskline.model.clock import SECOND
from maskline.store.contract import Transaction
from maskline.store.repositories.messages import PairReplies


async def may_reply(env: Env, tx: Transaction, number: str, person: str) -> bool:
    """Whether one more reply of a program may go from the number to the person, which counts.

    Within `messages.pair_seconds` there may be `messages.pair_replies`. Once one was left out, no
    other goes before so long a silence: attempts that follow each other closer keep the pair quiet,
    so that an automaton which goes on by itself is not fed again.
    """
    settings = env.settings.messages
    if not settings.pair_replies:
        return True
    now, window = env.clock(), settings.pair_seconds * SECOND
    seen = await tx.messages.pair(number, person)
    if seen is None or _is_over(seen, now, window, settings.pair_replies):
        await tx.messages.set_pair(number, person, PairReplies(now, now, 1))
        return True
    replies = min(seen.replies + 1, settings.pair_replies + 1)
    await tx.messages.set_pair(number, person, PairReplies(seen.began, now, replies))
    return replies <= settings.pair_replies


async def forget(env: Env, tx: Transaction, limit: int) -> int:
    """Forgets pairs that were silent for long enough; how many."""
    before = env.clock() - env.settings.messages.pair_seconds * SECOND
    return await tx.messages.forget_pairs(before, limit)


def _is_over(seen: PairReplies, now: int, window: int, most: int) -> bool:
    """Whether counting begins anew."""
    since = seen.last if seen.replies > most else seen.began
    return now - since >= window
