"""Tallies: how often something was, lately, as far as this process knows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from maskline.model.clock import SECOND

SPAN: Final = 60 * SECOND


class Tally:
    """Counts by key, anew in each minute.

    A transaction that is undone leaves its counts: they are bounds for a flood, not records.
    """

    __slots__ = ("_began", "_counts")

    def __init__(self) -> None:
        self._began = 0
        self._counts: dict[Hashable, int] = {}

    def add(self, key: Hashable, now: int) -> int:
        """Counts one more; how many that makes in this minute."""
        count = self._counts[key] = self.count(key, now) + 1
        return count

    def count(self, key: Hashable, now: int) -> int:
        """How many there were in this minute."""
        if not 0 <= now - self._began < SPAN:
            self._began = now
            self._counts.clear()
        return self._counts.get(key, 0)
