from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.support.command_words import PAGES, commands, fault

ROOT = Path(__file__).parents[3]


def test_the_reference_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts/cli_docs.py"))
    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    assert page == script["page"](), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    named = list(commands(page.read_text("utf-8")))
    assert [(words, why) for words in named if (why := fault(words)) is not None] == []


def test_a_command_that_is_not_there_is_found() -> None:
    text = (
        "`maskline carriers list|mend x`, `maskline numbers sync --carier x`\n"
        "```sh\nX=1 maskline add \\\n  y\nmaskline serve --workers 2\n```\n"
    )
    assert [fault(words) for words in commands(text)] == [
        "no command add",
        None,
        None,
        "no command carriers mend",
        "no option --carier",
    ]
