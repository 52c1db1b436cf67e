"""Opt-outs in CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TextIO

import msgspec

from maskline.cli import importing, stock
from maskline.cli.importing import Bad
from maskline.cli.stock import BadEntry
from maskline.model.clock import iso, system_clock
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.opt_out import OptOut
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import canonical

COLUMNS: Final = ("person", "sender", "date_of_consent", "source", "detail")

_ALIASES: Final = {
    "contact_id": "person",
    "sender_id": "sender",
    "number": "sender",
    "date": "date_of_consent",
}
_MAX_DETAIL: Final = 64


class Wanted(msgspec.Struct, frozen=True):
    """One opt-out of a file: its line, who, from what, since when (ms), and what is said of it."""

    line: int
    person: str
    sender: str
    date: int | None
    detail: str


def read(data: bytes, sender: str) -> list[Wanted | Bad]:
    """The rows of a file; what names no sender is from `sender`. Raises Refusal."""
    return list(_rows(data, sender))


def _rows(data: bytes, sender: str) -> Iterator[Wanted | Bad]:
    grid = importing.grid(importing.decode(data), COLUMNS, _ALIASES, "person")
    for one in grid.lines:
        if isinstance(one, Bad):
            yield one
            continue
        line, cells = one
        given = {name: cell.strip() for name, cell in zip(grid.names, cells, strict=False)}
        given["sender"] = given.get("sender") or sender
        try:
            if not given["sender"]:
                raise BadEntry("has no sender, and --sender names none")
            yield wanted(line, given)
        except BadEntry as bad:
            yield Bad(line, str(bad))


def wanted(line: int, cells: Mapping[str, str]) -> Wanted:
    """What the cells of a line say. Raises BadEntry."""
    person = stock.written(cells.get("person", ""))
    if not is_e164(person):
        raise BadEntry("the person must be a number that begins with +, as +14155550100 does")
    detail = cells.get("detail", "")
    if len(detail) > _MAX_DETAIL or not detail.isprintable():
        raise BadEntry(f"the detail has more than {_MAX_DETAIL} characters, or odd ones")
    try:
        date = Form({"date": [cells.get("date_of_consent", "")]}).moment("date")
    except Fault as fault:
        raise BadEntry(stock.reason(fault)) from fault
    if date is not None and date > system_clock():
        raise BadEntry("the date is in the future")
    return Wanted(line, canonical(person), cells.get("sender", ""), date, detail)


def write(out: TextIO, rows: Iterable[OptOut]) -> None:
    """Writes opt-outs, people's numbers in full."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (one.identifier, one.sender, iso(one.date_of_consent), one.source, one.detail)
        for one in rows
    )
