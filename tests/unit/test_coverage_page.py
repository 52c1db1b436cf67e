"""docs/coverage.md: up to date, with a test in every row, and true of what it says is missing."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

from maskline.carriers.kinds import KINDS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "maskline"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "coverage_docs.py"))


def test_the_page_is_up_to_date_and_no_row_is_empty(script: dict[str, Any]) -> None:
    page, empty = script["write"](script["collect"]())
    assert empty == []
    assert (ROOT / "docs" / "coverage.md").read_text("utf-8") == page, "run make docs"


def test_what_the_page_calls_missing_is_nowhere_answered(script: dict[str, Any]) -> None:
    missing = set(script["OTHERWISE"]).union(script["ABSENT"])
    held = [
        (str(path.relative_to(SOURCE)), node.value)
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "model" / "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in missing
    ]
    assert held == []


def test_what_the_source_documents_say_has_one_id_each(script: dict[str, Any]) -> None:
    known = [one["id"] for source in script["sources"]() for one in source["statement"]]
    assert len(set(known)) == len(known)
    claimed = {row.removeprefix("says:") for row in script["collect"]() if row.startswith("says:")}
    assert claimed <= set(known), "claims that scripts/source_rows.toml does not have"


def test_every_carrier_has_a_table_and_claims_are_rows_of_one(script: dict[str, Any]) -> None:
    known = [claim for _, rows in script["carriers"]() for claim, _ in rows]
    assert len(set(known)) == len(known)
    claimed = {row for row in script["collect"]() if row.startswith("carrier:")}
    assert claimed <= set(known), "claims that scripts/carrier_rows.toml does not have"
    names = {claim.removeprefix("carrier:").partition(".")[0] for claim in known}
    assert names == {*KINDS, "*", "accounts"}


def test_marks_that_nothing_proves_do_not_count(script: dict[str, Any]) -> None:
    tests = ast.parse(
        "@pytest.mark.covers('code:80902')\n"
        "def test_one():\n    assert refused() == 80902\n"
        "class TestTwo:\n"
        "    @pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.covers('code:1'))])\n"
        "    def test_two(n):\n        assert n\n"
    )
    assert list(script["_marks"](tests, "a")) == [
        ("a::test_one", {80902}, ["code:80902"]),
        ("a::TestTwo::test_two", {1}, ["code:1"]),
    ]


def test_a_row_without_a_test_is_told(script: dict[str, Any]) -> None:
    page, empty = script["write"]({})
    assert "GET /proxy/v1/Services field:services" in empty
    assert "code:80602" in empty
    assert "not:80409" in empty
    assert "**none**" in page
