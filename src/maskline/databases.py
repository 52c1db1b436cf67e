"""The store's engines, by what `database_url` names."""

from __future__ import annotations

from typing import TypeAlias

from maskline.model.meter import Meter
from maskline.settings import Settings
from maskline.store.contract import Store
from maskline.store.look import Look
from maskline.store.sqlite import SqliteArchive, SqliteLook, SqliteStore


def open_store(settings: Settings, *, serving: bool = False, meter: Meter | None = None) -> Store:
    """The engine that `database_url` names. `serving` takes an SQLite file for one server alone."""
    path = settings.sqlite_path
    if path is not None:
        return SqliteStore(path, settings.sqlite, serving=serving, meter=meter)
    # Imported where it is used: the driver takes memory and time that SQLite's users can spare.
    from maskline.store.postgres import PostgresStore

    return PostgresStore(settings.database_url, settings.postgres, serving=serving, meter=meter)


def look_at(settings: Settings) -> Look:
    """The database that `database_url` names, from outside."""
    path = settings.sqlite_path
    if path is not None:
        return SqliteLook(path)
    from maskline.store.postgres import PostgresLook

    return PostgresLook(settings.database_url, settings.postgres)


#: Copies of a database, where Maskline makes them.
Archive: TypeAlias = SqliteArchive


def archive_of(settings: Settings) -> Archive | None:
    """Backups of the database that `database_url` names; null where the engine's own tools make
    them."""
    path = settings.sqlite_path
    return SqliteArchive(path) if path is not None else None
