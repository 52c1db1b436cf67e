"""The commands that a page of the documentation tells its reader to run."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def commands(page: str, name: str) -> str:
    """The block that stands under `<!-- run: name -->`, as it is written."""
    text = (DOCS / page).read_text("utf-8")
    found = re.findall(rf"<!-- run: {re.escape(name)} -->\n+```\w*\n(.*?)```", text, re.DOTALL)
    assert len(found) == 1, f"{page} has {len(found)} blocks {name!r}"
    return str(found[0])
