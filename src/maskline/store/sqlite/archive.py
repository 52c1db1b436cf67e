"""Backups of an SQLite file, made beside a server, and put back."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from maskline.store.contract import SchemaTooNew, StoreUnavailable
from maskline.store.migrate import newest_schema

#: Told how many pages are copied, and how many there are.
Progress = Callable[[int, int], None]

#: Pages between two words of progress.
_STEP: Final = 1024
_BESIDE: Final = ("-wal", "-shm")


class SqliteArchive:
    """Copies of one database. All raise StoreUnavailable for what SQLite can't do, and OSError for
    what the file system can't."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The database's path."""
        return str(self._path)

    def save(self, target: Path, tell: Progress) -> int:
        """Writes what is committed at this moment to a new file, and returns its schema.

        A server may run meanwhile: it is not held up, but its write-ahead log grows until this is
        done. The file is there once it is whole and was checked, and never in place of another.
        Raises FileExistsError.
        """
        if not self._path.exists():
            raise StoreUnavailable(f"there is no database at {self._path}")
        return _copy(self._path, target, tell)

    def load(self, source: Path, tell: Progress, *, replace: bool = False) -> Path | None:
        """Makes a backup the database. With `replace` one that is there already is put aside, and
        its new path returned.

        Raises FileExistsError when there is one, SchemaTooNew when the backup is of a newer
        version, and StoreUnavailable when a server runs on the database.
        """
        if not source.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._path.exists() and not replace:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))
            fresh = _beside(self._path, ".restored")
            # What an attempt that was killed left behind.
            for left in (fresh, _beside(fresh, ".part")):
                left.unlink(missing_ok=True)
            found = _copy(source, fresh, tell)
            if found > newest_schema():
                fresh.unlink()
                raise SchemaTooNew(
                    f"the backup has schema {found}, this program knows {newest_schema()}: "
                    "restore it with the newer version"
                )
            aside = self._put_aside() if self._path.exists() else None
            # A log that was left behind would be taken for the new file's.
            for ending in _BESIDE:
                _beside(self._path, ending).unlink(missing_ok=True)
            fresh.rename(self._path)
            _sync(self._path.parent)
        return aside

    def _put_aside(self) -> Path:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        aside = _beside(self._path, f".before-{stamp}")
        if aside.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(aside))
        # The log first: it belongs to the file, and holds what was committed last.
        for ending in _BESIDE:
            with contextlib.suppress(FileNotFoundError):
                _beside(self._path, ending).rename(_beside(aside, ending))
        self._path.rename(aside)
        return aside

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the file's lock, as a server does."""
        lock = os.open(_beside(self._path, ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreUnavailable(
                    "another server runs on this database file: stop it first"
                ) from error
            yield
        finally:
            os.close(lock)


def _copy(source: Path, target: Path, tell: Progress) -> int:
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    part = _beside(target, ".part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        try:
            schema = _written(source, part, tell)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"can't copy {source}: {error}") from error
        _sync(part)
        _put(part, target)
    finally:
        part.unlink(missing_ok=True)
    _sync(target.parent)
    return schema


def _put(part: Path, target: Path) -> None:
    """Gives a file its name, without replacing what somebody else put there meanwhile."""
    try:
        os.link(part, target)
    except OSError as error:
        # Some file systems know no second name for a file.
        if error.errno not in (errno.EPERM, errno.ENOTSUP) or target.exists():
            raise
        part.rename(target)


def _written(source: Path, part: Path, tell: Progress) -> int:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    writing = sqlite3.connect(part, isolation_level=None)
    try:
        reading.isolation_level = None
        # One snapshot for all steps: else each commit of the server would begin the copy anew.
        reading.execute("BEGIN")
        schema = int(reading.execute("PRAGMA user_version").fetchone()[0])
        if schema == 0:
            raise StoreUnavailable(f"{source} is no database of Maskline's")
        reading.backup(
            writing, pages=_STEP, progress=lambda _, left, whole: tell(whole - left, whole), sleep=0
        )
        # The copy is one file, with no log beside it.
        writing.execute("PRAGMA journal_mode = DELETE")
        _check(writing)
    finally:
        writing.close()
        reading.close()
    return schema


def _check(connection: sqlite3.Connection) -> None:
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise StoreUnavailable(f"the copy is malformed: {said}")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreUnavailable("the copy is malformed: a record refers to one that is not there")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _sync(path: Path) -> None:
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
