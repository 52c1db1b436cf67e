"""The ledger: what the server was given, what it accepted and what came out, kept outside of it."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple


class Shown(NamedTuple):
    """What the server's API shows of a message: its state, the SID of its outbound leg, and whether
    it may have come twice."""

    status: str
    leg: str
    marked: bool


class Verdict(NamedTuple):
    """What became of what was accepted, and of what may have been.

    `doubled` came more than once and is marked as a possible duplicate; `unmarked` came more than
    once, or though nobody sent it, and nothing says so. `failed` did not come, and shows as failed.
    """

    accepted: int
    delivered: int
    doubled: int
    unmarked: int
    failed: int
    lost: int


class Ledger:
    """Messages by their number, from `first` on. Times are seconds of `time.monotonic`."""

    def __init__(self, first: int = 1) -> None:
        self._lock = threading.Lock()
        self.first = first
        self._begun: list[float] = []
        self.accepted: dict[int, float] = {}
        #: Whoever sent these was not told that they are accepted; they may be all the same.
        self.uncertain: set[int] = set()
        self.delivered: dict[int, list[float]] = defaultdict(list)

    def begin(self) -> int:
        """The number of a new message."""
        with self._lock:
            number = self.next
            self._begun.append(time.monotonic())
            self.uncertain.add(number)
            return number

    @property
    def next(self) -> int:
        """The number that a new message gets."""
        return self.first + len(self._begun)

    def accept(self, number: int) -> None:
        """The server says that it has the message."""
        with self._lock:
            self.uncertain.discard(number)
            self.accepted[number] = time.monotonic()

    def deliver(self, number: int) -> None:
        """The network was handed the message."""
        with self._lock:
            self.delivered[number].append(time.monotonic())

    @property
    def missing(self) -> set[int]:
        """What was accepted and has not come."""
        with self._lock:
            return set(self.accepted) - set(self.delivered)

    def late(self, seconds: float) -> bool:
        """Whether anything was accepted longer ago than that and has not come."""
        before = time.monotonic() - seconds
        return any(self.accepted[number] < before for number in self.missing)

    @property
    def repeated(self) -> set[int]:
        """What has come more than once."""
        with self._lock:
            return {number for number, times in self.delivered.items() if len(times) > 1}

    def rate(self, start: float, end: float) -> float:
        """Messages a second that were given to the server between two moments, were accepted, and
        have come. What piled up before that counts for nothing."""
        with self._lock:
            first, last = bisect_left(self._begun, start), bisect_right(self._begun, end)
            done = sum(
                number in self.accepted and number in self.delivered
                for number in range(self.first + first, self.first + last)
            )
        return done / (end - start)

    def verdict(self, shown: Mapping[int, Shown]) -> Verdict:
        """What became of everything; `shown` has at least what is missing or repeated."""
        nothing = Shown("", "", marked=False)
        missing, repeated = self.missing, self.repeated
        failed = {number for number in missing if shown.get(number, nothing).status == "failed"}
        marked = {number for number in repeated if shown.get(number, nothing).marked}
        invented = set(self.delivered) - set(self.accepted) - self.uncertain
        return Verdict(
            accepted=len(self.accepted),
            delivered=len(set(self.delivered) & set(self.accepted)),
            doubled=len(marked),
            unmarked=len(repeated - marked) + len(invented),
            failed=len(failed),
            lost=len(missing - failed),
        )
