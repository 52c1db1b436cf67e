"""Days to come: where messages find their place whose budget for today is spent."""

from __future__ import annotations

from maskline.messaging.buckets import SECOND, Budget
from maskline.messaging.pacing import Pace

_MICRO = 1000


class Days:
    """Gives each message a moment at which it may be tried again, so that a day does not begin with
    all of them at once. What is not foreseen, such as what other processes have to send, shows when
    it is tried. Moments in ms."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int], int] = {}
        self._ends: dict[str, int] = {}
        self._keys: dict[str, tuple[Budget, int]] = {}

    def place(self, pace: Pace, budget: Budget, begins: int) -> int | None:
        """When a message should be tried that has to wait until `begins` at least: on the first day
        whose budget is not given away, after those of its buckets that were placed before it. Null
        when its time is over by then."""
        day, segments = begins, pace.segments
        while taken := self._taken.get((budget.name, day), 0):
            if taken + segments <= budget.amount:
                break
            day = budget.ends(day * _MICRO) // _MICRO
        places = {name: max(self._ends.get(name, 0), day * _MICRO) for name in pace.rates}
        due_at = max([day * _MICRO, *places.values()]) // _MICRO
        if due_at >= pace.until:
            return None
        self._taken[budget.name, day] = taken + segments
        for name, rate in pace.rates.items():
            self._ends[name] = places[name] + int(rate.seconds(segments) * SECOND)
        return due_at

    def note(self, key: str, spent: tuple[Budget, int]) -> None:
        """Jobs of a key wait until that budget begins anew, at that moment."""
        if key:
            self._keys[key] = spent

    def before(self, key: str, now: int) -> tuple[Budget, int] | None:
        """What the jobs of a key wait for that came before; null for nothing."""
        found = self._keys.get(key)
        return found if found is not None and found[1] > now else None

    def forget(self, now: int) -> None:
        """What was placed before now is over."""
        if self._taken and min(day for _, day in self._taken) <= now:
            self._taken = {key: taken for key, taken in self._taken.items() if key[1] > now}
            self._ends = {name: end for name, end in self._ends.items() if end > now * _MICRO}
            self._keys = {key: one for key, one in self._keys.items() if one[1] > now}
