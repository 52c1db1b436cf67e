"""Numbered migrations, one sequence for every engine."""

from __future__ import annotations

from importlib.resources import files
from typing import Final, NamedTuple

_TOKENS: Final = {
    "sqlite": {"{without_rowid}": "WITHOUT ROWID", "{blob}": "BLOB"},
    "postgres": {" {without_rowid}": "", "{blob}": "BYTEA"},
}


class Migration(NamedTuple):
    """One step of the schema: its number, name and statements."""

    number: int
    name: str
    statements: tuple[str, ...]


def migrations(dialect: str) -> tuple[Migration, ...]:
    """All steps in order. Raises ValueError when the numbers have a gap."""
    found = []
    for source in files("maskline.store").joinpath("migrations").iterdir():
        if source.name.endswith(".sql"):
            number, _, name = source.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, _statements(source.read_text(), dialect)))
    found.sort()
    if [step.number for step in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations must be numbered 1, 2, 3 … without a gap")
    return tuple(found)


def _statements(text: str, dialect: str) -> tuple[str, ...]:
    for token, meaning in _TOKENS[dialect].items():
        text = text.replace(token, meaning)
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return tuple(part.strip() for part in "\n".join(lines).split(";") if part.strip())
