"""Turns: which paced message may go now, which waits in memory, and which is left to the poll."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from maskline.delivery.days import Days
from maskline.delivery.handlers import Paced
from maskline.delivery.leases import Held
from maskline.delivery.lines import Lines
from maskline.delivery.results import Result
from maskline.messaging.buckets import SECOND, Budget
from maskline.messaging.pacing import Pace, Waiting
from maskline.model.clock import Clock
from maskline.model.job import Job

#: Milliseconds for which messages wait in memory for room in their buckets. What would wait longer
#: is left to the poll; what has waited there already may wait longer here, so that it stays in
#: front; and what was told to wait for longer than the third leaves memory whatever it is. What
#: leaves since others are in front is looked at again by the last: these may come to nothing.
_LINE: Final = 5_000
_LONG_LINE: Final = 20_000
_LONGEST: Final = 30_000
_LATEST: Final = 60_000


class Turns:
    """Decides it. `go` has a message ask for room."""

    def __init__(
        self, clock: Clock, paced: Mapping[str, Paced], go: Callable[[Held], None]
    ) -> None:
        self._clock = clock
        self._paced = paced
        self._lines = Lines(go)
        # By a sender's bucket, when (ms) the last of its messages in the database is due: until
        # then new ones belong behind them.
        self._queued: dict[str, int] = {}
        # By a bucket, when (ms) the last is looked at again that found a line too long.
        self._told: dict[str, int] = {}
        self._days = Days()

    def pace(self, job: Job, payload: Any) -> Pace | None:
        """What a job takes of the buckets; null where it is not paced."""
        paced = self._paced.get(job.kind)
        return None if paced is None else paced.pace(job, payload)

    def due(self, held: Held, pace: Pace) -> int | None:
        """When (ms) a message that is the first of its key has to be looked at again, because it
        would wait here for too long; 0 leaves that to its queue. Null when it may stay."""
        if self._lines.asks(held):
            return None
        now, wait = self._clock(), int(self._lines.seconds(pace) * 1000)
        if has_no_place(held):
            return 0 if wait > _LINE or self._queued.get(pace.own, 0) > now + _LINE else None
        return self._behind(pace, now, wait) if wait > _LONG_LINE else None

    def waits(self, held: Held) -> bool:
        """Whether a message waits behind others in memory, until it is sent to ask."""
        return self._lines.join(held)

    async def come(self, held: Held, pace: Pace) -> bool | int | None:
        """Whether a message's turn has come: then it is booked. False when it waits in memory;
        when (ms) it has to be looked at again; or null where a budget is spent until its time is
        over. Raises StoreUnavailable."""
        # What an earlier attempt booked may have been sent.
        held.booked = 0
        if self._clock() >= pace.until:
            # It needs no room any more: it fails.
            self._lines.lose(held)
            return True
        due_at = self.due(held, pace)
        if due_at is not None:
            return due_at
        if self._lines.join(held):
            return False
        turn = await self._paced[held.job.kind].ask(pace)
        if not turn.wait:
            held.booked = turn.at
            self._lines.went(held, turn.following / SECOND)
            return True
        if (budget := pace.budgets.get(turn.by)) is not None:
            begins = self._clock() + turn.wait // 1000
            if begins >= pace.until or turn.wait > _LONGEST * 1000:
                return self._another_day(held, pace, budget, begins)
        if turn.wait > _LONGEST * 1000:
            self._lines.lose(held)
            return self._clock() + turn.wait // 1000
        self._lines.wait(held, turn.by, turn.wait / SECOND)
        return False

    async def unsent(self, held: Held) -> None:
        """What was booked for a message is given back: its carrier did not take it."""
        if held.pace is not None and held.booked:
            booked, held.booked = held.booked, 0
            await self._paced[held.job.kind].give_back(held.pace, booked)

    async def overflow(self, held: Held) -> Result:
        """What becomes of a message that finds no place."""
        job = held.job
        return await self._paced[job.kind].overflow(job, held.payload, spent=held.spent is not None)

    def places(self, held: Sequence[Held], due_at: int) -> list[Waiting]:
        """How the jobs of one key are left to the poll, until `due_at` (ms) at least. What waits
        for a budget takes no place in the queues of today, and has what is behind it wait too."""
        key = held[0].job.ordering_key
        spent = held[0].spent or self._days.before(key, self._clock())
        if spent is None:
            return [Waiting(due_at, one.pace if has_no_place(one) else None) for one in held]
        self._days.note(key, spent)
        waiting = []
        for one in held:
            found: int | None = due_at
            if one.spent is None and one.pace is not None:
                found = self._days.place(one.pace, *spent)
            one.spent = spent
            # One that has no time for it fails when it is looked at again.
            waiting.append(Waiting(max(due_at, found or 0)))
        return waiting

    def queued(self, held: Held, due_at: int) -> None:
        """A job is left to the poll until then."""
        # Others of its number need not wait for a budget that may not be theirs.
        if held.pace is not None and held.spent is None:
            self._queued[held.pace.own] = max(due_at, self._queued.get(held.pace.own, 0))

    def lose(self, held: Held) -> None:
        """A job is not in memory any more."""
        self._lines.lose(held)

    def forget(self, now: int) -> None:
        """All that was due by now is in memory."""
        if self._queued:
            self._queued = {name: end for name, end in self._queued.items() if end > now}
        if self._told:
            self._told = {name: end for name, end in self._told.items() if end > now}
        self._days.forget(now)

    def clear(self) -> None:
        """Begins nothing any more."""
        self._lines.clear()

    def _behind(self, pace: Pace, now: int, wait: int) -> int:
        """When (ms) a message should be looked at again that finds its line too long: after those
        that stand there, and those that were told so before it."""
        ends = [self._told.get(name, 0) for name in pace.rates]
        due_at = min(max(now + wait, *ends), now + _LATEST)
        for name, rate in pace.rates.items():
            self._told[name] = due_at + int(rate.seconds(pace.segments) * 1000)
        return due_at

    def _another_day(self, held: Held, pace: Pace, budget: Budget, begins: int) -> int | None:
        """When a message may be tried again whose budget begins anew at `begins`; null when none is
        left in time."""
        self._lines.lose(held)
        held.spent = (budget, begins)
        return self._days.place(pace, budget, begins)


def has_no_place(held: Held) -> bool:
    """Whether a paced message was given no place in the queue of its number yet: whatever was left
    to the poll, or tried, says why."""
    return not held.job.last_error
