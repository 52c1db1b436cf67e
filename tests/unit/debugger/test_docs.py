"""The page on the debugger: whole, fresh, and of nothing that does not arise."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

from maskline.model.errors import CATALOGUE

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "maskline"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "debugger_docs.py"))


@pytest.fixture(scope="module")
def coverage() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "coverage_docs.py"))


def test_the_page_is_up_to_date(script: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "reference" / "debugger.md").read_text("utf-8")
    assert page == script["page"](), "run make docs"


def test_every_code_is_told_of_once(script: dict[str, Any], coverage: dict[str, Any]) -> None:
    told = [*script["advice"](), *coverage["OTHERWISE"], *coverage["ABSENT"]]
    assert sorted(told) == [code for code in sorted(CATALOGUE) if code in script["CODES"]]


def test_every_code_says_when_and_what_to_do_in_whole_sentences(script: dict[str, Any]) -> None:
    for code, (when, do, _) in script["advice"]().items():
        for text in (when, do):
            assert text[:1].isupper() or text.startswith("`"), code
            assert text.endswith("."), code
            assert "\n" not in text, code
            assert "  " not in text, code


def test_what_the_page_says_arises_does(script: dict[str, Any]) -> None:
    held = {
        node.value
        for path in SOURCE.rglob("*.py")
        if path != SOURCE / "model" / "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and type(node.value) is int
    }
    assert set(script["advice"]()) <= held
