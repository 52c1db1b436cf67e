"""The calls that handsets list: those that go on, and the last that ended."""

from __future__ import annotations

from maskline.carriers.simulator.errors import TooMany, UnknownCall
from maskline.carriers.simulator.leg import HandsetLeg
from maskline.carriers.simulator.limits import Limits


class CallLog:
    """Bounded in every direction; what ended longest ago goes first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._live: dict[str, dict[str, HandsetLeg]] = {}
        self._live_count = 0
        self._ended: dict[str, dict[str, HandsetLeg]] = {}
        self._order: dict[str, HandsetLeg] = {}

    def make_room(self, handset: str) -> None:
        """Raises TooMany when a handset can begin no call more."""
        if self._is_full(handset):
            raise TooMany("too many calls go on at once")

    def add(self, leg: HandsetLeg) -> bool:
        """A call appears on a handset; false when the handset, or the network, has too many."""
        if self._is_full(leg.handset):
            return False
        self._live.setdefault(leg.handset, {})[leg.id] = leg
        self._live_count += 1
        return True

    def end(self, leg: HandsetLeg) -> None:
        """A call is over."""
        live = self._live[leg.handset]
        del live[leg.id]
        if not live:
            del self._live[leg.handset]
        self._live_count -= 1
        ended = self._ended.setdefault(leg.handset, {})
        ended[leg.id] = leg
        self._order[leg.id] = leg
        if len(ended) > self._limits.history:
            self._forget(leg.handset, next(iter(ended)))
        if len(self._order) > self._limits.history_total:
            oldest = next(iter(self._order.values()))
            self._forget(oldest.handset, oldest.id)

    def calls(self, handset: str) -> list[HandsetLeg]:
        """A handset's calls in the order in which they began."""
        ended = self._ended.get(handset, {}).values()
        live = self._live.get(handset, {}).values()
        return sorted([*ended, *live], key=lambda leg: leg.id)

    def find(self, handset: str, call: str) -> HandsetLeg:
        """A handset's call. Raises UnknownCall."""
        leg = self._live.get(handset, {}).get(call) or self._ended.get(handset, {}).get(call)
        if leg is None:
            raise UnknownCall
        return leg

    def _forget(self, handset: str, call: str) -> None:
        del self._order[call]
        ended = self._ended[handset]
        del ended[call]
        if not ended:
            del self._ended[handset]

    def _is_full(self, handset: str) -> bool:
        mine = len(self._live.get(handset, ()))
        limits = self._limits
        return self._live_count >= limits.live_calls or mine >= limits.handset_calls
