"""What rules need from their surroundings: the time, new SIDs, settings, who runs jobs, what
happened often lately, where it is counted, and where its steps are traced."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from maskline.model.clock import Clock
from maskline.model.meter import Meter
from maskline.model.registration import Registry
from maskline.model.sid import SidFactory
from maskline.model.tally import Tally
from maskline.model.trace import NO_TRACE, Trace
from maskline.settings import Settings

#: Given the time, the owner of a job that is made now and when its lease ends.
Lease = Callable[[int], tuple[str, int]]


def no_lease(now: int) -> tuple[str, int]:
    """For a process that runs no jobs: they are due at once, for whoever polls."""
    return "", now


def never() -> bool:
    """For a process whose queue has no bound."""
    return False


class Env(msgspec.Struct, frozen=True):
    """Handed to each use-case, so that tests can stop the clock and change a setting. `is_full`:
    whether so many jobs wait that nothing may be taken in that makes more. `registry`: which of our
    numbers are registered in the United States."""

    clock: Clock
    sids: SidFactory
    settings: Settings
    lease: Lease = no_lease
    tally: Tally = msgspec.field(default_factory=Tally)
    meter: Meter = msgspec.field(default_factory=Meter)
    trace: Trace = NO_TRACE
    is_full: Callable[[], bool] = never
    registry: Registry = msgspec.field(default_factory=Registry)
