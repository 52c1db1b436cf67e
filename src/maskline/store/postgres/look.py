"""A look at a PostgreSQL database that changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

import msgspec

from maskline.model.finding import Finding, bad, ok, warn
from maskline.settings import PostgresSettings, redact_url
from maskline.store.contract import StoreUnavailable
from maskline.store.postgres.connection import SERVER_NAME, Connection, connect
from maskline.store.postgres.executor import PostgresExecutor
from maskline.store.postgres.pending import Statements
from maskline.store.postgres.schema import is_compatible, schema_version
from maskline.store.postgres.trouble import told
from maskline.store.repositories.overview import Overview
from maskline.store.sql import load

T = TypeVar("T")

_OLDEST: Final = 150_000
_MIB: Final = 1_048_576
_FACTS: Final = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int,
    pg_encoding_to_char(encoding), pg_database_size(oid), pg_is_in_recovery(),
    current_setting('default_transaction_read_only') = 'on',
    has_schema_privilege(current_user, COALESCE(current_schema(), 'public'), 'CREATE'),
    current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int,
    current_setting('autovacuum') = 'on',
    array(SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit']) AS name
          WHERE current_setting(name) = 'off')
FROM pg_database WHERE datname = current_database()
"""
_SERVERS: Final = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1
"""


class _Facts(msgspec.Struct, frozen=True):
    """What the server says of itself and of the database."""

    version: str
    version_number: int
    encoding: str
    size: int
    is_standby: bool
    is_read_only: bool
    may_create: bool
    connections: int
    autovacuum: bool
    unsafe: list[str]


class PostgresLook:
    """A database on a server."""

    for_one_process = False

    def __init__(self, url: str, settings: PostgresSettings) -> None:
        self._url = url
        self._settings = settings

    @property
    def name(self) -> str:
        """Its address without the password."""
        return redact_url(self._url)

    def exists(self) -> bool:
        """Whether it has a schema of ours."""
        return self.schema_version() > 0

    def is_served(self) -> bool:
        """Whether a server is connected to it."""
        return self._within(_servers) > 0

    def schema_version(self) -> int:
        """What its table of steps says; 0 without one."""
        return self._within(schema_version)

    def is_compatible(self, version: int) -> bool:
        """What its table of such steps says."""
        return self._within(lambda connection: is_compatible(connection, version))

    def ask(self, question: Callable[[Overview], Awaitable[T]]) -> T:
        """What is in it."""

        async def within(connection: Connection) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                statements = Statements(load("postgres"))
                return await question(Overview(PostgresExecutor(connection, statements)))

        return self._within(within)

    def findings(self) -> Iterator[Finding]:
        """Whether it can be reached, read and written, and keeps what it was given."""
        try:
            facts = self._within(_facts)
        except StoreUnavailable as error:
            yield bad("database", str(error), "Start it, or correct database_url.")
            return
        yield self._usable(facts)
        yield self._safe(facts)
        yield self._kept_up(facts)
        yield self._roomy(facts)

    def _usable(self, facts: _Facts) -> Finding:
        server = f"{self.name}, PostgreSQL {facts.version}"
        if facts.version_number < _OLDEST:
            return bad("database", f"{server} is too old", "Upgrade it to 15 or newer.")
        if facts.encoding != "UTF8":
            return bad(
                "database",
                f"{server} keeps texts as {facts.encoding}",
                "Make the database anew with ENCODING 'UTF8' TEMPLATE template0.",
            )
        if facts.is_standby or facts.is_read_only:
            what = "is a standby" if facts.is_standby else "only lets transactions read"
            return bad("database", f"{server} {what}", "Name the primary in database_url.")
        # A server does without, once somebody else has made the schema.
        if not facts.may_create and not self.exists():
            return bad(
                "database",
                f"{server}: this user may make no tables",
                "Make the user the owner of the database, or of the schema.",
            )
        served = "a server runs on it" if self.is_served() else "no server runs on it"
        return ok("database", f"{server}, {facts.size / _MIB:.1f} MiB, {served}")

    def _safe(self, facts: _Facts) -> Finding:
        if facts.unsafe:
            return warn(
                "durability",
                f"{', '.join(facts.unsafe)} off: a crash may lose what was acknowledged",
                "Turn it on, in postgresql.conf or for the role.",
            )
        return ok("durability", "what is committed is on disk")

    def _kept_up(self, facts: _Facts) -> Finding:
        if not facts.autovacuum:
            return warn(
                "upkeep",
                "autovacuum is off: tables only grow, and get slower",
                "Turn it on in postgresql.conf; the schema has each table's settings.",
            )
        return ok("upkeep", "autovacuum is on")

    def _roomy(self, facts: _Facts) -> Finding:
        wanted = self._settings.pool_size + 1
        says = f"{facts.connections}, of which each process takes up to {wanted}"
        if wanted > facts.connections:
            return bad("connections", says, "Raise max_connections, or lower postgres.pool_size.")
        return ok("connections", says)

    def _within(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def run() -> T:
            connection = await connect(self._url, self._settings)
            try:
                return await work(connection)
            finally:
                await connection.close()

        try:
            return asyncio.run(run())
        except Exception as error:
            if (other := told(error)) is error:
                raise
            raise other from None


async def _facts(connection: Connection) -> _Facts:
    found = await connection.fetchrow(_FACTS)
    assert found is not None
    return _Facts(*found)


async def _servers(connection: Connection) -> int:
    return int(await connection.fetchval(_SERVERS, SERVER_NAME))
