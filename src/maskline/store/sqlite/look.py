"""A look at an SQLite file that changes nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from maskline.model.finding import Finding, bad, ok, warn
from maskline.store.contract import StoreUnavailable
from maskline.store.repositories.overview import Overview
from maskline.store.sql import load
from maskline.store.sqlite.connection import is_compatible
from maskline.store.sqlite.executor import SqliteExecutor, drive

T = TypeVar("T")

#: Seconds to wait for another program's lock.
_TIMEOUT: Final = 2.0
_MIB: Final = 1_048_576
#: Below these the disk counts as nearly full, and as full.
_LITTLE: Final = 1024 * _MIB
_TOO_LITTLE: Final = 100 * _MIB
_ADVISED_MODE: Final = 0o600


class SqliteLook:
    """A file, or the lack of one."""

    for_one_process = True

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """Its path."""
        return str(self._path)

    def exists(self) -> bool:
        """Whether there is such a file."""
        return self._path.exists()

    def is_served(self) -> bool:
        """Whether a server holds its lock."""
        try:
            lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(lock)
        return False

    def schema_version(self) -> int:
        """What its header says; 0 for an empty file, or none."""
        if not self.exists():
            return 0
        return self._within(
            lambda connection: int(connection.execute("PRAGMA user_version").fetchone()[0])
        )

    def is_compatible(self, version: int) -> bool:
        """What its table of such steps says."""
        return self._within(lambda connection: is_compatible(connection, version))

    def ask(self, question: Callable[[Overview], Awaitable[T]]) -> T:
        """What is in it."""
        return self._within(
            lambda connection: drive(question(Overview(SqliteExecutor(connection, load("sqlite")))))
        )

    def findings(self) -> Iterator[Finding]:
        """Whether it can be read and written, by whom, and whether there is room for more."""
        folder = next(parent for parent in self._path.absolute().parents if parent.exists())
        if not os.access(folder, os.W_OK | os.X_OK):
            yield bad(
                "database",
                f"this user can't write in {folder}",
                "Change who owns the folder, or give another with --database sqlite:///PATH.",
            )
        elif not self.exists():
            yield ok("database", f"{self._path} does not exist yet: the first start makes it")
        else:
            yield self._access()
            yield from self._mode()
        yield _space(folder)

    def _access(self) -> Finding:
        size = f"{self._path.stat().st_size / _MIB:.1f} MiB"
        served = "a server runs on it" if self.is_served() else "no server runs on it"
        try:
            self.schema_version()
        except StoreUnavailable as error:
            return bad(
                "database",
                str(error),
                "Restore a backup (maskline restore FILE), or name another file.",
            )
        if reason := self._why_not_writable():
            return bad(
                "database",
                f"{self._path} takes no writes: {reason}",
                "Close other programs that hold it, or change who may write it.",
            )
        return ok("database", f"{self._path}, {size}, {served}")

    def _mode(self) -> Iterator[Finding]:
        mode = stat.S_IMODE(self._path.stat().st_mode)
        if mode & ~_ADVISED_MODE:
            yield warn(
                "file mode",
                f"others may read the database (mode {mode:03o}), which holds tokens and messages",
                f"chmod 600 {self._path}",
            )

    def _why_not_writable(self) -> str:
        """Why a transaction that writes can't begin; "" when one can. It is undone at once."""
        try:
            connection = self._open("rw")
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            finally:
                connection.close()
        except sqlite3.Error as error:
            return str(error)
        return ""

    def _within(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._open("ro")
            try:
                return work(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"can't read the database: {error}") from error

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_TIMEOUT, isolation_level=None)


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    says = f"{free / _MIB / 1024:.1f} GiB free"
    if free < _TOO_LITTLE:
        return bad("disk", says, "Free some space: without it nothing can be stored.")
    if free < _LITTLE:
        return warn("disk", says, "Free some space: when it is full nothing can be stored.")
    return ok("disk", says)
