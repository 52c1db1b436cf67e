"""Reading numbers and the like from a CSV file, tolerant of how spreadsheets write one."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from maskline.cli import terminal
from maskline.cli.refusal import Refusal
from maskline.cli.stock import BadEntry, Entry, capabilities, flag, written

COLUMNS: Final = ("number", "friendly_name", "carrier", "capabilities", "service", "reserved")

_ALIASES: Final = {"phone_number": "number", "phone": "number", "name": "friendly_name"}
_DELIMITERS: Final = ",;\t|"
#: What is said of a file with many mistakes.
_SHOWN: Final = 50
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Bad(msgspec.Struct, frozen=True):
    """A row that can't be taken: its line in the file, from 1, and why."""

    line: int
    reason: str


class Row(msgspec.Struct, frozen=True):
    """A row that was read."""

    line: int
    entry: Entry


class Grid(NamedTuple):
    """A file's columns and lines: the number of each, and its cells."""

    names: list[str]
    lines: Iterator[tuple[int, list[str]] | Bad]


class Sheet(msgspec.Struct, frozen=True):
    """A file's rows, and the columns that say nothing to us."""

    rows: list[Row | Bad]
    ignored: list[str]


def read(path: Path, defaults: Entry) -> Sheet:
    """The rows of a file; what a row leaves empty is as in `defaults`. Raises Refusal, OSError."""
    return parse(decode(path.read_bytes()), defaults)


def decode(data: bytes) -> str:
    """The text, whatever of the usual encodings it is in."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def parse(text: str, defaults: Entry) -> Sheet:
    """The rows of a text. Raises Refusal when the first line names no column `number`."""
    names, lines = grid(text, COLUMNS, _ALIASES, "number")
    rows = list(_rows(lines, names, defaults))
    return Sheet(rows, [name for name in names if name and name not in COLUMNS])


def grid(text: str, columns: Sequence[str], aliases: Mapping[str, str], needed: str) -> Grid:
    """The cells of a text, whatever separates them. Raises Refusal when the first line does not
    name the column `needed`, or names one of `columns` twice."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    lines = _lines(reader)
    first = next(lines, None)
    found = first[1] if first and not isinstance(first, Bad) else []
    names = [aliases.get(plain, plain) for plain in map(_plain, found)]
    if needed not in names:
        raise Refusal(
            f"the first line must name the columns, and one of them must be {needed}",
            f"Known are {', '.join(columns)}.",
        )
    if doubled := {name for name in names if name in columns and names.count(name) > 1}:
        raise Refusal(f"the first line names the column {doubled.pop()} twice", "Leave one out.")
    return Grid(names, lines)


def complain(bad: Sequence[Bad], *, skip_bad: bool) -> bool:
    """Tells of bad rows on standard error; whether they keep all others from being taken."""
    console = terminal.err()
    for one in bad[:_SHOWN]:
        console.print(f"line {one.line}: {one.reason}", markup=False)
    if len(bad) > _SHOWN:
        console.print(f"and {len(bad) - _SHOWN} more lines (--json lists them all)")
    if bad and not skip_bad:
        terminal.complain(
            f"{len(bad)} bad rows, so that nothing was imported",
            "Correct them, or import the others with --skip-bad.",
        )
        return True
    return False


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]] | Bad]:
    """Rows with the line they begin at, empty ones left out."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Bad(line, f"is no CSV: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _rows(
    lines: Iterator[tuple[int, list[str]] | Bad], names: list[str], defaults: Entry
) -> Iterator[Row | Bad]:
    seen: dict[str, int] = {}
    for one in lines:
        if isinstance(one, Bad):
            yield one
            continue
        line, cells = one
        try:
            entry = _entry(dict(zip(names, cells, strict=False)), defaults)
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                raise BadEntry("has more fields than the first line names")
            if entry.number in seen:
                raise BadEntry(f"{entry.number} stands in line {seen[entry.number]} already")
        except BadEntry as bad:
            yield Bad(line, str(bad))
        else:
            seen[entry.number] = line
            yield Row(line, entry)


def _entry(cells: dict[str, str], defaults: Entry) -> Entry:
    given = {name: cells.get(name, "").strip() for name in COLUMNS}
    number = written(given["number"])
    if not number:
        raise BadEntry("has no number")
    can, reserved = given["capabilities"], given["reserved"]
    return msgspec.structs.replace(
        defaults,
        number=number,
        friendly_name=given["friendly_name"] or defaults.friendly_name,
        carrier=given["carrier"].lower() or defaults.carrier,
        capabilities=capabilities(can) if can else defaults.capabilities,
        service=given["service"] or defaults.service,
        reserved=flag(reserved) if reserved else defaults.reserved,
    )
