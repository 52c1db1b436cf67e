"""Moving people off a carrier that is not well: each gets another number of the pool, at another
carrier, and is told by it. Their session goes on; whom they reach does not change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from maskline.env import Env
from maskline.messaging import replies
from maskline.messaging.replies import Text
from maskline.model.clock import SECOND
from maskline.model.number import Capability
from maskline.model.participant import Pair, Participant
from maskline.model.session import Session
from maskline.numbers.e164 import is_e164
from maskline.proxy import pairs
from maskline.proxy.assignment import wish
from maskline.store.contract import Transaction

#: How long (ms) somebody is left where they are for whom no number was free.
_AGAIN: Final = 60 * SECOND
_START: Final = ("", "")


class Moves:
    """Goes through the people on carriers that are not well, some at a time. `unwell` says which
    carriers those are now."""

    def __init__(self, unwell: Callable[[], Sequence[str]], at_once: int) -> None:
        self._unwell = unwell
        self._at_once = at_once
        self._after = _START
        self._rests_until = 0

    async def is_due(self, env: Env, tx: Transaction) -> bool:
        """Whether there is anybody to look at."""
        if self._unwell():
            return env.clock() >= self._rests_until
        self._after, self._rests_until = _START, 0
        return False

    async def step(self, env: Env, tx: Transaction) -> int:
        """Looks at some people; how many they were."""
        unwell = self._unwell()
        if not unwell:
            return 0
        people = await tx.participants.on_carriers(unwell, self._after, self._at_once)
        for person in people:
            await move(env, tx, person, unwell)
        if people:
            self._after = people[-1].proxy_identifier, people[-1].identifier
        else:
            self._after, self._rests_until = _START, env.clock() + _AGAIN
        return len(people)


async def move(env: Env, tx: Transaction, person: Participant, unwell: Sequence[str]) -> bool:
    """Gives somebody another number than those of some carriers, and tells them by it; false where
    none is free, or their session is over."""
    session = await tx.sessions.get(person.session_sid, person.service_sid)
    service = await tx.services.get(person.service_sid, person.account_sid)
    if service is None or session is None or not session.is_active:
        return False
    now = env.clock()
    if session.is_over(now) or not is_e164(person.identifier):
        return False
    people = pairs.active(await tx.participants.of_session(session.sid))
    mine = next((one for one in people if one.sid == person.sid), None)
    if mine is None or mine.pair != Pair.HELD:
        # Somebody who shares a pair has another session that leads by it, and moves with that.
        return False
    wanted = wish(service, session.mode, person.identifier)
    number = await tx.affinities.elsewhere(service.sid, wanted, unwell)
    if number is None:
        return False
    others = [one for one in people if one.sid != person.sid]
    await pairs.move(tx, mine, number, others, now)
    if number.capabilities & Capability.SMS:
        await _tell(env, tx, session, number.carrier, number.number, person.identifier)
    return True


async def _tell(
    env: Env, tx: Transaction, session: Session, carrier: str, number: str, person: str
) -> None:
    body = env.settings.carriers.moved_text
    if body:
        await replies.send(env, tx, [Text(session.account_sid, carrier, number, person, body)])
