"""What an account counts of its links, its submissions and what the SMSC hands over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maskline.carriers.smpp import statuses
from maskline.carriers.smpp.links import Link
from maskline.carriers.smpp.pool import Pool
from maskline.model.meter import Gauge, Labels, Meter

#: Each status that we answer with, in a word.
_ANSWERS: Final = {statuses.OK: "taken", statuses.TEMPORARY: "again"}


class Figures:
    """One account's part of the process's meter. Labels are its name and words of ours."""

    def __init__(self, name: str, meter: Meter) -> None:
        self._name = name
        self._meter = meter
        self._shown: list[tuple[dict[Labels, Gauge], Labels, Gauge]] = []

    def bind(self, outcome: str) -> None:
        """An attempt at a link: it is bound, was refused by the SMSC, or failed before it said
        anything."""
        self._meter.smpp_binds[self._name, outcome] += 1

    def lost(self) -> None:
        """A link that was bound is none any more, though we did not end it."""
        self._meter.smpp_lost[self._name,] += 1

    def submission(self, status: int | None) -> None:
        """The SMSC's answer to a submission; null where none came any more."""
        outcome = "refused"
        if status is None:
            outcome = "lost"
        elif status == statuses.OK:
            outcome = "accepted"
        elif status in statuses.SLOW_DOWN:
            outcome = "throttled"
        self._meter.smpp_submissions[self._name, outcome] += 1

    def delivery(self, status: int) -> None:
        """Our answer to what the SMSC handed over."""
        self._meter.smpp_deliveries[self._name, _ANSWERS.get(status, "refused")] += 1

    def show(self, links: Sequence[Link], pool: Pool) -> None:
        """From now on a scrape sees how things stand."""
        meter, name = self._meter, self._name
        self._show(meter.smpp_links, (name, "bound"), lambda: _bound(links))
        self._show(meter.smpp_links, (name, "down"), lambda: len(links) - _bound(links))
        self._show(meter.smpp_window, (name,), lambda: pool.window)
        self._show(meter.smpp_in_flight, (name,), lambda: pool.in_flight)
        self._show(meter.smpp_waiting, (name,), lambda: pool.waiting)

    def hide(self) -> None:
        """It sees nothing of this account any more, unless the account was built anew."""
        for gauges, labels, gauge in self._shown:
            if gauges.get(labels) is gauge:
                del gauges[labels]
        self._shown.clear()

    def _show(self, gauges: dict[Labels, Gauge], labels: Labels, gauge: Gauge) -> None:
        gauges[labels] = gauge
        self._shown.append((gauges, labels, gauge))


def _bound(links: Sequence[Link]) -> int:
    return sum(link.connection is not None for link in links)
