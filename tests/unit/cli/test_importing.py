from __future__ import annotations

import pytest

from maskline.cli import importing
from maskline.cli.importing import Bad, Row
from maskline.cli.refusal import Refusal
from maskline.cli.stock import Entry
from maskline.model.number import Capability

DEFAULTS = Entry("", carrier="simulator")


def rows(text: str) -> list[Row | Bad]:
    return importing.parse(text, DEFAULTS).rows


def test_only_the_number_is_required() -> None:
    assert rows("number\n+14155550100\n") == [Row(2, Entry("+14155550100"))]


def test_every_column_is_read() -> None:
    found = rows(
        "number,friendly_name,carrier,capabilities,service,reserved\n"
        '+1 415 555 0100,"Front, desk",Simulator,"voice,sms",rides,yes\n'
    )
    can = int(Capability.VOICE | Capability.SMS)
    assert found == [
        Row(2, Entry("+14155550100", "Front, desk", "simulator", can, "rides", reserved=True))
    ]


def test_empty_cells_mean_the_options() -> None:
    defaults = Entry("", "desk", "simulator", int(Capability.SMS), "rides", reserved=True)
    sheet = importing.parse("number,service,reserved\n+14155550100,,\n", defaults)
    assert sheet.rows == [
        Row(2, Entry("+14155550100", "desk", "simulator", 2, "rides", reserved=True))
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    text = end.join([f"Number{delimiter}Name", f"+14155550100{delimiter}Desk", ""])
    assert rows(text) == [Row(2, Entry("+14155550100", "Desk"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = importing.decode("number,name\n+14155550100,Zürich\n".encode(encoding))
    assert rows(text) == [Row(2, Entry("+14155550100", "Zürich"))]


def test_empty_lines_are_passed_over_and_counted() -> None:
    found = rows("\nnumber\n\n+14155550100\n ,\n+14155550111\n")
    assert [row.line for row in found] == [4, 6]


def test_bad_rows_are_told_by_line() -> None:
    found = rows(
        "number,capabilities,reserved\n"
        "+14155550100,fly,\n"
        ",voice,\n"
        "+14155550111,,perhaps\n"
        "+14155550122,sms,no,extra\n"
        "+14155550133\n"
        "+1 415 555 0133,,\n"
    )
    assert [(row.line, row.reason) for row in found if isinstance(row, Bad)] == [
        (2, "capabilities are voice, sms, mms and fax, not fly"),
        (3, "has no number"),
        (4, "reserved is true or false"),
        (5, "has more fields than the first line names"),
        (7, "+14155550133 stands in line 6 already"),
    ]
    assert [row.line for row in found if isinstance(row, Row)] == [6]


def test_a_row_over_several_lines_counts_from_its_first() -> None:
    found = rows('number,name\n+14155550100,"a\nb"\n,\n,x\n')
    assert [row.line for row in found] == [2, 5]


def test_what_is_no_csv_is_told_by_line() -> None:
    found = rows("number\n" + "x" * 200_000 + "\n+14155550100\n")
    assert isinstance(found[0], Bad)
    assert (found[0].line, "no CSV" in found[0].reason) == (2, True)
    assert found[-1] == Row(3, Entry("+14155550100"))


def test_unknown_columns_are_named() -> None:
    assert importing.parse("number,colour\n+14155550100,red\n", DEFAULTS).ignored == ["colour"]


@pytest.mark.parametrize(
    "text", ["", "+14155550100\n", "name,carrier\nx,y\n", "number,phone_number\n1,2\n"]
)
def test_without_one_number_column_nothing_is_read(text: str) -> None:
    with pytest.raises(Refusal, match="first line"):
        rows(text)
