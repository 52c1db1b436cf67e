from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from bench.plot import Line, Panel, _ticks, draw


def test_lines_stay_within_their_panels_and_leave_out_what_is_not_known() -> None:
    drawn = draw(
        [0.0, 5.0, 10.0],
        [
            Panel("memory, MiB", [Line("<memory>", [50.0, math.nan, 60.0])]),
            Panel("latency, ms", [Line("p50", [1.0, 1.5, 1.0]), Line("p99", [3.0, 9.0, 4.0])]),
        ],
        "minutes",
    )
    root = ElementTree.fromstring(drawn)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    paths = [one for one in root.iter() if one.attrib.get("class") in ("l0", "l1")]
    assert [one.attrib["d"].count("L") for one in paths] == [1, 2, 2]
    for path in paths:
        for point in path.attrib["d"].removeprefix("M").split(" L"):
            x, y = map(float, point.split())
            assert 0 <= x <= width
            assert 0 <= y <= height
    assert "nan" not in drawn.lower()
    assert "prefers-color-scheme: dark" in drawn


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0.0, [0.0, 1.0]),
        (1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (64.0, [0.0, 20.0, 40.0, 60.0, 80.0]),
        (118.0, [0.0, 50.0, 100.0, 150.0]),
    ],
)
def test_ticks_are_round(most: float, ticks: list[float]) -> None:
    assert _ticks(most) == pytest.approx(ticks)
