"""Which installation a command works on: the settings, the database, an account in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from maskline.cli.refusal import Refusal
from maskline.databases import look_at, open_store
from maskline.env import Env
from maskline.model.account import Account
from maskline.model.clock import system_clock
from maskline.model.sid import SidFactory
from maskline.settings import Settings, load
from maskline.store.contract import Transaction
from maskline.store.look import Look
from maskline.store.migrate import newest_schema

T = TypeVar("T")

Work = Callable[[Env, Transaction], Awaitable[T]]


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """The options that say where."""

    config: Path | None = None
    """The file with the settings [default: maskline.toml, where there is one]."""

    database: Annotated[str | None, Parameter(name="--database")] = None
    """The database, sqlite:///PATH or postgresql://… [default: the settings' database_url]."""

    def settings(self, **overrides: object) -> Settings:
        """The settings in force. Raises SettingsError."""
        return load(self.config, os.environ, {"database_url": self.database, **_dotted(overrides)})

    def transact(self, work: Work[T], *, create: bool = False) -> T:
        """Runs work in one transaction, beside a server that may be running.

        A database that does not exist is made only with `create`, so that a slip in a path makes
        none; one of another schema is left alone.
        """
        settings = self.settings()
        look = look_at(settings)
        if look.exists():
            _check_schema(look)
        elif not create:
            raise Refusal(
                f"there is no database at {look.name}",
                "Start the server once (maskline serve), or name another with --database.",
            )
        return asyncio.run(_transact(settings, work))


def _dotted(overrides: Mapping[str, object]) -> Mapping[str, object]:
    return {name.replace("__", "."): value for name, value in overrides.items()}


def _check_schema(look: Look) -> None:
    found, newest = look.schema_version(), newest_schema()
    # 0 is a file that a server is just making, or that nobody wrote to yet: opening it will do.
    if 0 < found < newest:
        raise Refusal(
            f"the database has schema {found}, this program needs {newest}",
            "Make a backup, stop the server, then: maskline migrate up",
        )


async def _transact(settings: Settings, work: Work[T]) -> T:
    env = Env(system_clock, SidFactory(system_clock), settings)
    store = open_store(settings)
    await store.open()
    try:
        return await store.transact(lambda tx: work(env, tx))
    finally:
        await store.close()


async def account_of(tx: Transaction, wanted: str | None) -> Account:
    """The account with that SID or name; without one, the only or oldest."""
    accounts = await tx.accounts.all()
    if not accounts:
        raise Refusal(
            "there is no account yet",
            "Start the server once (maskline serve), or: maskline accounts add NAME",
        )
    if wanted is None:
        return accounts[0]
    found = [one for one in accounts if wanted in (one.sid, one.friendly_name)]
    if len(found) == 1:
        return found[0]
    raise Refusal(
        "several accounts have that name" if found else "there is no such account",
        "Name one by its SID: maskline accounts list",
    )
