from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import CommandLine

ONE, TWO, THREE = "+14155550100", "+14155550111", "+14155550122"


@pytest.fixture(autouse=True)
def _account(account: dict[str, str]) -> None:
    """Every test has an account."""


def numbers(maskline: CommandLine, *words: str) -> list[str]:
    found = maskline("numbers", "list", "--json", *words).json["numbers"]
    return [one["number"] for one in found]


def sheet(text: str) -> str:
    Path("numbers.csv").write_text(text)
    return "numbers.csv"


def test_numbers_are_added_and_listed(maskline: CommandLine) -> None:
    answer = maskline("numbers", "add", ONE, "+1 (415) 555-0111", "--capabilities", "sms")
    assert answer.code == 0
    assert ONE in answer.out
    assert TWO in answer.out
    assert numbers(maskline) == [TWO, ONE]
    table = maskline("numbers", "list").out
    assert table.splitlines()[1].split("\t")[:4] == [TWO, "(415) 555-0111", "sms", "simulator"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((ONE, "+1415555010"), "+1415555010: the number is not valid"),
        ((ONE, ONE), "is in the inventory already"),
        ((ONE, "--carrier", "pigeon"), "there is no carrier pigeon"),
        ((ONE, "--service", "none"), "the account has no Service none"),
        ((ONE, "--capabilities", "fly"), "not fly"),
    ],
)
def test_all_are_added_or_none(maskline: CommandLine, words: tuple[str, ...], says: str) -> None:
    answer = maskline("numbers", "add", *words)
    assert answer.code == 1
    assert says in answer.err
    assert "Nothing was added" in answer.err
    assert numbers(maskline) == []


@pytest.mark.parametrize(
    "words", [(), ("12345", "--short-code"), (ONE, "--country", "US"), (ONE, "--reserved")]
)
def test_options_that_do_not_go_together(maskline: CommandLine, words: tuple[str, ...]) -> None:
    assert maskline("numbers", "add", *words).code == 2


def test_a_number_of_another_account(maskline: CommandLine) -> None:
    other = maskline("accounts", "add", "Other", "--json").json["sid"]
    maskline("numbers", "add", ONE, "--account", "Other")
    assert f"belongs to the account {other}" in maskline("numbers", "add", ONE).err
    assert numbers(maskline, "--account", "Other") == [ONE]
    assert numbers(maskline) == []


def test_a_number_joins_a_pool_at_once(maskline: CommandLine) -> None:
    service = maskline.service("rides")
    maskline("numbers", "add", ONE, "--service", "rides", "--reserved")
    maskline("numbers", "add", TWO, "--service", service.sid)
    maskline("numbers", "add", THREE)
    assert numbers(maskline, "--service", "rides") == [TWO, ONE]
    lines = maskline("numbers", "list", "--service", "rides").out.splitlines()
    assert lines[2].split("\t")[4:7] == ["rides", "yes", "0"]


def test_short_codes(maskline: CommandLine) -> None:
    maskline.service("rides")
    answer = maskline(
        "numbers", "add", "12345", "--short-code", "--country", "US", "--service", "rides"
    )
    assert answer.code == 0
    assert numbers(maskline) == []
    assert numbers(maskline, "--short-codes", "--service", "rides") == ["12345"]


def test_pages(maskline: CommandLine) -> None:
    maskline("numbers", "add", ONE, TWO, THREE)
    first = maskline("numbers", "list", "--limit", "2", "--json").json
    assert [one["number"] for one in first["numbers"]] == [THREE, TWO]
    second = maskline("numbers", "list", "--after", first["next"], "--json").json
    assert [one["number"] for one in second["numbers"]] == [ONE]
    assert second["next"] is None
    assert f"--after {first['next']}" in maskline("numbers", "list", "--limit", "2").err
    assert maskline("numbers", "list", "--limit", "0").code == 2


def test_a_sheet_is_imported(maskline: CommandLine) -> None:
    maskline.service("rides")
    file = sheet(f"number;name;service;reserved;note\n{ONE};Desk;rides;yes;x\n{TWO};;;;\n")
    answer = maskline("numbers", "import", file)
    assert (answer.code, answer.out) == (0, "imported 2 numbers\n")
    assert "ignored: note" in answer.err
    assert numbers(maskline) == [TWO, ONE]
    assert numbers(maskline, "--service", "rides") == [ONE]


def test_a_bad_row_keeps_all_out(maskline: CommandLine) -> None:
    maskline("numbers", "add", THREE)
    file = sheet(f"number,service\n{ONE},\n+1415,\n{ONE},\n{THREE},\n{TWO},none\n")
    answer = maskline("numbers", "import", file)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        "line 3: the number is not valid in its numbering plan",
        f"line 4: {ONE} stands in line 2 already",
        f"line 5: {THREE} is in the inventory already",
        "line 6: the account has no Service none",
        "error: 4 bad rows, so that nothing was imported",
        "       Correct them, or import the others with --skip-bad.",
    ]
    assert numbers(maskline) == [THREE]


def test_bad_rows_can_be_left_out(maskline: CommandLine) -> None:
    file = sheet(f"number\n{ONE}\n+1415\n")
    answer = maskline("numbers", "import", file, "--skip-bad")
    assert (answer.code, answer.out) == (0, "imported 1 numbers, 1 bad rows left out\n")
    assert "line 3: " in answer.err
    assert numbers(maskline) == [ONE]


def test_a_row_whose_pool_is_full_leaves_nothing_behind(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKLINE_LIMITS_UNRESERVED_NUMBERS", "1")
    maskline.service("rides")
    file = sheet(f"number\n{ONE}\n{TWO}\n")
    answer = maskline("numbers", "import", file, "--service", "rides", "--skip-bad", "--json")
    assert answer.json["imported"] == 1
    assert answer.json["bad"][0]["line"] == 3
    assert "80622" in answer.json["bad"][0]["reason"]
    assert numbers(maskline) == [ONE]


def test_a_long_list_of_mistakes_is_cut(maskline: CommandLine) -> None:
    file = sheet("number\n" + "+1415\n+1416\n" + "".join(f"+1{n}\n" for n in range(200, 260)))
    answer = maskline("numbers", "import", file)
    assert "and 12 more lines" in answer.err
    assert len(maskline("numbers", "import", file, "--json").json["bad"]) == 62


def test_a_file_that_is_not_there(maskline: CommandLine) -> None:
    answer = maskline("numbers", "import", "none.csv")
    assert answer.code == 1
    assert answer.err.startswith("error: none.csv: No such file or directory")


def test_import_options_are_checked_too(maskline: CommandLine) -> None:
    assert maskline("numbers", "import", sheet("number\n"), "--capabilities", "fly").code == 2
