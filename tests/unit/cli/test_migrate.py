from __future__ import annotations

import fcntl
import sqlite3

import pytest

from maskline.store.migrate import migrations
from tests.unit.cli.conftest import CommandLine

NEWEST = len(migrations("sqlite"))


def set_version(maskline: CommandLine, version: int) -> None:
    with sqlite3.connect(maskline.path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_status_of_nothing_makes_nothing(maskline: CommandLine) -> None:
    answer = maskline("migrate", "status")
    assert answer.code == 1
    assert "0001 core" in answer.out
    assert not maskline.path.exists()


def test_up_makes_and_says_what_it_did(maskline: CommandLine) -> None:
    answer = maskline("migrate", "up")
    assert answer.code == 0
    assert "done: 0001 core" in answer.out
    assert "as before" in maskline("migrate", "up").out
    assert maskline("migrate", "status", "--json").json == {
        "schema": NEWEST,
        "newest": NEWEST,
        "pending": [],
    }


@pytest.mark.parametrize("words", [("migrate", "status"), ("migrate", "up"), ("numbers", "list")])
def test_a_newer_database_is_left_alone(maskline: CommandLine, words: tuple[str, ...]) -> None:
    maskline("migrate", "up")
    set_version(maskline, NEWEST + 1)
    answer = maskline(*words)
    assert answer.code == 1
    assert "start the newer version" in answer.err.lower()


def test_no_migration_under_a_running_server(maskline: CommandLine) -> None:
    maskline("migrate", "up")
    with (maskline.folder / "maskline.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = maskline("migrate", "up")
    assert answer.code == 1
    assert "a server runs on this database" in answer.err


def test_a_database_a_step_ahead_that_only_adds_is_used(maskline: CommandLine) -> None:
    maskline("migrate", "up")
    maskline("accounts", "add", "Acme")
    with sqlite3.connect(maskline.path) as connection:
        connection.execute("INSERT INTO compatible_steps VALUES (?)", (NEWEST + 1,))
    connection.close()
    set_version(maskline, NEWEST + 1)
    answer = maskline("migrate", "status")
    assert answer.code == 0
    assert "a step ahead" in answer.out
    status = {"schema": NEWEST + 1, "newest": NEWEST, "pending": []}
    assert maskline("migrate", "status", "--json").json == status
    assert "as before" in maskline("migrate", "up").out
    assert "Acme" in maskline("accounts", "list").out
