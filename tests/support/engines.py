"""The store's engines as the conformance suite meets them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

from maskline.settings import SqliteSettings
from maskline.store.contract import Store
from maskline.store.migrate import migrations
from maskline.store.sqlite import SqliteStore


class Engine(Protocol):
    """One empty database, and how to spoil it. A test closes the stores that it opens."""

    def store(self) -> Store:
        """A store over the database, not yet open; over the same one at each call."""

    def unreachable(self) -> Store:
        """A store over a database that can't be reached."""

    def refuse_writes(self, store: Store) -> None:
        """Makes the open store's database refuse to write, as a full disk does."""

    def accept_writes(self, store: Store) -> None:
        """Undoes it."""

    def set_schema_version(self, version: int) -> None:
        """Makes the database say that it was written by that version."""

    def schema_version(self) -> int:
        """The version that the database says it has."""


class SqliteEngine:
    """The embedded engine."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "maskline.db"
        self.settings = SqliteSettings()

    def store(self) -> SqliteStore:
        """A store over the file."""
        return SqliteStore(self.path, self.settings)

    def unreachable(self) -> SqliteStore:
        """A store whose folder is a file."""
        blocker = self.path.with_name("a file")
        blocker.touch()
        return SqliteStore(blocker / "maskline.db", self.settings)

    def refuse_writes(self, store: Store) -> None:
        """Allows no page more than there are."""
        writing = _writing(store)
        writing.execute("PRAGMA max_page_count = 1")

    def accept_writes(self, store: Store) -> None:
        """Allows as many as SQLite does by itself."""
        _writing(store).execute("PRAGMA max_page_count = 1073741823")

    def set_schema_version(self, version: int) -> None:
        """Writes it into the file's header."""
        connection = sqlite3.connect(self.path)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()

    def schema_version(self) -> int:
        """Reads it from the file's header."""
        connection = sqlite3.connect(self.path)
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        connection.close()
        return version


def _writing(store: Store) -> sqlite3.Connection:
    assert isinstance(store, SqliteStore)
    return store._writing


#: Every engine that the suite runs over.
ENGINES = {"sqlite": SqliteEngine}

NEWEST = len(migrations("sqlite"))
