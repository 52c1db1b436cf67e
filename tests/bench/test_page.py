from __future__ import annotations

import json
from pathlib import Path

from bench.figures import Bar, Figure, Part, Row
from bench.machine import describe
from bench.page import Measured, write


def measured(
    path: Path, key: str, *, command: str = "python -m bench", **fields: object
) -> Measured:
    row = Row(
        key=key,
        title=f"the {key}",
        runs="something",
        figure=Figure("/s", [900.0, 1000.0, 1200.0]),
        control=Figure("/s", [2000.0]),
        **fields,  # type: ignore[arg-type]
    )
    return Measured(row, describe(path), command, "2027-01-15")


def test_the_ratio_comes_first_and_a_missed_bar_says_by_how_much(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    bars = [Bar("a second", 1000.0, ">=", 1250.0), Bar("p99, ms", 50.0, "<=", 10.0)]
    parts = [Part("maskline.store", 80.0, 0.4)]
    write(page, [measured(tmp_path, "loop", bars=bars, parts=parts)])
    text = page.read_text()
    assert "| the loop | **0.50** | 1,000 /s [900 to 1,200] | 2,000 /s |" in text
    assert "a second >= 1,250: MISSED by 20%" in text
    assert "p99, ms <= 10: MISSED: 5.00 times the limit" in text
    assert "| maskline.store | 80 | 40% |" in text


def test_a_run_of_one_row_leaves_the_others_on_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write(page, [measured(tmp_path, "start"), measured(tmp_path, "call")])
    write(page, [measured(tmp_path, "start", command="python -m bench --only start")])
    known = json.loads(page.with_suffix(".json").read_text())
    assert list(known) == ["call", "start"]
    assert known["start"]["command"] == "python -m bench --only start"
    assert "### The call" in page.read_text()


def test_a_shared_machine_is_said_to_be_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write(page, [measured(tmp_path, "call", others=0.25)])
    assert "the machine was shared" in page.read_text()
    write(page, [measured(tmp_path, "call", others=0.01)])
    assert "the machine was shared" not in page.read_text()
