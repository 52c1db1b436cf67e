"""The ledger's and the rows' verdicts: what is lost or doubled is found, and fails the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from bench.machine import describe
from tests.chaos import report
from tests.chaos.ledger import Ledger, Shown, Verdict
from tests.chaos.play import Row
from tests.chaos.stage import ROOT

MARKED = Shown("sent", "SM1", marked=True)
SENT = Shown("sent", "SM1", marked=False)
FAILED = Shown("failed", "SM1", marked=False)
QUEUED = Shown("queued", "SM1", marked=False)

WELL = Row(
    scene="restart",
    title="the database is restarted",
    engine="postgres",
    accepted=1000,
    delivered=1000,
    doubled=0,
    unmarked=0,
    failed=0,
    lost=0,
    untold=0,
    rate_before=100.0,
    ratio=1.0,
    recovery=0.5,
    unexpected=[],
)


@pytest.mark.parametrize(
    ("is_accepted", "times", "shown", "found"),
    [
        (True, 1, SENT, Verdict(1, 1, 0, 0, 0, 0)),
        (True, 2, MARKED, Verdict(1, 1, 1, 0, 0, 0)),
        (True, 2, SENT, Verdict(1, 1, 0, 1, 0, 0)),
        (True, 2, None, Verdict(1, 1, 0, 1, 0, 0)),
        (True, 0, FAILED, Verdict(1, 0, 0, 0, 1, 0)),
        (True, 0, QUEUED, Verdict(1, 0, 0, 0, 0, 1)),
        (True, 0, MARKED, Verdict(1, 0, 0, 0, 0, 1)),
        (True, 0, None, Verdict(1, 0, 0, 0, 0, 1)),
        # Nobody was told that it is accepted: it may come, but once.
        (False, 0, None, Verdict(0, 0, 0, 0, 0, 0)),
        (False, 1, SENT, Verdict(0, 0, 0, 0, 0, 0)),
        (False, 2, SENT, Verdict(0, 0, 0, 1, 0, 0)),
    ],
)
def test_what_became_of_a_message(
    is_accepted: bool, times: int, shown: Shown | None, found: Verdict
) -> None:
    ledger = Ledger()
    number = ledger.begin()
    if is_accepted:
        ledger.accept(number)
    for _ in range(times):
        ledger.deliver(number)
    assert ledger.verdict({} if shown is None else {number: shown}) == found


def test_what_nobody_sent() -> None:
    ledger = Ledger()
    ledger.deliver(7)
    assert ledger.verdict({7: MARKED}).unmarked == 1


def test_the_rate_counts_what_was_given_accepted_and_came() -> None:
    ledger = Ledger()
    start = time.monotonic()
    whole, accepted, refused = (ledger.begin() for _ in range(3))
    end = time.monotonic()
    ledger.accept(whole)
    ledger.accept(accepted)
    ledger.deliver(whole)
    ledger.deliver(refused)
    assert ledger.rate(start, end) * (end - start) == pytest.approx(1)
    assert ledger.rate(end + 1, end + 2) == 0
    assert ledger.late(-1)
    assert not ledger.late(60)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lost": 1}, "1 lost"),
        ({"unmarked": 2}, "2 came twice and are not marked"),
        ({"untold": 3}, "3 sent and not told"),
        ({"doubled": 1}, "1 came twice, though nothing ended"),
        ({"recovery": None}, "98% of the rate never came back"),
        ({"unexpected": ["a carrier was answered 500"]}, "a carrier was answered 500"),
        ({"ratio": 0.979}, "only 97.9% of the rate"),
    ],
)
def test_what_fails_a_row(change: dict[str, object], word: str) -> None:
    (wrong,) = msgspec.structs.replace(WELL, **change).wrong_at_length()
    assert wrong.startswith(word)


def test_what_does_not() -> None:
    assert WELL.wrong_at_length() == []
    assert msgspec.structs.replace(WELL, ratio=0.98).wrong_at_length() == []
    # Only where something was killed.
    assert msgspec.structs.replace(WELL, scene="kills", doubled=9).wrong_at_length() == []


def test_the_page_keeps_the_rows_of_other_runs(tmp_path: Path) -> None:
    page, machine = tmp_path / "chaos.md", describe(tmp_path)
    disk = msgspec.structs.replace(WELL, scene="disk", lost=1, others=0.5)
    report.write(page, [report.Measured(disk, machine, "one", "2026-11-28")])
    report.write(page, [report.Measured(WELL, machine, "another", "2026-11-29")])
    text = page.read_text()
    assert text.index("| the database is restarted") < text.index("1 lost |")
    assert "    one\n" in text
    assert "    another\n" in text
    assert "took up to 50%" in text
    assert set(json.loads(page.with_suffix(".json").read_text())) == {
        "restart postgres",
        "disk postgres",
    }


@pytest.mark.timeout(90)
def test_the_command_prints_what_it_found(tmp_path: Path) -> None:
    paths = [str(ROOT), str(ROOT / "src"), *filter(None, sys.path)]
    words = ["--only", "stop", "--seconds", "1.5", "--rate", "60", "--pairs", "10", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *words, "--directory", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    answer = json.loads(done.stdout)
    (row,) = answer["rows"]
    assert (row["scene"], row["engine"], row["lost"], row["unmarked"]) == ("stop", "sqlite", 0, 0)
    assert row["accepted"] > 20
    assert done.returncode == bool(row["wrong"]), done.stderr
    assert list(tmp_path.iterdir()) == []
