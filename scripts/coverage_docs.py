"""Writes docs/coverage.md: what the APIs consist of, and the tests that pin it.

The rows stand in scripts/coverage_rows.toml, in scripts/source_rows.toml and in the error
dictionary; the tests name them with
`@pytest.mark.covers("POST /proxy/v1/Services", "param:UniqueName", "field:*", "code:80602")`:
parameters and fields belong to the operation of the same mark, `*` is all of them. In tests/api,
every claim is held against what the test really asked and was answered (tests/api/ledger.py).
Elsewhere a mark may claim codes only, and the test must hold the number itself. Any test may claim
what a source document says, `says:ID`. `--check` fails when the page is stale or a row has no test.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from maskline.model.errors import CATALOGUE

ROOT: Final = Path(__file__).resolve().parent.parent
TESTS: Final = ROOT / "tests"
PAGE: Final = ROOT / "docs" / "coverage.md"
ROWS: Final = ROOT / "scripts" / "coverage_rows.toml"
SOURCES: Final = ROOT / "scripts" / "source_rows.toml"

PRODUCTS: Final[Mapping[str, str]] = {
    "api": "Core API 2010-04-01",
    "proxy": "Proxy v1",
    "messaging": "Messaging v1",
    "monitor": "Monitor v1",
    "accounts": "Accounts v1",
}

#: Codes of what Maskline does not have.
ABSENT: Final[Mapping[int, str]] = dict.fromkeys(
    (80306, 80505, 80617, 80618, 80619, 80620),
    "tells of Flex and its chat channels, which are no part of Maskline",
)

#: Codes of Twilio's dictionary that stand for what we answer otherwise. The claim `not:N` names
#: the test which shows that.
OTHERWISE: Final[Mapping[int, str]] = {
    80307: "20404",
    80308: "20404",
    80401: "20003: a path's account is the one that calls, or nobody's",
    80403: "20404: a SID that is malformed is one that nobody has",
    80405: "20404: a SID that is malformed is one that nobody has",
    80406: "80404 for a person's number, 80301 for a pool's, 21421 for one to be bought",
    80407: "20404 in a path, 80701 as a pool's `Sid`, 80606 as `ProxyIdentifierSid`",
    80409: "20404: a SID that is malformed is one that nobody has",
    80501: "20503, with `Retry-After`",
    80503: "20404 for what is not there; an update of nothing succeeds",
    80504: "HTTP 500 without a code, or 20500 when the framework fails",
}

Tests = dict[str, set[str]]


def main() -> int:
    """Writes the page, or checks it."""
    tests = collect()
    page, empty = write(tests)
    if "--check" not in sys.argv:
        PAGE.write_text(page, "utf-8")
        print(f"{PAGE.relative_to(ROOT)}: {len(empty)} rows without a test")
        return 0
    stale = not PAGE.exists() or PAGE.read_text("utf-8") != page
    if stale:
        print("docs/coverage.md is stale: run make docs", file=sys.stderr)
    for row in empty:
        print(f"no test covers {row}", file=sys.stderr)
    return int(stale or bool(empty))


def sources() -> list[dict[str, Any]]:
    """The source documents, each with its `title` and its `statement`s."""
    found: list[dict[str, Any]] = tomllib.loads(SOURCES.read_text("utf-8"))["source"]
    return found


def collect() -> Tests:
    """Tests by what they cover: `operation`, `operation param:X`, `operation field:x`, `code:n`,
    `says:id`."""
    found: Tests = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        where = str(path.relative_to(TESTS))
        checked = path.is_relative_to(TESTS / "api")
        for name, numbers, items in _marks(ast.parse(path.read_text("utf-8")), where):
            operation = _plain(items.pop(0)) if " /" in items[0] else ""
            for item in items:
                kind, _, what = item.partition(":")
                proven = kind in ("code", "not") and (checked or int(what) in numbers)
                if proven or kind == "says":
                    found[item].add(name)
                elif kind in ("param", "field") and checked:
                    found[f"{operation} {item}"].add(name)
            if operation and checked:
                found[operation].add(name)
    return found


def _marks(node: ast.AST, where: str) -> Iterator[tuple[str, set[int], list[str]]]:
    """Each mark below a node: its test, the whole numbers in that test, what it claims."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        name = f"{where}::{child.name}"
        numbers = {
            one.value
            for one in ast.walk(child)
            if isinstance(one, ast.Constant) and type(one.value) is int
        }
        for decorator in child.decorator_list:
            # A case of a parametrized test has its marks inside.
            for inner in ast.walk(decorator):
                if items := _covers(inner):
                    yield name, numbers, items
        if isinstance(child, ast.ClassDef):
            yield from _marks(child, name)


def _covers(node: ast.AST) -> list[str]:
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

    def cell(*rows: str) -> str:
        where = sorted(set().union(*(tests.get(row, ()) for row in rows)))
        if not where:
            empty.append(rows[0])
            return "**none**"
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        return f"`{where[0]}`{more}"

    lines = [
        "# Coverage of the APIs",
        "",
        "Every operation, parameter, response field and error code of the APIs that Maskline",
        "speaks, and what Twilio's pages about Proxy say of its behaviour, each with a test that",
        "pins it (paths below `tests/`). Made by `make docs`; `make test` fails when a row is",
        "empty.",
    ]
    for product, operations in tomllib.loads(ROWS.read_text("utf-8")).items():
        lines += ["", f"## {PRODUCTS[product]}"]
        for entry in operations:
            name, key = entry["operation"], _plain(entry["operation"])
            lines += ["", f"### `{name}`", ""]
            if "unserved" in entry:
                lines.append(f"Not served: {entry['unserved']}.")
                continue
            lines += ["| what | test |", "|---|---|"]
            lines.append(f"| operation | {cell(key)} |")
            notes = entry.get("notes", {})
            for kind, label in (("param", "parameters"), ("field", "fields")):
                for item in entry.get(label, ()):
                    where = cell(f"{key} {kind}:{item}", f"{key} {kind}:*")
                    note = f", {notes[item]}" if item in notes else ""
                    lines.append(f"| {kind} `{item}`{note} | {where} |")
    lines += ["", "## Error codes", "", "| code | meaning | test |", "|---|---|---|"]
    for code, entry in CATALOGUE.items():
        if code in ABSENT:
            where = f"never answered: it {ABSENT[code]}"
        elif code in OTHERWISE:
            where = f"never answered; instead {OTHERWISE[code]}: {cell(f'not:{code}')}"
        else:
            where = cell(f"code:{code}")
        lines.append(f"| {code} | {entry.text} | {where} |")
    lines += ["", "## Source documents"]
    for source in sources():
        lines += ["", f"### {source['title']}", "", "| what it says | test |", "|---|---|"]
        for one in source["statement"]:
            where = f"past: {one['history']}" if "history" in one else cell(f"says:{one['id']}")
            lines.append(f"| {one['says']} | {where} |")
    return "\n".join(lines) + "\n", empty


if __name__ == "__main__":
    raise SystemExit(main())
