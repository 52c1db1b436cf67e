from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from maskline import __version__
from maskline.cli import program
from maskline.settings import default_toml
from tests.unit.cli.conftest import CommandLine


def test_version_and_config(maskline: CommandLine) -> None:
    assert maskline("version").out == f"{__version__}\n"
    assert maskline("--version").out == f"{__version__}\n"
    assert maskline("config").out == default_toml()


def test_help_names_every_command(maskline: CommandLine) -> None:
    shown = maskline("--help")
    assert shown.code == 0
    for name in ("serve", "worker", "demo", "doctor", "config", "version"):
        assert name in shown.out
    for name in ("accounts", "numbers", "pool", "migrate"):
        assert name in shown.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bogus",), "Unknown command"),
        (("accounts", "show", "--bogus"), "Unknown option"),
        (("serve", "--port", "http"), "--port"),
        (("serve", "--port", "70000"), "--port"),
        (("numbers", "import"), "file"),
    ],
)
def test_a_line_that_makes_no_sense(
    maskline: CommandLine, words: tuple[str, ...], says: str
) -> None:
    answer = maskline(*words)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert says.lower() in answer.err.lower()
    assert "--help" in answer.err
    assert answer.out == ""


def test_a_bug_says_no_more_than_its_kind(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise KeyError("+14155550100")

    monkeypatch.setattr(program, "default_toml", broken)
    answer = maskline("config")
    assert (answer.code, answer.out) == (1, "")
    assert "internal error (KeyError)" in answer.err
    assert "555" not in answer.err
    assert "--debug" in answer.err
    with pytest.raises(KeyError):
        maskline("--debug", "config")


def test_a_ctrl_c_is_no_traceback(maskline: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "default_toml", interrupted)
    assert maskline("config").code == 130


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)

        def print_and_flush() -> str:
            gone.write("text")
            gone.flush()
            return ""

        monkeypatch.setattr(program, "default_toml", print_and_flush)
        assert program.run(["config"]) == 141


@pytest.mark.parametrize("words", [("accounts", "list"), ("numbers", "list"), ("doctor",)])
def test_bad_settings_are_told_with_their_source(
    maskline: CommandLine, words: tuple[str, ...]
) -> None:
    Path("maskline.toml").write_text("prot = 1\n")
    answer = maskline(*words)
    assert answer.code == 1
    assert "maskline.toml:1" in answer.out + answer.err
    assert "Did you mean port" in answer.out + answer.err


def test_no_database_is_made_by_a_slip(maskline: CommandLine) -> None:
    answer = maskline("numbers", "list", "--database", "sqlite:///typo.db")
    assert answer.code == 1
    assert "there is no database at typo.db" in answer.err
    assert list(maskline.folder.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("migrate", "status"), ("accounts", "list")]
)
def test_a_postgresql_that_is_not_there(maskline: CommandLine, words: tuple[str, ...]) -> None:
    answer = maskline(*words, "--database", "postgresql://u:hunter2hunter2@127.0.0.1:1/x")
    assert answer.code == 1
    assert "the database can't be reached" in answer.err
    assert "database_url" in answer.err
    assert "hunter2" not in answer.err


def test_a_worker_beside_an_sqlite_server(maskline: CommandLine) -> None:
    answer = maskline("worker")
    assert answer.code == 1
    assert "a worker can't share an SQLite file" in answer.err
    assert not maskline.path.exists()


def test_more_workers_than_sqlite_takes(maskline: CommandLine) -> None:
    answer = maskline("serve", "--workers", "2")
    assert answer.code == 1
    assert "2 workers can't share an SQLite file" in answer.err
    assert not maskline.path.exists()
