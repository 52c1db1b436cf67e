from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.quota import possible
from tests.support.node_smsc import require_node_smsc

#: Each starts half a dozen servers, and a busy machine takes its time for that.
pytestmark = pytest.mark.timeout(120)

ROOT = Path(__file__).resolve().parents[2]
BRIEF = ("--seconds", "0.05", "--rounds", "1", "--participants", "1000", "--connections", "4")
#: To save time without `message` and `latency`, which are a call's and `latency-loop`'s code.
RUN = ("call", "create", "loop", "latency-loop", "end-to-end", "start", "assign")


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT), str(ROOT / "src"), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, "-m", "bench", "--directory", str(tmp_path), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_rows_have_controls_ratios_and_bars(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "--only", ",".join(RUN), *BRIEF)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["machine"]["cores"] >= 1
    rows = {row["key"]: row for row in answer["rows"]}
    rates = {"call", "create-1000", "loop"}
    times = {"latency-loop", "start", "assign-50", "assign-500", "assign-5500"}
    assert rates | times | {"end-to-end", "assign-hub"} == set(rows)
    for key in rates | times:
        assert rows[key]["figure"]["values"][0] > 0
        assert rows[key]["control"]["values"][0] > 0
        assert rows[key]["bars"]
    for key in rates:
        shares = [bar["value"] for bar in rows[key]["bars"] if bar["text"].startswith("share")]
        assert shares == [pytest.approx(rows[key]["ratio"])]
    assert not list(tmp_path.iterdir())


@pytest.mark.needs("initdb", "postgres")
def test_rows_on_postgresql(tmp_path: Path) -> None:
    small = ("--jobs", "1000", "--interactions", "5000")
    only = "call-postgres,outbox-postgres,processes-postgres,aged"
    done = run(tmp_path, "--json", "--only", only, *small, *BRIEF)
    assert done.returncode == 0, done.stderr
    rows = {row["key"]: row for row in json.loads(done.stdout)["rows"]}
    held = {"processes-held-postgres"} if possible() else set()
    assert set(rows) == {*only.split(",")[:3], "aged-message", "aged-create"} | held
    for key, row in rows.items():
        assert row["title"].endswith("on PostgreSQL") is key.endswith("-postgres")
        assert row["figure"]["values"][0] > 0
        assert row["control"]["values"][0] > 0
    assert "PostgreSQL" in json.loads(done.stdout)["machine"]["postgres"]
    assert any("PostgreSQL 0." in text for text in rows["processes-postgres"]["remarks"])
    assert not list(tmp_path.iterdir())


def test_rows_of_browsers_that_listen(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "--only", "viewers", "--rate", "100", *BRIEF, "--seconds", "0.5")
    assert done.returncode == 0, done.stderr
    rows = {row["key"]: row for row in json.loads(done.stdout)["rows"]}
    assert set(rows) == {"viewers-50", "viewers-200"}
    for row in rows.values():
        assert row["figure"]["values"][0] > 0
        assert row["control"]["values"][0] > 0
        heard = re.match(r"each browser heard (\d+)", row["remarks"][0])
        assert heard is not None
        assert int(heard.group(1)) > 0
        assert "its loop was late by" in row["remarks"][1]


def test_a_soak_is_drawn(tmp_path: Path) -> None:
    page = tmp_path / "page" / "benchmarks.md"
    page.parent.mkdir()
    short = ("--minutes", "0.05", "--rate", "50", "--participants", "1000")
    done = run(tmp_path, "--only", "soak", "--write", str(page), *short)
    assert done.returncode == 0, done.stderr
    assert "(images/soak.svg)" in page.read_text()
    drawn = ElementTree.parse(page.parent / "images" / "soak.svg").getroot()
    assert drawn.tag.endswith("svg")
    assert "<svg" not in page.with_suffix(".json").read_text()


def test_the_row_of_an_smsc(tmp_path: Path) -> None:
    require_node_smsc()
    done = run(tmp_path, "--json", "--only", "smpp", *BRIEF)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert row["key"] == "smpp"
    assert row["figure"]["values"][0] > 0
    assert row["control"]["values"][0] > 0


def test_an_unknown_row_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "--only", "weather")
    assert done.returncode == 2
    assert "weather" in done.stderr
