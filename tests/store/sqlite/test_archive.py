"""Backups of an SQLite file: whole, never over another file, never under a server."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from maskline.settings import SqliteSettings
from maskline.store.contract import SchemaTooNew, StoreUnavailable
from maskline.store.migrate import newest_schema
from maskline.store.sqlite import SqliteArchive, SqliteStore


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "maskline.db"
    store = SqliteStore(path, SqliteSettings())
    await store.open()
    await store.close()
    mark(path, "first")
    return path


def mark(path: Path, name: str) -> None:
    """Leaves a trace that a copy must have."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS marks (name TEXT)")
        connection.execute("INSERT INTO marks VALUES (?)", (name,))
    connection.close()


def marks(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    found = [name for (name,) in connection.execute("SELECT name FROM marks ORDER BY rowid")]
    connection.close()
    return found


def quiet(done: int, whole: int) -> None:
    assert 0 <= done <= whole


def test_a_copy_is_whole_and_for_its_owner_alone(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    seen: list[tuple[int, int]] = []
    schema = SqliteArchive(database).save(target, lambda done, whole: seen.append((done, whole)))
    assert schema == newest_schema()
    assert marks(target) == ["first"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert seen[-1][0] == seen[-1][1] > 0
    assert sorted(one.name for one in tmp_path.glob("backup*")) == ["backup.db"]


def test_a_copy_is_of_one_moment_while_others_write(database: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("CREATE TABLE big (data BLOB)")
        connection.executemany("INSERT INTO big VALUES (?)", [(os.urandom(65536),)] * 200)
    connection.close()
    words = 0

    def tell(done: int, whole: int) -> None:
        nonlocal words
        words += 1
        writer = threading.Thread(target=mark, args=(database, f"meanwhile {words}"))
        writer.start()
        writer.join()

    SqliteArchive(database).save(tmp_path / "backup.db", tell)
    # Had the copy begun anew at each commit, it would have come to no end.
    assert words > 2
    assert marks(tmp_path / "backup.db") == ["first"]
    assert len(marks(database)) == words + 1


def test_no_file_is_overwritten(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("precious")
    with pytest.raises(FileExistsError):
        SqliteArchive(database).save(target, quiet)

    def taken(done: int, whole: int) -> None:
        (tmp_path / "other.db").write_text("precious")

    with pytest.raises(FileExistsError):
        SqliteArchive(database).save(tmp_path / "other.db", taken)
    assert target.read_text() == (tmp_path / "other.db").read_text() == "precious"
    assert not list(tmp_path.glob("*.part"))


def test_a_damaged_database_makes_no_backup(database: Path, tmp_path: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(StoreUnavailable, match="malformed"):
        SqliteArchive(database).save(tmp_path / "backup.db", quiet)
    assert not list(tmp_path.glob("backup*"))


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_database_is_neither_saved_nor_restored(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    with pytest.raises(StoreUnavailable):
        SqliteArchive(other).save(tmp_path / "backup.db", quiet)
    with pytest.raises(StoreUnavailable):
        SqliteArchive(tmp_path / "maskline.db").load(other, quiet)
    assert not (tmp_path / "maskline.db").exists()


def test_what_is_not_there(tmp_path: Path) -> None:
    archive = SqliteArchive(tmp_path / "maskline.db")
    with pytest.raises(StoreUnavailable, match="there is no database"):
        archive.save(tmp_path / "backup.db", quiet)
    with pytest.raises(FileNotFoundError):
        archive.load(tmp_path / "backup.db", quiet)


def test_a_restored_database_takes_no_other_s_log(database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    SqliteArchive(database).save(backup, quiet)
    elsewhere = tmp_path / "elsewhere" / "maskline.db"
    elsewhere.parent.mkdir()
    elsewhere.with_name("maskline.db-wal").write_bytes(database.read_bytes())
    assert SqliteArchive(elsewhere).load(backup, quiet) is None
    assert marks(elsewhere) == ["first"]


def test_a_database_that_is_there_is_put_aside_with_its_log(database: Path, tmp_path: Path) -> None:
    archive = SqliteArchive(database)
    archive.save(tmp_path / "backup.db", quiet)
    # Left as a crash leaves it: what was committed last stands in the log alone.
    holder = sqlite3.connect(database)
    holder.execute("SELECT 1 FROM marks").fetchall()
    mark(database, "second")
    assert database.with_name("maskline.db-wal").stat().st_size > 0
    with pytest.raises(FileExistsError):
        archive.load(tmp_path / "backup.db", quiet)
    assert marks(database) == ["first", "second"]
    aside = archive.load(tmp_path / "backup.db", quiet, replace=True)
    holder.close()
    assert aside is not None
    assert marks(aside) == ["first", "second"]
    assert marks(database) == ["first"]


def test_a_backup_of_a_newer_version_is_not_restored(database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    SqliteArchive(database).save(backup, quiet)
    connection = sqlite3.connect(backup)
    connection.execute(f"PRAGMA user_version = {newest_schema() + 1}")
    connection.close()
    with pytest.raises(SchemaTooNew):
        SqliteArchive(database).load(backup, quiet, replace=True)
    assert marks(database) == ["first"]
    assert not list(tmp_path.glob("*.restored*"))


async def test_nothing_is_restored_under_a_server(database: Path, tmp_path: Path) -> None:
    archive = SqliteArchive(database)
    archive.save(tmp_path / "backup.db", quiet)
    store = SqliteStore(database, SqliteSettings(), serving=True)
    await store.open()
    try:
        with pytest.raises(StoreUnavailable, match="another server runs"):
            archive.load(tmp_path / "backup.db", quiet, replace=True)
    finally:
        await store.close()


def test_a_file_system_without_second_names(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    SqliteArchive(database).save(tmp_path / "backup.db", quiet)
    assert marks(tmp_path / "backup.db") == ["first"]
