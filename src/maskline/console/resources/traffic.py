"""What passed over time, and the errors of the last days."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from maskline.console.context import Context
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.traffic import ErrorRow, Errors, Line, Traffic
from maskline.debugger.advice import Advice, advice
from maskline.model.clock import DAY, MINUTE
from maskline.model.errors import CATALOGUE, MORE_INFO, Fault
from maskline.store.contract import Transaction
from maskline.store.repositories.series import Stretch

#: Minutes that are looked back, and that make one value of a plot.
_RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "1h": (60, 1),
        "6h": (360, 5),
        "24h": (1440, 15),
        "7d": (7 * 1440, 120),
        "30d": (30 * 1440, 360),
    }
)
#: How many alerts are looked at for the most frequent, and how many codes are shown.
_ALERTS: Final = 5000
_CODES: Final = 20
#: For so long (ms) all who look get the same figures.
_FRESH: Final = 2000
_NOTHING: Final = Advice("", "")
_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")


class TrafficResource:
    """`/traffic` and `/errors`."""

    def __init__(self, context: Context) -> None:
        self._env = context.env
        self._store = context.store
        self._advice = advice()
        self._kept: dict[str, tuple[int, Traffic]] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /traffic": self.traffic, "GET /errors": self.errors}

    async def traffic(self, ask: Ask) -> Traffic:
        """What all processes counted."""
        wanted = ask.query("range") or "1h"
        if wanted not in _RANGES:
            raise Fault(20001, f"`range` must be one of {', '.join(_RANGES)}")
        minutes, width = _RANGES[wanted]
        now = self._env.clock() // MINUTE
        # Whole stretches, so that a value does not change its minutes while it is looked at.
        last = now - now % width
        times = list(range(last - minutes + width, last + width, width))
        found: list[Stretch] = []
        state: Literal["recorded", "off", "hidden"]
        if ask.seat.user.account_sid is not None:
            state = "hidden"
        elif not self._env.settings.console.figures:
            state = "off"
        else:
            state = "recorded"
            kept = self._kept.get(wanted)
            if kept is not None and 0 <= self._env.clock() - kept[0] < _FRESH:
                return kept[1]
            found = await self._store.read(lambda tx: tx.series.since(times[0], width))
        answer = Traffic(
            state=state,
            times=[one * MINUTE for one in times],
            step=width * MINUTE,
            received=_lines(found, "in", times),
            sent=_lines(found, "sent", times),
            reports=_lines(found, "report", times),
            calls=_lines(found, "call", times),
            webhooks=_lines(found, "webhook", times),
            requests=_lines(found, "request", times),
            limited=_lines(found, "limited", times),
            queue_depth=_level(found, "depth", times),
            queue_age=_level(found, "age", times),
            dead=_level(found, "dead", times),
        )
        if state == "recorded":
            self._kept[wanted] = self._env.clock(), answer
        return answer

    async def errors(self, ask: Ask) -> Errors:
        """The most frequent errors, and what to do."""
        days = ask.query("days") or "1"
        if days not in ("1", "7", "30"):
            raise Fault(20001, "`days` must be 1, 7 or 30")
        since = self._env.clock() - int(days) * DAY

        async def read(tx: Transaction) -> Errors:
            account = await ask.account(tx)
            codes = await tx.support.codes(account, since, _ALERTS, _CODES)
            rows = []
            for one in codes:
                entry, said = CATALOGUE.get(one.code), self._advice.get(one.code, _NOTHING)
                rows.append(
                    ErrorRow(
                        code=one.code,
                        level="error" if entry is None else entry.level,
                        text="" if entry is None else entry.text,
                        count=one.count,
                        last_at=one.last_at,
                        when=plain(said.when),
                        do=plain(said.do),
                        more_info=f"{MORE_INFO}{one.code}",
                    )
                )
            return Errors(rows, _ALERTS)

        return await self._store.read(read)


def plain(markdown: str) -> str:
    """A text of the dictionary without its links, which lead to other pages of the docs."""
    return _LINK.sub(r"\1", markdown)


def _lines(found: Sequence[Stretch], series: str, times: Sequence[int]) -> list[Line]:
    at = {time: place for place, time in enumerate(times)}
    lines: dict[tuple[str, str], list[int]] = {}
    for one in found:
        if one.series == series and one.minute in at:
            values = lines.setdefault((one.label, one.outcome), [0] * len(times))
            values[at[one.minute]] = one.total
    return [Line(*key, values) for key, values in sorted(lines.items())]


def _level(found: Sequence[Stretch], label: str, times: Sequence[int]) -> list[int]:
    highest = {
        one.minute: one.highest for one in found if one.series == "queue" and one.label == label
    }
    return [highest.get(time, 0) for time in times]
