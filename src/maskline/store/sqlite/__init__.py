"""The embedded engine: one file, one writer thread, group commit."""

from __future__ import annotations

from maskline.store.sqlite.archive import SqliteArchive
from maskline.store.sqlite.look import SqliteLook
from maskline.store.sqlite.store import SqliteStore

__all__ = ["SqliteArchive", "SqliteLook", "SqliteStore"]
