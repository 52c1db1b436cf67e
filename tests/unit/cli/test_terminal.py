from __future__ import annotations

import pytest

from maskline.cli import terminal


def test_a_program_gets_tabs_and_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table(("a", "b"), [("1", "two\twords"), ("3", "a\nb")])
    assert capsys.readouterr().out == "a\tb\n1\ttwo words\n3\ta b\n"


def test_a_person_gets_a_table_whose_cells_are_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    sid = "AC" + "0123456789abcdef" * 2
    terminal.table(("name", "SID"), [("first", sid)])
    out = capsys.readouterr().out
    assert "\x1b[1m" in out
    assert "…" not in out
    assert sid[-4:] in out


def test_no_color_is_honoured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.say("well", "green")
    assert "32m" not in capsys.readouterr().out


def test_lines_are_never_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal.say("curl " + "x" * 100)
    assert capsys.readouterr().out == "curl " + "x" * 100 + "\n"


def test_square_brackets_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say("[red]a[/red]")
    terminal.complain("[b]what[/b]", "[i]do[/i]")
    captured = capsys.readouterr()
    assert captured.out == "[red]a[/red]\n"
    assert captured.err == "error: [b]what[/b]\n       [i]do[/i]\n"


def test_facts_stand_in_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.facts([("SID", "AC1"), ("status", "active")])
    assert capsys.readouterr().out == "SID     AC1\nstatus  active\n"


def test_a_document_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.document({"number": "+14155550100"})
    assert capsys.readouterr().out == '{\n  "number": "+14155550100"\n}\n'
