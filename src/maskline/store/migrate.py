"""Numbered migrations, one sequence for every engine.

A comment `-- only: postgres` above a statement keeps it to that engine. A line `-- compatible: yes`
says that the step only adds what a program of the step before need not know: such a program goes on
beside it, and may be started on it.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final, NamedTuple

from maskline.store.contract import SchemaTooNew

_TOKENS: Final = {
    "sqlite": {"{without_rowid}": "WITHOUT ROWID", "{blob}": "BLOB"},
    "postgres": {" {without_rowid}": "", "{blob}": "BYTEA"},
}
_TEXT: Final = re.compile(r"\bTEXT\b")
_COMMENT: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)
_ONLY: Final = re.compile(r"^-- only: (\w+)$", re.MULTILINE)
_COMPATIBLE: Final = re.compile(r"^-- compatible: yes$", re.MULTILINE)

#: Where a program learns of a step that it does not know whether it may run on it.
COMPATIBLE_STEPS: Final = "compatible_steps"


class Migration(NamedTuple):
    """One step of the schema: its number, name and statements, and whether programs of the step
    before may run on it."""

    number: int
    name: str
    statements: tuple[str, ...]
    compatible: bool = False


def newest_schema() -> int:
    """The schema that this program writes, on every engine."""
    return len(migrations("sqlite"))


def migrations(dialect: str) -> tuple[Migration, ...]:
    """All steps in order. Raises ValueError when the numbers have a gap."""
    found = []
    for source in files("maskline.store").joinpath("migrations").iterdir():
        if source.name.endswith(".sql"):
            number, _, name = source.name.removesuffix(".sql").partition("_")
            text = source.read_text("utf-8")
            compatible = _COMPATIBLE.search(text) is not None
            found.append(Migration(int(number), name, _statements(text, dialect), compatible))
    found.sort()
    if [step.number for step in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations must be numbered 1, 2, 3 … without a gap")
    return tuple(found)


def check_schema(found: int, newest: int, *, compatible: bool) -> None:
    """Whether a program that knows the steps up to `newest` may run on a database that has `found`.
    Of newer ones it may on the very next, if that is `compatible`. Raises SchemaTooNew."""
    if found > newest + compatible:
        raise SchemaTooNew(
            f"the database has schema {found}, this program knows {newest}: "
            "start the newer version, or restore a backup made before the upgrade"
        )


def _statements(text: str, dialect: str) -> tuple[str, ...]:
    for token, meaning in _TOKENS[dialect].items():
        text = text.replace(token, meaning)
    # A comment may hold a semicolon, and says which statement below it is whose.
    text = _COMMENT.sub(lambda line: line[0].replace(";", ","), text)
    found = []
    for part in text.split(";"):
        only = _ONLY.search(part)
        statement = _COMMENT.sub("", part).strip()
        if statement and (only is None or only[1] == dialect):
            found.append(_compared_bytewise(statement) if dialect == "postgres" else statement)
    return tuple(found)


def _compared_bytewise(statement: str) -> str:
    """SIDs and keys sort by their bytes, as SQLite's do, whatever the database's own order is."""
    if statement.startswith(("CREATE TABLE", "ALTER TABLE")):
        return _TEXT.sub('TEXT COLLATE "C"', statement)
    return statement
