"""The schema of a PostgreSQL database: which step it has, and how the others are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from maskline.store.migrate import COMPATIBLE_STEPS, check_schema, migrations
from maskline.store.postgres.connection import Connection

#: Taken by whoever changes the schema, so that of processes that start together one does.
_LOCK: Final = 0x6D61736B6C696E65
_EXISTS: Final = "SELECT to_regclass('maskline_schema') IS NOT NULL"
_VERSION: Final = "SELECT COALESCE(MAX(version), 0) FROM maskline_schema"
_DECLARES: Final = f"SELECT to_regclass('{COMPATIBLE_STEPS}') IS NOT NULL"
_COMPATIBLE: Final = f"SELECT EXISTS (SELECT 1 FROM {COMPATIBLE_STEPS} WHERE version = $1)"  # noqa: S608
_DECLARE: Final = f"INSERT INTO {COMPATIBLE_STEPS} VALUES ($1)"  # noqa: S608
_CREATE: Final = "CREATE TABLE IF NOT EXISTS maskline_schema (version INTEGER PRIMARY KEY)"


async def schema_version(connection: Connection) -> int:
    """The number of the last step that was taken; 0 for an empty database."""
    if not await connection.fetchval(_EXISTS):
        return 0
    return int(await connection.fetchval(_VERSION))


async def is_compatible(connection: Connection, version: int) -> bool:
    """Whether the step is one that programs of the step before may run on."""
    if not await connection.fetchval(_DECLARES):
        return False
    return bool(await connection.fetchval(_COMPATIBLE, version))


async def migrate(
    connection: Connection, tell: Callable[[str], None] = lambda _: None
) -> tuple[int, int]:
    """Takes the schema to the newest step; each step is one transaction.

    Returns the versions before and after, and tells each step's name. Raises SchemaTooNew.
    """
    before = await schema_version(connection)
    steps = migrations("postgres")
    if before > len(steps):
        compatible = await is_compatible(connection, before)
        check_schema(before, len(steps), compatible=compatible)
    for step in steps[before:]:
        tell(f"{step.number:04d} {step.name}")
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute(_CREATE)
            if await schema_version(connection) >= step.number:
                continue
            for statement in step.statements:
                await connection.execute(statement)
            if step.compatible:
                await connection.execute(_DECLARE, step.number)
            await connection.execute("INSERT INTO maskline_schema VALUES ($1)", step.number)
    return before, await schema_version(connection)
