"""Backups on the command line: what it says, and what it refuses."""

from __future__ import annotations

import fcntl
import re

import pytest

from maskline.store.migrate import newest_schema
from tests.unit.cli.conftest import CommandLine


def accounts(maskline: CommandLine) -> list[str]:
    return [one["friendly_name"] for one in maskline("accounts", "list", "--json").json]


def test_there_and_back(maskline: CommandLine) -> None:
    maskline("accounts", "add", "one")
    saved = maskline("backup", "backup.db")
    assert saved.code == 0
    assert re.fullmatch(rf"backup\.db: \d+\.\d MiB, schema {newest_schema()}, checked\n", saved.out)
    maskline("accounts", "add", "two")
    refused = maskline("restore", "backup.db")
    assert (refused.code, accounts(maskline)) == (1, ["one", "two"])
    assert "maskline.db is there already" in refused.err
    assert "--replace" in refused.err
    restored = maskline("restore", "backup.db", "--replace")
    assert (restored.code, accounts(maskline)) == (0, ["one"])
    found = re.search(r"what was there is now (\S+)", restored.out)
    assert found is not None
    aside = f"sqlite:///{found[1]}"
    names = maskline("accounts", "list", "--json", "--database", aside).json
    assert [one["friendly_name"] for one in names] == ["one", "two"]


def test_a_backup_is_not_overwritten(maskline: CommandLine) -> None:
    maskline("accounts", "add", "one")
    assert maskline("backup", "backup.db").code == 0
    before = (maskline.folder / "backup.db").read_bytes()
    answer = maskline("backup", "backup.db")
    assert answer.code == 1
    assert "backup.db is there already" in answer.err
    assert (maskline.folder / "backup.db").read_bytes() == before


def test_nothing_makes_nothing(maskline: CommandLine) -> None:
    assert maskline("backup", "backup.db").code == 1
    assert maskline("restore", "backup.db").code == 1
    assert not [one for one in maskline.folder.iterdir() if one.suffix == ".db"]


def test_a_server_s_database_is_not_replaced(maskline: CommandLine) -> None:
    maskline("accounts", "add", "one")
    maskline("backup", "backup.db")
    with maskline.path.with_name("maskline.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = maskline("restore", "backup.db", "--replace")
        assert answer.code == 1
        assert "another server runs" in answer.err
        assert maskline("backup", "another.db").code == 0


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_its_own(maskline: CommandLine, command: str, tool: str) -> None:
    database = "postgresql://maskline:hush@db.example.com/maskline"
    answer = maskline(command, "backup.db", "--database", database)
    assert answer.code == 1
    assert tool in answer.err
    assert "hush" not in answer.err
