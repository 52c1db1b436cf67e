"""The databases of a run, on either engine: made, populated, looked into and copied."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from bench import population as populations
from bench.machine import tree_cpu
from bench.population import Population
from tests.support.postgres import Cluster, unprivileged

#: What an operator's server has too: it keeps what it says that it keeps.
_SAFE: Final = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "deadlock_timeout": "200ms",
    "max_connections": "200",
}


class Database(Protocol):
    """One database."""

    @property
    def url(self) -> str:
        """Its address."""

    def count(self, table: str) -> int:
        """How many rows a table has."""

    def value(self, statement: str) -> Any:
        """The first column of the first row."""

    def run(self, statement: str, *args: object) -> None:
        """Runs a statement; `$1` stands for the first argument."""

    def copy(self) -> Database:
        """Another of the same content; nobody may have this one open."""


class Engine(Protocol):
    """What makes them."""

    name: str

    def database(self, population: Population | None) -> Database:
        """One that holds it; an empty one, without a schema, for None."""

    def cpu(self) -> float | None:
        """Seconds of processor time of a server of its own; null without one."""

    def close(self) -> None:
        """Removes what is not in the run's folder."""


class SqliteDatabase:
    """A file."""

    def __init__(self, engine: SqliteEngine, path: Path) -> None:
        self._engine = engine
        self.path = path

    @property
    def url(self) -> str:
        """Its address."""
        return f"sqlite:///{self.path}"

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.value(f"SELECT COUNT(*) FROM {table}"))

    def value(self, statement: str) -> Any:
        """The first column of the first row."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(statement).fetchone()[0]
        finally:
            connection.close()

    def run(self, statement: str, *args: object) -> None:
        """Runs a statement."""
        connection = sqlite3.connect(self.path)
        connection.execute(statement.replace("$", "?"), args)
        connection.commit()
        connection.close()

    def copy(self) -> SqliteDatabase:
        """Another file."""
        copy = self._engine.file()
        shutil.copyfile(self.path, copy)
        return SqliteDatabase(self._engine, copy)


class SqliteEngine:
    """The embedded engine."""

    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made = 0

    def file(self) -> Path:
        """A new name."""
        self._made += 1
        return self._directory / f"{self._made:02d}.db"

    def database(self, population: Population | None) -> SqliteDatabase:
        """A new file."""
        path = self.file()
        if population is not None:
            populations.build(path, population)
        return SqliteDatabase(self, path)

    def cpu(self) -> float | None:
        """It is part of the server."""
        return None

    def close(self) -> None:
        """All is in the run's folder."""


class PostgresDatabase:
    """A database of the run's server."""

    def __init__(self, engine: PostgresEngine, name: str) -> None:
        self._engine = engine
        self._name = name

    @property
    def url(self) -> str:
        """Its address."""
        return self._engine.cluster.url(self._name)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.value(f"SELECT COUNT(*) FROM {table}"))

    def value(self, statement: str) -> Any:
        """The first column of the first row."""
        return self._engine.cluster.value(statement, self._name)

    def run(self, statement: str, *args: object) -> None:
        """Runs a statement."""
        self._engine.run(_execute(self.url, statement, args))

    def copy(self) -> PostgresDatabase:
        """Another database."""
        return self._engine.make(self._name)


class PostgresEngine:
    """A throw-away server with everything on that keeps data safe. It is started at first use."""

    name = "postgres"

    def __init__(self, directory: Path, **settings: str) -> None:
        self._directory = directory
        self._settings = {**_SAFE, **settings}
        self._cluster: Cluster | None = None
        self._made = 0

    @property
    def cluster(self) -> Cluster:
        """The server."""
        if self._cluster is None:
            # Whoever the server runs as has to get there, and a folder of ours alone is no way.
            self._directory.chmod(0o711)
            parents = self._directory.resolve().parents
            is_open = all(parent.stat().st_mode & stat.S_IXOTH for parent in parents)
            where = self._directory if is_open or unprivileged() is None else None
            folder = Path(tempfile.mkdtemp(prefix="maskline-postgres-", dir=where))
            cluster = Cluster(folder, **self._settings)
            cluster.make()
            self._cluster = cluster
        return self._cluster

    def make(self, template: str) -> PostgresDatabase:
        """A database like another."""
        self._made += 1
        name = f"bench{self._made}"
        self.cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return PostgresDatabase(self, name)

    def database(self, population: Population | None) -> PostgresDatabase:
        """A new database."""
        database = self.make("template0")
        if population is not None:
            self.run(populations.build_postgres(database.url, population))
        return database

    def run(self, work: Any) -> Any:
        """Runs a coroutine beside the loop of the run, for as long as it takes."""
        return asyncio.run_coroutine_threadsafe(work, self.cluster._loop).result()

    def cpu(self) -> float | None:
        """Seconds of the server's processes, those that have ended too."""
        process = None if self._cluster is None else self._cluster._process
        return None if process is None else tree_cpu(process.pid)

    def close(self) -> None:
        """Ends the server and removes its files."""
        if self._cluster is not None:
            self._cluster.remove()


async def _execute(url: str, statement: str, args: Sequence[object]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *args)
    finally:
        await connection.close()


def forget_jobs(database: Database) -> None:
    """What an earlier row left in the outbox would be taken up when the server starts."""
    database.run("DELETE FROM outbox")


def call_back(database: Database, url: str, carrier: str = "bench") -> None:
    """Has a database's Service tell a program, and its numbers send by a carrier."""
    database.run("UPDATE services SET callback_url = $1", url)
    database.run("UPDATE numbers SET carrier = $1", carrier)
