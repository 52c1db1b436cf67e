"""What controls write with on SQLite, where that is more than a ledger."""

from __future__ import annotations

import time
from pathlib import Path

from maskline.settings import SqliteSettings
from maskline.store.sqlite.connection import connect

_CLAIM = """UPDATE outbox SET owner = 'control', due_at = ?2
    WHERE sid IN (SELECT sid FROM outbox WHERE state = 'pending' AND due_at <= ?1
                  ORDER BY due_at, sid LIMIT ?3) RETURNING sid"""
_DELETE = "DELETE FROM outbox WHERE sid = ?"


def claim_and_delete(path: Path, jobs: int, at_once: int) -> float:
    """Claims and deletes so many jobs, two durable commits for each lot; seconds."""
    connection = connect(path, SqliteSettings())
    now = time.time_ns() // 1_000_000
    try:
        began = time.perf_counter()
        for _ in range(-(-jobs // at_once)):
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(_CLAIM, (now, now + 60_000, at_once)).fetchall()
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_DELETE, found)
            connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return seconds
    finally:
        connection.close()
