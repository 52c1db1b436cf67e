"""`maskline migrate`: the database's schema."""

from __future__ import annotations

import asyncio

from cyclopts import App

from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.databases import look_at, open_store
from maskline.settings import Settings
from maskline.store.migrate import check_schema, migrations, newest_schema

app = App(name="migrate", help="The database's schema. `maskline serve` brings it up to date too.")


@app.command
def status(*, json: Flag = False, where: Where | None = None) -> int:
    """Say which schema the database has, and which steps are still to be taken. Changes nothing.

    The exit code is 0 when it is up to date and 1 when it is not.

    Parameters
    ----------
    json
        Print JSON.
    """
    look = look_at((where or Where()).settings())
    found, newest = look.schema_version(), newest_schema()
    pending = _steps(found)
    if json:
        terminal.document({"schema": found, "newest": newest, "pending": pending})
    else:
        terminal.say(f"{look.name}: schema {found or 'none yet'}, newest {newest}")
        for step in pending:
            terminal.say(f"to do: {step}")
    if found > newest:
        check_schema(found, newest, compatible=look.is_compatible(found))
        if not json:
            terminal.say("it is a step ahead of this version, which may run on it")
    return 1 if pending else 0


@app.command
def up(*, where: Where | None = None) -> None:
    """Bring the schema up to date, making it if there is none.

    On SQLite no server may run on the file; on PostgreSQL servers of the version before go on.
    There is no way back but a backup: make one first (maskline backup, pg_dump).
    """
    settings = (where or Where()).settings()
    look = look_at(settings)
    if look.for_one_process and look.is_served():
        raise Refusal("a server runs on this database", "Stop it first, then try again.")
    before = look.schema_version()
    asyncio.run(_up(settings))
    after = look.schema_version()
    for step in _steps(before):
        terminal.say(f"done: {step}")
    terminal.say(f"{look.name}: schema {after}" + (", as before" if before == after else ""))


def _steps(found: int) -> list[str]:
    """What is to be done from one schema to the newest."""
    return [f"{step.number:04d} {step.name}" for step in migrations("sqlite")[found:]]


async def _up(settings: Settings) -> None:
    # Opening is what migrates; `serving` keeps a server on SQLite from starting in between.
    store = open_store(settings, serving=True)
    await store.open()
    await store.close()
