"""The store's engines as the conformance suite meets them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from maskline.settings import PostgresSettings, SqliteSettings
from maskline.store.contract import Store
from maskline.store.migrate import migrations
from maskline.store.postgres import PostgresStore
from maskline.store.sqlite import SqliteStore
from tests.support.postgres import Cluster


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

    def set_schema_version(self, version: int, *, compatible: bool = False) -> None:
        """Makes the database say that it was written by that version, whose last step programs of
        the one before may run on if it is `compatible`."""

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

    def set_schema_version(self, version: int, *, compatible: bool = False) -> None:
        """Writes it into the file's header."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("DELETE FROM compatible_steps WHERE version >= ?", (version,))
            if compatible:
                connection.execute("INSERT INTO compatible_steps VALUES (?)", (version,))

    def schema_version(self) -> int:
        """Reads it from the file's header."""
        connection = sqlite3.connect(self.path)
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        connection.close()
        return version


def _writing(store: Store) -> sqlite3.Connection:
    assert isinstance(store, SqliteStore)
    return store._writing


class PostgresEngine:
    """The engine for many processes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.name = cluster.borrow()
        self.url = cluster.url(self.name)
        self.settings = PostgresSettings()

    def store(self) -> PostgresStore:
        """A store over the database."""
        return PostgresStore(self.url, self.settings)

    def unreachable(self) -> PostgresStore:
        """A store on a port where nobody answers."""
        return PostgresStore("postgresql://postgres@127.0.0.1:1/postgres", self.settings)

    def refuse_writes(self, store: Store) -> None:
        """Has every statement that writes meet a full disk."""
        self._execute(_REFUSE)

    def accept_writes(self, store: Store) -> None:
        """Undoes it."""
        self._execute("DROP FUNCTION IF EXISTS disk_full CASCADE")

    def set_schema_version(self, version: int, *, compatible: bool = False) -> None:
        """Writes it into the table of steps."""
        self._execute(
            f"DELETE FROM maskline_schema WHERE version > {version};"
            f"INSERT INTO maskline_schema VALUES ({version}) ON CONFLICT DO NOTHING;"
            f"DELETE FROM compatible_steps WHERE version >= {version}"
        )
        if compatible:
            self._execute(f"INSERT INTO compatible_steps VALUES ({version})")

    def schema_version(self) -> int:
        """Reads it from the table of steps."""
        return int(self.cluster.value("SELECT MAX(version) FROM maskline_schema", self.name))

    def end_connections(self) -> None:
        """Ends every connection to the database, as a failing network does."""
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def close(self) -> None:
        """Empties the database for the next test."""
        self._execute("DROP FUNCTION IF EXISTS disk_full CASCADE")
        self.cluster.give_back(self.name)

    def _execute(self, statement: str) -> None:
        self.cluster.execute(statement, self.name)


_REFUSE = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE OR DELETE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION disk_full()', name);
    END LOOP;
END $$
"""

#: Every engine that the suite runs over.
ENGINES = ("postgres", "sqlite")

NEWEST = len(migrations("sqlite"))


@contextmanager
def lend_database(name: str, request: pytest.FixtureRequest, directory: Path) -> Iterator[str]:
    """The address of an engine's empty database, for a while."""
    if name == "sqlite":
        yield f"sqlite:///{directory / 'maskline.db'}"
        return
    engine = PostgresEngine(request.getfixturevalue("cluster"))
    yield engine.url
    engine.close()
