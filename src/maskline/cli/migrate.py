"""`maskline migrate`: the database's schema."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cyclopts import App

from maskline.app import open_store
from maskline.cli import database, terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.settings import Settings
from maskline.store.contract import SchemaTooNew
from maskline.store.migrate import migrations

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
    path = database.path_of((where or Where()).settings())
    found = database.schema_version(path) if path.exists() else 0
    newest = database.newest_schema()
    pending = [f"{step.number:04d} {step.name}" for step in migrations("sqlite")[found:]]
    if json:
        terminal.document({"schema": found, "newest": newest, "pending": pending})
    else:
        terminal.say(f"{path}: schema {found if path.exists() else 'none yet'}, newest {newest}")
        for step in pending:
            terminal.say(f"to do: {step}")
    if found > newest:
        raise SchemaTooNew(
            f"the database has schema {found}, this program knows {newest}: "
            "start the newer version, or restore a backup made before the upgrade"
        )
    return 1 if pending else 0


@app.command
def up(*, where: Where | None = None) -> None:
    """Bring the schema up to date, making the database if there is none.

    No server may run on it. There is no way back but a backup: make one first.
    """
    settings = (where or Where()).settings()
    path = database.path_of(settings)
    before = _version(path)
    asyncio.run(_up(settings))
    after = _version(path)
    for step in migrations("sqlite")[before:after]:
        terminal.say(f"done: {step.number:04d} {step.name}")
    terminal.say(f"{path}: schema {after}" + (", as before" if before == after else ""))


def _version(path: Path) -> int:
    return database.schema_version(path) if path.exists() else 0


async def _up(settings: Settings) -> None:
    path = database.path_of(settings)
    if path.exists() and database.is_served(path):
        raise Refusal("a server runs on this database", "Stop it first, then try again.")
    # Opening is what migrates; `serving` keeps a server from starting in between.
    store = open_store(settings, serving=True)
    await store.open()
    await store.close()
