"""Figures: what rounds gave, and whether it meets a bar."""

from __future__ import annotations

import statistics
from typing import Any, Final, Literal

import msgspec

#: What a floor is.
FLOOR: Final = "the same exchange and the same rows in one durable group commit, without any rules"


class Figure(msgspec.Struct):
    """One quantity, with a value per round."""

    unit: str
    values: list[float]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least of the rounds."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The most of the rounds."""
        return max(self.values)

    def __str__(self) -> str:
        text = f"{written(self.median)} {self.unit}"
        if len(self.values) > 1:
            text += f" [{written(self.low)}-{written(self.high)}]"
        return text


class Bar(msgspec.Struct):
    """A limit, and what was measured against it. `sense` says on which side of it is good."""

    text: str
    value: float
    sense: Literal[">=", "<="]
    limit: float

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.value >= self.limit if self.sense == ">=" else self.value <= self.limit

    @property
    def verdict(self) -> str:
        """`met`, or by how much it was missed, in per cent or as a multiple of the limit."""
        share = abs(self.value - self.limit) / self.limit
        if not self.met and share > 1:
            return f"MISSED: {written(share + 1)} times the limit"
        return f"met (by {share:.0%})" if self.met else f"MISSED by {share:.0%}"

    def __str__(self) -> str:
        return f"{self.text}: {written(self.value)}, {self.verdict}"


class Part(msgspec.Struct):
    """A share of what a request costs the loop's thread, by the package that spends it."""

    name: str
    us: float
    share: float


class Row(msgspec.Struct):
    """One benchmark: the figure, its control, latencies in ms, the bars, and remarks.

    `runs` says exactly what ran, `control_runs` what the control did; `floor` is what the same
    exchange reaches with the same rows and no rules. `others` is the share of the machine's
    processor time that other programs took meanwhile, of the rounds that count where a row knows
    it; `plot` a drawing (SVG) of how it went.
    """

    key: str
    title: str
    runs: str
    figure: Figure
    control_runs: str = ""
    control: Figure | None = None
    floor: Figure | None = None
    p50: Figure | None = None
    p99: Figure | None = None
    bars: list[Bar] = []
    remarks: list[str] = []
    parts: list[Part] = []
    others: float | None = None
    plot: str | None = None

    @property
    def ratio(self) -> float | None:
        """The figure over its control: of rates more is better, of times less."""
        return None if self.control is None else self.figure.median / self.control.median

    @property
    def of_floor(self) -> str | None:
        """The floor, and how the figure and the control stand to it."""
        if self.floor is None or self.control is None:
            return None
        floor = self.floor.median
        return (
            f"{self.floor}; the product reaches {self.figure.median / floor:.2f} of it, and it "
            f"{floor / self.control.median:.2f} of the control"
        )

    def plain(self) -> dict[str, Any]:
        """The row for JSON, with what follows from it."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        plain["ratio"] = self.ratio
        for bar, text in zip(self.bars, plain["bars"], strict=True):
            text["met"] = bar.met
        return plain


def written(value: float) -> str:
    """A value with as many digits as mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them lies; nan of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
