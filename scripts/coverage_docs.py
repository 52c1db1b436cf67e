"""Writes docs/coverage.md: what the APIs consist of, and the tests that pin it.

The rows stand in scripts/coverage_rows.toml and in the error dictionary; the tests name them with
`@pytest.mark.covers("POST /proxy/v1/Services", "param:UniqueName", "field:sid", "code:80602")`:
parameters and fields belong to the operations of the same mark. `--check` fails when the page is
stale or a row has no test.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from maskline.model.errors import CATALOGUE

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "coverage.md"
ROWS: Final = ROOT / "scripts" / "coverage_rows.toml"

#: Codes that belong to products and rules which are not there yet.
LATER: Final[Mapping[str, frozenset[int]]] = {
    "Flex and Chat": frozenset({80306, 80505, 80617, 80618, 80619, 80620}),
    "operators' switches": frozenset({80506, 80615, 80801, 80802}),
    "the debugger's own part": frozenset({80102, 80613, 80624, 80905, 80906, 80907, 80913}),
}

Tests = dict[str, set[str]]


def main() -> int:
    """Writes the page, or checks it."""
    tests = collect()
    page, empty = write(tests)
    if "--check" not in sys.argv:
        PAGE.write_text(page)
        print(f"{PAGE.relative_to(ROOT)}: {len(empty)} rows without a test")
        return 0
    stale = not PAGE.exists() or PAGE.read_text() != page
    if stale:
        print("docs/coverage.md is stale: run make docs", file=sys.stderr)
    for row in empty:
        print(f"no test covers {row}", file=sys.stderr)
    return int(stale or bool(empty))


def collect() -> Tests:
    """Tests by what they cover: `operation`, `operation param:X`, `operation field:x`, `code:n`."""
    found: Tests = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, items in _marks(ast.parse(path.read_text())):
            where = f"{path.relative_to(ROOT / 'tests')}::{name}" if name else str(
                path.relative_to(ROOT / "tests")
            )
            operations = [_plain(item) for item in items if " /" in item]
            for item in items:
                if item.startswith("code:"):
                    found[item].add(where)
                elif item.startswith(("param:", "field:")):
                    for operation in operations:
                        found[f"{operation} {item}"].add(where)
            for operation in operations:
                found[operation].add(where)
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if items := _covers(decorator):
                    yield node.name, items
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["pytestmark"]:
                values = node.value.elts if isinstance(node.value, ast.List) else [node.value]
                for value in values:
                    if items := _covers(value):
                        yield "", items


def _covers(node: ast.expr) -> list[str]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return []
    if node.func.attr != "covers":
        return []
    return [
        value
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(value := argument.value, str)
    ]


def _plain(operation: str) -> str:
    """An operation without the names of its path's parts, which differ from text to text."""
    return re.sub(r"\{\w+\}", "{}", operation).replace(".json", "")


def write(tests: Tests) -> tuple[str, list[str]]:
    """The page, and the rows that no test covers."""
    empty: list[str] = []

    def cell(row: str) -> str:
        where = sorted(tests.get(row, ()))
        if not where:
            empty.append(row)
            return "**none**"
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        return f"`{where[0]}`{more}"

    lines = [
        "# Coverage of the APIs",
        "",
        "Every operation, parameter, response field and error code of the APIs that Maskline speaks,",
        "with a test that pins it (paths below `tests/`). Made by `make docs`; `make test` fails when a",
        "row is empty.",
    ]
    for product, operations in tomllib.loads(ROWS.read_text()).items():
        lines += ["", f"## {'Proxy v1' if product == 'proxy' else 'Core API 2010-04-01'}"]
        for entry in operations:
            name, key = entry["operation"], _plain(entry["operation"])
            lines += ["", f"### `{name}`", "", "| what | test |", "|---|---|"]
            lines.append(f"| operation | {cell(key)} |")
            for kind, label in (("param", "parameters"), ("field", "fields")):
                for item in entry.get(label, ()):
                    lines.append(f"| {kind} `{item}` | {cell(f'{key} {kind}:{item}')} |")
    lines += ["", "## Error codes", "", "| code | meaning | test |", "|---|---|---|"]
    later = {code: why for why, codes in LATER.items() for code in codes}
    for code, entry in CATALOGUE.items():
        where = f"later: {later[code]}" if code in later else cell(f"code:{code}")
        lines.append(f"| {code} | {entry.text} | {where} |")
    return "\n".join(lines) + "\n", empty


if __name__ == "__main__":
    raise SystemExit(main())
