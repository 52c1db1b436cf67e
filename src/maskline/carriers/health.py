"""The health of a carrier: a circuit breaker, pure. Times in ms.

After so many failures in a row nothing is handed over for a while; then one attempt tries whether
it is well again. Each time it is not, the while doubles.
"""

from __future__ import annotations

from typing import Final

from maskline.model.traffic import Refused, SendResult, Unclear

#: What says that a carrier is not well, or that our account there is not: any other refusal is an
#: answer, of which only a carrier that is well is capable.
_TROUBLE: Final = frozenset({20003, 20500, 20503, 30008})
#: The longest while (ms).
LONGEST: Final = 300_000


def is_trouble(result: SendResult) -> bool:
    """Whether a send came to what says that the carrier is not well."""
    match result:
        case Unclear():
            return True
        case Refused():
            return result.retry and result.code in _TROUBLE
    # What it takes, and what it takes later, it answers.
    return False


class Breaker:
    """One carrier's. `failures` in a row open it (0: never), for `pause` ms at first."""

    __slots__ = ("_failures", "_pause", "_probing", "_row", "_until", "_while", "open_since")

    def __init__(self, failures: int, pause: int) -> None:
        self._failures = failures
        self._pause = pause
        self._while = pause
        self._row = 0
        self._until: int | None = None
        self._probing = False
        #: When it was opened; null while it is closed.
        self.open_since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the carrier counts as not well."""
        return self._until is not None

    def allows(self, now: int) -> bool:
        """Whether an attempt may be made, whose result must then be noted. While it is open, one
        may when the while is over, and no other before that one has come to something."""
        if self._until is None:
            return True
        if self._probing or now < self._until:
            return False
        self._probing = True
        return True

    def note(self, trouble: bool, now: int) -> None:
        """What an attempt came to."""
        if not trouble:
            self._row, self._until, self._probing, self._while = 0, None, False, self._pause
            self.open_since = None
            return
        self._row += 1
        if self._until is not None:
            if self._probing:
                self._probing = False
                self._while = min(self._while * 2, max(LONGEST, self._pause))
                self._until = now + self._while
        elif self._failures and self._row >= self._failures:
            self._until = now + self._while
            self.open_since = now
