from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT), str(ROOT / "src"), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, "-m", "bench", "--directory", str(tmp_path), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_rows_have_controls_ratios_and_bars(tmp_path: Path) -> None:
    brief = ("--seconds", "0.2", "--rounds", "1", "--participants", "2000", "--connections", "8")
    done = run(tmp_path, "--json", "--only", "message,call,assign", *brief)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["machine"]["cores"] >= 1
    rows = {row["key"]: row for row in answer["rows"]}
    assert {"message", "call", "assign-50", "assign-500", "assign-5500", "assign-hub"} == set(rows)
    for key in ("message", "call"):
        row = rows[key]
        assert row["figure"]["values"][0] > 0
        assert row["control"]["values"][0] > 0
        assert row["ratio"] == pytest.approx(row["bars"][0]["value"])
    assert not list(tmp_path.iterdir())


def test_an_unknown_row_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "--only", "weather")
    assert done.returncode == 2
    assert "weather" in done.stderr
