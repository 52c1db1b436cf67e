"""Writes that wait, put together so that they take one round trip."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from maskline.store.executor import Told

_TABLE: Final = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_PARAMETER: Final = re.compile(r"\$(\d+)")
_LEFT_OUT: Final = re.compile(r"\s*ON CONFLICT DO NOTHING\s*$")


class Form(NamedTuple):
    """A statement that writes. `table` is the one that it writes to, null when it must stand alone
    because it may read what others write. `meets` says that another transaction may add one of its
    rows at the same moment."""

    statement: str
    table: str | None
    meets: bool = False


class Statements(msgspec.Struct, frozen=True):
    """Statements by name: for one row of parameters, and the same as far as they write; for a set
    of rows where there is such; for a set of rows that are named by a key, each once; the INSERTs
    of sets that leave no row out; the names of those that neither write nor lock. `joined` keeps
    the texts of what was put together."""

    single: Mapping[str, str]
    writes: Mapping[str, Form] = MappingProxyType({})
    sets: Mapping[str, str] = MappingProxyType({})
    by_key: Mapping[str, Form] = MappingProxyType({})
    every: Mapping[str, Form] = MappingProxyType({})
    looks: frozenset[str] = frozenset()
    joined: dict[tuple[str, ...], str] = msgspec.field(default_factory=dict)


class Step(NamedTuple):
    """One statement to send; `told` gets the rows that it returns."""

    statement: str
    args: Sequence[Any]
    told: Told | None
    meets: bool


class _Write(NamedTuple):
    form: Form
    args: Sequence[Any]
    told: Told | None


class Pending:
    """Writes in their order, which matters only where they have to do with the same table."""

    __slots__ = ("_joined", "_writes")

    def __init__(self, joined: dict[tuple[str, ...], str]) -> None:
        self._joined = joined
        self._writes: list[_Write] = []

    def __bool__(self) -> bool:
        return bool(self._writes)

    def add(self, form: Form, args: Sequence[Any], told: Told | None = None) -> None:
        """Has one more wait."""
        self._writes.append(_Write(form, args, told))

    def take(self) -> list[Step]:
        """What is to be sent, one after the other; nothing waits any more.

        The parts of one statement don't see what the others write, so that a table stands in it but
        once; and only its last part can return something.
        """
        groups: list[list[_Write]] = []
        for write in self._writes:
            if groups and _fits(groups[-1], write):
                groups[-1].append(write)
            else:
                groups.append([write])
        self._writes = []
        return [self._step(group) for group in groups]

    def _step(self, group: list[_Write]) -> Step:
        if len(group) == 1:
            ((form, args, told),) = group
            return Step(form.statement, args, told, form.meets)
        # `None` sorts no worse than a listener: the one that is told something goes last.
        group.sort(key=lambda write: write.told is not None)
        key = tuple(write.form.statement for write in group)
        text = self._joined.get(key)
        if text is None:
            text = self._joined[key] = join([(one.form.statement, len(one.args)) for one in group])
        args = [arg for write in group for arg in write.args]
        return Step(text, args, group[-1].told, any(write.form.meets for write in group))


def form_of(statement: str) -> Form | None:
    """How a statement of our own writes; null when it doesn't."""
    found = _TABLE.match(statement)
    if found is None:
        return None
    reads = statement.count("SELECT ") - statement.count("SELECT * FROM unnest")
    return Form(statement, None if reads else found[1])


def strict(statement: str, table: str) -> Form:
    """An INSERT that fails where a row can't be added, in place of one that leaves it out."""
    whole = _LEFT_OUT.sub("", statement)
    return Form(whole, table, meets=whole != statement)


def join(parts: Sequence[tuple[str, int]]) -> str:
    """Statements with the numbers of their parameters, as one."""
    first = 0
    texts = []
    for statement, count in parts:
        texts.append(_shifted(statement, first))
        first += count
    *before, last = texts
    named = ", ".join(f"part{place} AS ({text})" for place, text in enumerate(before, 1))
    return f"WITH {named} {last}"


def _shifted(statement: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", statement)


def _fits(group: list[_Write], write: _Write) -> bool:
    table = write.form.table
    if table is None or (write.told is not None and any(one.told for one in group)):
        return False
    return all(one.form.table not in (None, table) for one in group)
