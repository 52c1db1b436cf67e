"""Write what is measured or calculated into the pages that use it, between their marks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import sharding, sizing  # noqa: E402

#: A page, the name of its block, and what stands in it.
BLOCKS = (
    ("docs/operations.md", "sizing", lambda: sizing.table(ROOT / "docs/benchmarks.json")),
    ("docs/explanation/beyond-one-postgres.md", "sharding", sharding.report),
)


def renewed(text: str, name: str, block: str) -> str:
    """The page with its block written anew. Raises ValueError where it has none of that name."""
    begin, end = f"<!-- {name}: written by scripts/bench_docs.py -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no block {name}")
    return pattern.sub(lambda _: f"{begin}\n\n{block}\n\n{end}", text)


if __name__ == "__main__":
    for path, name, block in BLOCKS:
        page = ROOT / path
        page.write_text(renewed(page.read_text("utf-8"), name, block()), "utf-8")
        print(f"wrote {page.name}: {name}")
