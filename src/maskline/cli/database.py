"""A look at an SQLite file that changes nothing: no migration, no new file, no lock."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from maskline.settings import Settings
from maskline.store.contract import StoreUnavailable
from maskline.store.migrate import migrations

_PREFIX: Final = "sqlite:///"
#: Seconds to wait for another program's lock.
_TIMEOUT: Final = 2.0


def path_of(settings: Settings) -> Path:
    """The file that `database_url` names."""
    return Path(settings.database_url.removeprefix(_PREFIX)).expanduser()


def newest_schema() -> int:
    """The schema that this program writes."""
    return len(migrations("sqlite"))


def schema_version(path: Path) -> int:
    """The schema of an existing file; 0 for an empty one. Raises StoreUnavailable."""
    return int(query(path, "PRAGMA user_version")[0][0])


def query(path: Path, statement: str, *args: Any) -> Sequence[Sequence[Any]]:
    """All rows of a statement that reads. Raises StoreUnavailable."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT
        )
        try:
            return connection.execute(statement, args).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"can't read the database: {error}") from error


def why_not_writable(path: Path) -> str:
    """Why a transaction that writes can't begin; "" when one can. It is undone at once."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_TIMEOUT, isolation_level=None
        )
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        return str(error)
    return ""


def is_served(path: Path) -> bool:
    """Whether a server runs on the file."""
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
