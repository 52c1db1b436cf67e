"""Connections: how they are opened, and how the schema is brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from maskline.settings import SqliteSettings
from maskline.store.contract import StoreUnavailable
from maskline.store.migrate import COMPATIBLE_STEPS, check_schema, migrations

_DECLARES: Final = "SELECT 1 FROM sqlite_master WHERE name = ?"
_COMPATIBLE: Final = f"SELECT 1 FROM {COMPATIBLE_STEPS} WHERE version = ?"  # noqa: S608
_DECLARE: Final = f"INSERT INTO {COMPATIBLE_STEPS} VALUES (?)"  # noqa: S608


def connect(path: Path, settings: SqliteSettings, *, read_only: bool = False) -> sqlite3.Connection:
    """Opens the file, created for the owner's eyes only. Raises StoreUnavailable."""
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreUnavailable(f"can't create the database file: {error.strerror}") from error
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            timeout=settings.busy_timeout_ms / 1000,
        )
    except sqlite3.Error as error:
        raise StoreUnavailable(f"can't open the database file: {error}") from error
    try:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "wal_autocheckpoint = 0",
            f"journal_size_limit = {settings.wal_limit_mb * 1_048_576}",
            f"cache_size = {-settings.cache_mb * 1024}",
            f"mmap_size = {settings.mmap_mb * 1_048_576}",
            f"query_only = {int(read_only)}",
            "case_sensitive_like = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        connection.close()
        raise StoreUnavailable(f"can't open the database file: {error}") from error
    return connection


def migrate(
    connection: sqlite3.Connection, tell: Callable[[str], None] = lambda _: None
) -> tuple[int, int]:
    """Takes the schema to the newest step; each step is one transaction.

    Returns the versions before and after, and tells each step's name. Raises SchemaTooNew.
    """
    before = schema_version(connection)
    steps = migrations("sqlite")
    if before > len(steps):
        compatible = is_compatible(connection, before)
        check_schema(before, len(steps), compatible=compatible)
    for step in steps[before:]:
        tell(f"{step.number:04d} {step.name}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if schema_version(connection) < step.number:
                for statement in step.statements:
                    connection.execute(statement)
                if step.compatible:
                    connection.execute(_DECLARE, (step.number,))
                connection.execute(f"PRAGMA user_version = {step.number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return before, schema_version(connection)


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last step that was taken; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_compatible(connection: sqlite3.Connection, version: int) -> bool:
    """Whether the step is one that programs of the step before may run on."""
    if connection.execute(_DECLARES, (COMPATIBLE_STEPS,)).fetchone() is None:
        return False
    return connection.execute(_COMPATIBLE, (version,)).fetchone() is not None
