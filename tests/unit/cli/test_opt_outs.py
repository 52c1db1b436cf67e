from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from maskline.env import Env
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine, Typed

NUMBER = "+14155550100"
OTHER = "+14155550111"
ALICE = "+12125551234"
BOB = "+13055551234"


@pytest.fixture(autouse=True)
def stocked(maskline: CommandLine, account: dict[str, str]) -> None:
    """Two numbers of the account."""
    assert maskline("numbers", "add", NUMBER, OTHER).code == 0


def listed(maskline: CommandLine, *words: str) -> list[dict[str, str | None]]:
    """The list, in full, oldest first."""
    typed = maskline("optouts", "list", "--show-numbers", "--json", *words)
    assert typed.code == 0, typed.err
    rows: list[dict[str, str | None]] = typed.json["opt_outs"]
    return rows[::-1]


def pairs(maskline: CommandLine, *words: str) -> list[tuple[str | None, str | None]]:
    """Who opted out from what, oldest first."""
    return [(row["person"], row["sender"]) for row in listed(maskline, *words)]


def written(text: str, name: str = "file.csv") -> str:
    """A file."""
    Path(name).write_text(text, "utf-8")
    return name


def no_number_in(typed: Typed, *numbers: str) -> bool:
    """Whether a command kept people's numbers to itself."""
    return not any(number in typed.out + typed.err for number in numbers)


def test_add_and_list(maskline: CommandLine) -> None:
    typed = maskline(
        "optouts", "add", "+1 (212) 555-1234", BOB, "--sender", NUMBER, "--date", "2024-01-02"
    )
    assert typed.code == 0
    assert typed.out == "+1212555XXXX: opted out\n+1305555XXXX: opted out\n"
    alice, bob = listed(maskline)
    assert (alice["person"], bob["person"]) == (ALICE, BOB)
    assert alice["sender"] == NUMBER
    assert (alice["source"], alice["detail"]) == ("cli", "")
    assert alice["date_of_consent"] == "2024-01-02T00:00:00Z"
    again = maskline("optouts", "add", ALICE, "--sender", NUMBER)
    assert again.out == "+1212555XXXX: had opted out already\n"
    assert listed(maskline) == [alice, bob]


def test_numbers_of_people_are_masked_until_asked_for(maskline: CommandLine) -> None:
    maskline("optouts", "add", ALICE, "--sender", NUMBER)
    for words in ((), ("--json",)):
        typed = maskline("optouts", "list", *words)
        assert no_number_in(typed, ALICE)
        assert "+1212555XXXX" in typed.out
        assert NUMBER in typed.out
        assert ALICE in maskline("optouts", "list", "--show-numbers", *words).out


def test_a_list_is_narrowed_and_goes_on(maskline: CommandLine) -> None:
    maskline("optouts", "add", ALICE, BOB, "--sender", NUMBER)
    maskline("optouts", "add", ALICE, "--sender", OTHER)
    assert pairs(maskline, "--person", ALICE) == [(ALICE, NUMBER), (ALICE, OTHER)]
    assert pairs(maskline, "--sender", NUMBER) == [(ALICE, NUMBER), (BOB, NUMBER)]
    assert pairs(maskline, "--source", "keyword") == []
    assert len(pairs(maskline, "--source", "cli")) == 3
    first = maskline("optouts", "list", "--limit", "2", "--json").json
    rest = maskline("optouts", "list", "--limit", "2", "--json", "--after", first["next"]).json
    assert [len(page["opt_outs"]) for page in (first, rest)] == [2, 1]
    assert rest["next"] is None
    assert f"--after {first['next']}" in maskline("optouts", "list", "--limit", "2").err


def test_from_a_whole_service(maskline: CommandLine) -> None:
    service = maskline.service("rides")
    assert maskline("optouts", "add", ALICE, "--sender", service.sid).code == 0
    assert pairs(maskline, "--sender", service.sid) == [(ALICE, service.sid)]
    assert maskline("optouts", "remove", ALICE, "--sender", service.sid).code == 0
    assert pairs(maskline) == []


def test_remove(maskline: CommandLine) -> None:
    maskline("optouts", "add", ALICE, BOB, "--sender", NUMBER)
    maskline("optouts", "add", ALICE, "--sender", OTHER)
    alice, *_ = listed(maskline)
    assert maskline("optouts", "remove", str(alice["sid"])).out == "removed 1\n"
    assert pairs(maskline) == [(BOB, NUMBER), (ALICE, OTHER)]
    typed = maskline("optouts", "remove", BOB, ALICE, "--sender", NUMBER)
    assert typed.code == 1
    assert "1 of 2 are not on the list" in typed.err
    assert no_number_in(typed, ALICE, BOB)
    assert len(pairs(maskline)) == 2
    assert maskline("optouts", "remove", "+1 305 555 1234", "--sender", NUMBER).code == 0
    assert pairs(maskline) == [(ALICE, OTHER)]


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("add", "--sender", NUMBER), 2, "no person was given"),
        (("add", "2125551234", "--sender", NUMBER), 2, "begins with +"),
        (("add", ALICE, "--sender", NUMBER, "--date", "soon"), 2, "must be a date"),
        (("add", ALICE, "--sender", NUMBER, "--date", "2999-01-01"), 2, "in the future"),
        (("add", ALICE, "--sender", "+14155550199"), 1, "has no number or service"),
        (("add", ALICE, "--sender", "KS" + "0" * 32), 1, "has no number or service"),
        (("remove",), 2, "no opt-out was given"),
        (("remove", ALICE), 2, "named by its SID"),
        (("remove", "OO" + "0" * 32), 1, "1 of 1 are not on the list"),
    ],
)
def test_what_is_refused(
    maskline: CommandLine, words: tuple[str, ...], code: int, why: str
) -> None:
    typed = maskline("optouts", *words)
    assert (typed.code, why in typed.err) == (code, True), typed.err
    assert pairs(maskline) == []


def test_what_is_exported_can_be_imported(maskline: CommandLine) -> None:
    maskline("optouts", "add", ALICE, BOB, "--sender", NUMBER, "--date", "2024-01-02")
    maskline("optouts", "add", ALICE, "--sender", OTHER)
    typed = maskline("optouts", "export", "out.csv")
    assert typed.out == "wrote 3 opt-outs to out.csv\n"
    assert stat.S_IMODE(Path("out.csv").stat().st_mode) == 0o600
    text = Path("out.csv").read_text("utf-8")
    assert maskline("optouts", "export").out == text
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == ["person", "sender", "date_of_consent", "source", "detail"]
    assert len(maskline("optouts", "export", "--sender", OTHER).out.splitlines()) == 2

    before = pairs(maskline)
    for row in listed(maskline):
        maskline("optouts", "remove", str(row["sid"]))
    typed = maskline("optouts", "import", "out.csv")
    assert typed.out == "imported 3 opt-outs\n"
    assert sorted(pairs(maskline)) == sorted(before)
    assert {row["date_of_consent"] for row in listed(maskline, "--sender", NUMBER)} == {
        "2024-01-02T00:00:00Z"
    }
    assert maskline("optouts", "import", "out.csv").out == (
        "imported 0 opt-outs, 3 had opted out already\n"
    )


def test_an_export_of_many_is_whole(maskline: CommandLine) -> None:
    lines = [f"+1212555{line:04d};{NUMBER}" for line in range(2100)]
    file = written("\n".join(["person;sender", *lines]))
    assert maskline("optouts", "import", file).code == 0
    found = maskline("optouts", "export").out.splitlines()[1:]
    assert sorted(line.partition(",")[0] for line in found) == sorted(
        line.partition(";")[0] for line in lines
    )


def test_columns_of_other_names_and_a_sender_for_all(maskline: CommandLine) -> None:
    file = written(f"Contact ID,Date,Detail\n{ALICE},2024-01-02,by letter\n\n+1 305 555 1234,,\n")
    typed = maskline("optouts", "import", file, "--sender", NUMBER, "--json")
    assert typed.json == {"imported": 2, "known": 0, "bad": []}
    alice, bob = listed(maskline)
    assert (alice["person"], alice["detail"]) == (ALICE, "by letter")
    assert (bob["person"], bob["sender"]) == (BOB, NUMBER)


def test_a_bad_row_keeps_all_from_being_stored(maskline: CommandLine) -> None:
    file = written(
        "person,sender,date_of_consent,detail\n"
        f"{ALICE},{NUMBER},,\n"
        f"bob,{NUMBER},,\n"
        f"{BOB},,,\n"
        f"{BOB},+14155550199,,\n"
        f"{BOB},{NUMBER},soon,\n"
        f"{BOB},{NUMBER},,{'x' * 65}\n"
    )
    typed = maskline("optouts", "import", file)
    assert typed.code == 1
    for line, why in (
        (3, "begins with +"),
        (4, "has no sender"),
        (5, "has no number or service"),
        (6, "must be a date"),
        (7, "more than 64 characters"),
    ):
        assert any(f"line {line}:" in one and why in one for one in typed.err.splitlines())
    assert "nothing was imported" in typed.err
    assert pairs(maskline) == []

    typed = maskline("optouts", "import", file, "--skip-bad")
    assert (typed.code, typed.out) == (0, "imported 1 opt-outs, 5 bad rows left out\n")
    assert pairs(maskline) == [(ALICE, NUMBER)]
    assert len(maskline("optouts", "import", file, "--json").json["bad"]) == 5


def test_a_file_without_its_column(maskline: CommandLine) -> None:
    typed = maskline("optouts", "import", written("who,sender\n"))
    assert typed.code == 1
    assert "one of them must be person" in typed.err


def test_a_number_without_the_filter(maskline: CommandLine) -> None:
    async def flag(_: Env, tx: Transaction) -> bool | None:
        number = await tx.numbers.by_number(NUMBER)
        assert number is not None
        return (await tx.numbers.hooks(number.sid)).sms_stop_filter

    for word, value in (("off", False), ("on", True), ("default", None)):
        typed = maskline("numbers", "set", NUMBER, "--sms-stop-filter", word)
        assert typed.code == 0, typed.err
        assert f"{NUMBER}: STOP filter {word}" in typed.out
        assert maskline.transact(flag) is value
    assert maskline("numbers", "set", "+14155550199", "--sms-stop-filter", "on").code == 1
