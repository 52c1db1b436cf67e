"""The engine for many processes: PostgreSQL, by asyncpg."""

from __future__ import annotations

from maskline.store.postgres.look import PostgresLook
from maskline.store.postgres.store import PostgresStore

__all__ = ["PostgresLook", "PostgresStore"]
