"""Addresses that answered 410 and are left alone for a while."""

from __future__ import annotations

from typing import Final

from maskline.model.clock import Clock

_MOST: Final = 10_000


class Pauses:
    """Remembers, in this process alone, for whom an address is gone and until when. Of very many
    the oldest are forgotten: their addresses are asked once more, which does no harm."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ms = int(seconds * 1000)
        self._until: dict[tuple[str, str], int] = {}

    def begin(self, account_sid: str, url: str) -> None:
        """The address, which stands without its fragment, said that it is gone."""
        if not self._ms:
            return
        # Put last, so that the first is the one that ends first.
        self._until.pop((account_sid, url), None)
        if len(self._until) >= _MOST:
            del self._until[next(iter(self._until))]
        self._until[account_sid, url] = self._clock() + self._ms

    def left(self, account_sid: str, url: str) -> float:
        """For how many seconds the address is to be left alone; 0 when it may be called."""
        if not self._until:
            return 0.0
        key = (account_sid, url.partition("#")[0])
        rest = self._until.get(key, 0) - self._clock()
        if rest <= 0:
            self._until.pop(key, None)
            return 0.0
        return rest / 1000
