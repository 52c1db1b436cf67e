"""The meter: what a process counts of its own work, in plain numbers that cost next to nothing.

Parts of the server add to it; `maskline.metrics` shows it to Prometheus. Labels are few words of
our own, never what somebody sent: no number, SID, text or address.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

Labels: TypeAlias = tuple[str, ...]
#: How something stands, asked when somebody looks.
Gauge: TypeAlias = Callable[[], float]
Counts: TypeAlias = defaultdict[Labels, int]

#: Seconds from a few milliseconds to what a time-out allows.
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
#: The same from a fraction of a millisecond, for what happens inside.
SHORT: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
#: And up to an hour, for what is tried again.
LONG: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)

#: Error codes are shown by their thousand, of which Twilio's dictionary has these that concern us.
_CLASSES: Final[Mapping[int, str]] = MappingProxyType(
    {thousand: f"{thousand}xxx" for thousand in (11, 12, 13, 20, 21, 30, 63, 80)}
)
_STATUSES: Final = ("", "1xx", "2xx", "3xx", "4xx", "5xx")


class Spread:
    """How values are spread: how many were at most each of `bounds`, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Counts a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Spreads(dict[Labels, Spread]):
    """Spreads by their labels; one that is asked for is there."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds

    def __missing__(self, labels: Labels) -> Spread:
        spread = self[labels] = Spread(self.bounds)
        return spread


class Meter:
    """One process's counts since its start, each by labels in the order that its comment says.

    A transaction that is undone leaves the alerts that it would have raised.
    """

    def __init__(self) -> None:
        #: carrier, outcome, reason
        self.messages_in: Counts = defaultdict(int)
        #: carrier, outcome, error
        self.sends: Counts = defaultdict(int)
        #: carrier, status, error
        self.reports: Counts = defaultdict(int)
        #: carrier
        self.relay_seconds = Spreads(LONG)
        #: carrier
        self.carrier_seconds = Spreads(SECONDS)
        #: carrier
        self.carrier_held: Counts = defaultdict(int)
        #: carrier, to
        self.carrier_turns: Counts = defaultdict(int)
        #: carrier, outcome
        self.smpp_binds: Counts = defaultdict(int)
        #: carrier
        self.smpp_lost: Counts = defaultdict(int)
        #: carrier, outcome
        self.smpp_submissions: Counts = defaultdict(int)
        #: carrier, outcome
        self.smpp_deliveries: Counts = defaultdict(int)
        #: carrier, state
        self.smpp_links: dict[Labels, Gauge] = {}
        #: carrier
        self.smpp_window: dict[Labels, Gauge] = {}
        #: carrier
        self.smpp_in_flight: dict[Labels, Gauge] = {}
        #: carrier
        self.smpp_waiting: dict[Labels, Gauge] = {}
        #: carrier, outcome, reason
        self.calls_in: Counts = defaultdict(int)
        #: status
        self.call_reports: Counts = defaultdict(int)
        #: kind, outcome
        self.webhooks: Counts = defaultdict(int)
        #: kind
        self.webhook_seconds = Spreads(SECONDS)
        #: product, method, status
        self.requests: Counts = defaultdict(int)
        #: product
        self.request_seconds = Spreads(SECONDS)
        #: product
        self.limited: Counts = defaultdict(int)
        #: code, outcome
        self.alerts: Counts = defaultdict(int)
        #: kind, outcome
        self.jobs: Counts = defaultdict(int)
        #: outcome
        self.commits: Counts = defaultdict(int)
        #: no label
        self.commit_seconds = Spreads(SHORT)
        #: no label
        self.group_sizes = Spreads(SIZES)


def error_class(code: int | None) -> str:
    """An error code by its thousand: "30xxx"; "" for none, "other" for one not of Twilio's."""
    return "" if code is None else _CLASSES.get(code // 1000, "other")


def status_class(status: int | None) -> str:
    """An HTTP status by its hundred: "2xx"; "failed" where there was no answer."""
    if status is None:
        return "failed"
    return _STATUSES[status // 100] if 100 <= status < 600 else "other"
