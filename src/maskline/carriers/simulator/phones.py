"""The handsets that were heard of."""

from __future__ import annotations

from maskline.model.clock import Clock


class Phones:
    """Handsets by when they last sent, received, dialled or were dialled; bounded."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._seen: dict[str, int] = {}

    def saw(self, number: str) -> None:
        """Something happened on the handset; the one that was silent longest is forgotten."""
        seen = self._seen
        seen.pop(number, None)
        seen[number] = self._clock()
        if len(seen) > self._limit:
            del seen[next(iter(seen))]

    def latest(self, limit: int) -> list[tuple[str, int]]:
        """Number and last time (ms), the latest first."""
        return list(reversed(self._seen.items()))[:limit]
