"""Lines over time as SVG: a panel below the other, one time axis, readable on light and on dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import msgspec

_WIDTH: Final = 760
_PANEL: Final = 190
_LEFT: Final = 62
_RIGHT: Final = 16
_TOP: Final = 34
_BOTTOM: Final = 40
#: Two hues that differ in lightness too, each with enough contrast on its ground.
_STYLE: Final = """
.ground { fill: #fff }
text { font: 12px system-ui, sans-serif; fill: #444 }
.title { font-weight: 600; fill: #222 }
.grid { stroke: #ddd } .axis { stroke: #888 }
.l0 { stroke: #0b63c5 } .l1 { stroke: #b3560a } .f0 { fill: #0b63c5 } .f1 { fill: #b3560a }
path { fill: none; stroke-linejoin: round } .l0, .l1 { stroke-width: 1.8 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #16181c }
  text { fill: #bbb } .title { fill: #eee } .grid { stroke: #3a3a3a } .axis { stroke: #888 }
  .l0 { stroke: #6cb0ff } .l1 { stroke: #ffab5e } .f0 { fill: #6cb0ff } .f1 { fill: #ffab5e }
}
"""


class Line(msgspec.Struct):
    """A name, and a value for each moment; nan where there is none."""

    name: str
    values: Sequence[float]


class Panel(msgspec.Struct):
    """Up to two lines of one unit; the axis begins at 0."""

    title: str
    lines: Sequence[Line]


def draw(moments: Sequence[float], panels: Sequence[Panel], unit: str) -> str:
    """The drawing. `moments` are in `unit`, in order; every line has as many values."""
    height = len(panels) * (_PANEL + _TOP) + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<style>{_STYLE}</style>",
        # A ground of its own: a page may be dark where the reader's system is light.
        f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="6"/>',
    ]
    last = moments[-1] or 1.0
    for place, panel in enumerate(panels):
        top = place * (_PANEL + _TOP) + _TOP
        parts += _panel(panel, [_x(moment, last) for moment in moments], top)
    foot = len(panels) * (_PANEL + _TOP)
    for tick in _ticks(last):
        if tick <= last:
            x = _x(tick, last)
            parts.append(f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(
        f'<text x="{_WIDTH - _RIGHT}" y="{foot + 34}" text-anchor="end">{escape(unit)}</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, across: Sequence[float], top: int) -> Iterator[str]:
    known = [value for line in panel.lines for value in line.values if not math.isnan(value)]
    ticks = _ticks(max(known, default=0.0))
    most = ticks[-1]
    yield f'<text class="title" x="{_LEFT}" y="{top - 10}">{escape(panel.title)}</text>'
    for tick in ticks:
        y = top + _PANEL * (1 - tick / most)
        kind = "axis" if tick == 0 else "grid"
        yield f'<path class="{kind}" d="M{_LEFT} {y:.1f} H{_WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for place, line in enumerate(panel.lines):
        points = (
            f"{x:.1f} {top + _PANEL * (1 - value / most):.1f}"
            for x, value in zip(across, line.values, strict=True)
            if not math.isnan(value)
        )
        yield f'<path class="l{place}" d="M{" L".join(points)}"/>'
        x = _WIDTH - _RIGHT - 90 * (len(panel.lines) - place)
        yield f'<text class="f{place}" x="{x}" y="{top - 10}">● {escape(line.name)}</text>'


def _x(moment: float, last: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * moment / last


def _ticks(most: float) -> list[float]:
    """Round steps from 0 to at least `most`."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 4
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(
        factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * 0.999
    )
    return [place * step for place in range(math.ceil(most / step * 0.999) + 1)]
