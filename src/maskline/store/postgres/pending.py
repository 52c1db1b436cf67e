"""Writes that wait, put together so that they take one round trip."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from maskline.store.executor import Told
from maskline.store.postgres.sets import shifted

_TABLE: Final = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_LEFT_OUT: Final = re.compile(r"\s*ON CONFLICT DO NOTHING\s*$")


class Form(NamedTuple):
    """A statement that writes. `table` is the one that it writes to, null when it must stand alone
    because it may read what others write. `meets` says that another transaction may add one of its
    rows at the same moment. What it returns, where it `refuses`, is one column, which says whether
    all was done as it should be: if not, nothing may be committed."""

    statement: str
    table: str | None
    meets: bool = False
    refuses: bool = False


class ForRows(NamedTuple):
    """A statement for rows of parameters: over arrays, one per column; and, where there are but a
    few of them, with one row, two and so on written out."""

    many: Form
    few: Sequence[Form] = ()

    def of(self, rows: Sequence[Sequence[Any]]) -> tuple[Form, list[Any]]:
        """What is to be sent for these, of which there is one at least."""
        if len(rows) <= len(self.few):
            return self.few[len(rows) - 1], [value for row in rows for value in row]
        return self.many, list(map(list, zip(*rows, strict=True)))


class Statements(msgspec.Struct, frozen=True):
    """Statements by name: for one row of parameters, and the same as far as they write; for a set
    of rows where there is such; for a set of rows that are named by a key, each once; the INSERTs
    of sets that leave no row out, and those that return one for each that they don't; the names of
    those that neither write nor lock, and what may be the tables of those that don't write.
    `joined` keeps the texts of what was put together."""

    single: Mapping[str, str]
    writes: Mapping[str, Form] = MappingProxyType({})
    sets: Mapping[str, str] = MappingProxyType({})
    by_key: Mapping[str, Form] = MappingProxyType({})
    every: Mapping[str, ForRows] = MappingProxyType({})
    unless: Mapping[str, ForRows] = MappingProxyType({})
    looks: frozenset[str] = frozenset()
    reads: Mapping[str, frozenset[str]] = MappingProxyType({})
    joined: dict[tuple[str, ...], str] = msgspec.field(default_factory=dict)


class Step(NamedTuple):
    """One statement to send; `told` gets the rows that it returns, and may raise something where
    the statement `refuses`."""

    statement: str
    args: Sequence[Any]
    told: Told | None
    meets: bool
    refuses: bool


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

    @property
    def refuses(self) -> bool:
        """Whether one of them may refuse."""
        return any(write.form.refuses for write in self._writes)

    def add(self, form: Form, args: Sequence[Any], told: Told | None = None) -> None:
        """Has one more wait."""
        self._writes.append(_Write(form, args, told))

    def touches(self, tables: frozenset[str] | None) -> bool:
        """Whether one of them may write to one of the tables; null are any."""
        return tables is None or any(
            write.form.table is None or write.form.table in tables for write in self._writes
        )

    def take(self) -> list[Step]:
        """What is to be sent, one after the other; nothing waits any more.

        The parts of one statement don't see what the others write, so that a table stands in it but
        once. Its last part can return something; more of them only where each has one column.
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
            return Step(form.statement, args, told, form.meets, form.refuses)
        # `None` sorts no worse than a listener: those that are told something go last.
        group.sort(key=lambda write: write.told is not None)
        tellers = [write.told for write in group if write.told is not None]
        key = tuple(write.form.statement for write in group)
        text = self._joined.get(key)
        if text is None:
            parts = [(one.form.statement, len(one.args)) for one in group]
            text = self._joined[key] = join(parts, len(tellers))
        args = [arg for write in group for arg in write.args]
        return Step(
            text,
            args,
            group[-1].told if len(tellers) < 2 else _telling(tellers),
            any(write.form.meets for write in group),
            any(write.form.refuses for write in group),
        )


def form_of(statement: str) -> Form | None:
    """How a statement of our own writes; null when it doesn't."""
    found = _TABLE.match(statement)
    if found is None:
        return None
    reads = statement.count("SELECT ") - statement.count("SELECT * FROM unnest")
    return Form(statement, None if reads else found[1])


def refusing(statement: str, table: str) -> Form:
    """An INSERT that may leave rows out and returns something for each that it doesn't."""
    return Form(f"{statement} RETURNING 1", table, refuses=True)


def strict(statement: str, table: str) -> Form:
    """An INSERT that fails where a row can't be added, in place of one that leaves it out."""
    whole = _LEFT_OUT.sub("", statement)
    return Form(whole, table, meets=whole != statement)


def join(parts: Sequence[tuple[str, int]], tellers: int = 0) -> str:
    """Statements with the numbers of their parameters, as one. If more than one of them return
    something, they are the last, and it returns one row: for each of these its only column, as an
    array."""
    first = 0
    texts = []
    for statement, count in parts:
        texts.append(shifted(statement, first))
        first += count
    if tellers < 2:
        *before, last = texts
        named = ", ".join(f"part{place} AS ({text})" for place, text in enumerate(before, 1))
        return f"WITH {named} {last}"
    silent = len(texts) - tellers
    named = ", ".join(f"part{place} AS ({text})" for place, text in enumerate(texts, 1))
    # The server begins with the first that is asked for. What many count on was written last, and
    # waits for others before the rest has written what others wait for.
    told = (f"ARRAY(TABLE part{place})" for place in range(len(texts), silent, -1))
    return f"WITH {named} SELECT {', '.join(told)}"


def _telling(tellers: Sequence[Told]) -> Told:
    """Tells each of them the rows that are its own, in their order."""

    def told(rows: Sequence[Sequence[Any]]) -> None:
        for teller, column in zip(tellers, reversed(rows[0]), strict=True):
            teller([(value,) for value in column])

    return told


def _fits(group: list[_Write], write: _Write) -> bool:
    table = write.form.table
    if table is None or any(one.form.table in (None, table) for one in group):
        return False
    if write.told is None:
        return True
    return all(one.told is None or (one.form.refuses and write.form.refuses) for one in group)
