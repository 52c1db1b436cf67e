"""What stands in pages by calculation or measurement is what these give today."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from bench.sharding import numbers_needed, speed_up

ROOT = Path(__file__).resolve().parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/bench_docs.py"))


@pytest.mark.parametrize(("path", "name", "block"), SCRIPT["BLOCKS"])
def test_a_page_is_up_to_date(path: str, name: str, block: Any) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert SCRIPT["renewed"](text, name, block()) == text, "run: make docs"


def test_a_block_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no block sizing"):
        SCRIPT["renewed"]("a page", "sizing", "")


@pytest.mark.parametrize("shards", [1, 2, 8])
def test_several_databases_never_give_more_than_they_are(shards: int) -> None:
    even, skewed = (speed_up(shards, skew, trials=20) for skew in (0.0, 1.1))
    assert 1.0 <= skewed <= even <= shards
    # The largest Service stays whole.
    assert skewed <= 1 / 0.179 + 0.01


def test_a_pool_that_is_cut_needs_no_fewer_numbers() -> None:
    assert numbers_needed(20, 1, by_chance=True, trials=5) == 1.0
    for shards in (2, 4, 8):
        chosen = numbers_needed(20, shards, by_chance=False)
        assert 1.0 <= chosen <= numbers_needed(20, shards, by_chance=True, trials=50)
    assert numbers_needed(3, 8, by_chance=False) == pytest.approx(8 / 3)
