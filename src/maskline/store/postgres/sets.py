"""Statements for many rows at once: a round trip per set instead of one per row.

A statement over `$1 … $n` becomes one over as many arrays. What its parameters' types are, the
server says, so nothing is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_INSERT: Final = re.compile(r"(INSERT INTO .+?)\sVALUES\s*\(([^()]*)\)(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"\d+")
_UPDATE: Final = re.compile(r"UPDATE (\w+) SET (.+?)\sWHERE (\w+) = \$1(\sAND .+)?", re.DOTALL)
_DELETE: Final = re.compile(r"DELETE FROM (\w+) WHERE (\w+) = \$1")
#: What a row's own values don't say, or is asked for.
_ELSEWHERE: Final = re.compile(r"\b(SELECT|RETURNING)\b")
_PARAMETER: Final = re.compile(r"\$(\d+)")


def is_insert(statement: str) -> bool:
    """Whether it inserts one row made of its parameters, each once and in order, and of numbers."""
    found = _INSERT.fullmatch(statement)
    if found is None or "$" in found[3]:
        return False
    given = [value for value in _values(found) if not _NUMBER.fullmatch(value)]
    return given == [f"${place}" for place in range(1, len(given) + 1)]


def insert_many(statement: str, types: Sequence[str]) -> str:
    """The same INSERT for a set of rows, in their order."""
    found = _INSERT.fullmatch(statement)
    assert found is not None
    chosen, names = "*", ""
    if len(_values(found)) > len(types):
        chosen = _PARAMETER.sub(r"p\1", ", ".join(_values(found)))
        names = f" AS asked ({_names(types)})"
    return f"{found[1]} SELECT {chosen} FROM unnest({_arrays(types)}){names}{found[3]}"  # noqa: S608


def insert_few(statement: str, count: int) -> str:
    """The same INSERT for so many rows, each written out: the server reads a few of them sooner
    than as many arrays as there are columns."""
    found = _INSERT.fullmatch(statement)
    assert found is not None
    each = len(_PARAMETER.findall(found[2]))
    rows = ", ".join(f"({shifted(found[2], place * each)})" for place in range(count))
    return f"{found[1]} VALUES {rows}{found[3]}"


def select_each(statement: str, types: Sequence[str]) -> str:
    """The first row that a SELECT finds for each row of parameters: those come back in order, with
    nulls in all columns where nothing was found."""
    inner = _PARAMETER.sub(r"asked.p\1", statement)
    asked = f"asked ({_names(types)}, place)"
    return (
        # Parts of our own statements, no values.
        f"SELECT found.* FROM unnest({_arrays(types)}) WITH ORDINALITY AS {asked} "  # noqa: S608
        f"LEFT JOIN LATERAL ({inner} LIMIT 1) AS found ON true ORDER BY asked.place"
    )


def is_by_key(statement: str) -> bool:
    """Whether it changes or deletes the rows that its first parameter names."""
    if _DELETE.fullmatch(statement):
        return True
    return _UPDATE.fullmatch(statement) is not None and not _ELSEWHERE.search(statement)


def each_by_key(statement: str, types: Sequence[str]) -> str:
    """The same for a set of keys, none of which may be in it twice."""
    if found := _DELETE.fullmatch(statement):
        return f"DELETE FROM {found[1]} WHERE {found[2]} = ANY ({_arrays(types)})"  # noqa: S608
    found = _UPDATE.fullmatch(statement)
    assert found is not None
    table, changes, key, rest = (
        _PARAMETER.sub(r"asked.p\1", part or "") for part in found.groups()
    )
    return (
        f"UPDATE {table} SET {changes} FROM unnest({_arrays(types)}) AS asked ({_names(types)}) "  # noqa: S608
        f"WHERE {table}.{key} = asked.p1{rest}"
    )


def shifted(statement: str, by: int) -> str:
    """With other numbers of the parameters."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", statement)


def _values(insert: re.Match[str]) -> list[str]:
    return [value.strip() for value in insert[2].split(",")]


def _names(types: Sequence[str]) -> str:
    return ", ".join(f"p{place}" for place in range(1, len(types) + 1))


def _arrays(types: Sequence[str]) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
