"""Connections: how they are opened, and what is set on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

import asyncpg

from maskline.settings import PostgresSettings


class Connection(Protocol):
    """What is used of the driver's connection; it comes without types."""

    async def fetch(self, query: str, *args: Any) -> list[Sequence[Any]]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Sequence[Any] | None:
        """The first row."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first row's first column."""

    async def execute(self, query: str, *args: Any) -> str:
        """The command's tag."""

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes once per row."""

    async def prepare(self, query: str) -> Any:
        """The statement, with what the server knows of it."""

    async def add_listener(self, channel: str, callback: Callable[..., object]) -> None:
        """Listens to notifications."""

    def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> Any:
        """A transaction, not begun."""

    def terminate(self) -> None:
        """Ends it at once."""

    async def close(self) -> None:
        """Ends it."""


class Pool(Protocol):
    """What is used of the driver's pool."""

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for a while."""

    async def close(self) -> None:
        """Ends all connections when they are free."""

    def terminate(self) -> None:
        """Ends all connections at once."""


#: How servers' connections are known from others, such as the command line's.
SERVER_NAME: Final = "maskline server"
_OTHER_NAME: Final = "maskline"

#: Every statement finds its rows by an index, however small a table was when it was planned, and a
#: plan that is made once serves all parameters: planning would else take longer than running. A
#: process that hangs must not keep others from rows for long.
_SESSION: Final = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "idle_in_transaction_session_timeout": "15s",
    "jit": "off",
    "lock_timeout": "10s",
    "plan_cache_mode": "force_generic_plan",
}
#: Has the server notice within seconds that our machine is gone, and give the leader's lock to
#: another; and has whatever stands in between not forget a connection that is idle.
_ALIVE: Final = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_STATEMENTS: Final = 1000


async def connect(url: str, settings: PostgresSettings, *, serving: bool = False) -> Connection:
    """A connection to the server itself, which lasts."""
    connection: Connection = await asyncpg.connect(
        url,
        timeout=settings.connect_timeout,
        server_settings=_ALIVE | _name(serving),
    )
    return connection


async def create_pool(url: str, settings: PostgresSettings, *, serving: bool = False) -> Pool:
    """Connections for transactions, through the pooler where there is one."""
    pooled = settings.pooler_url is not None
    pool: Pool = await asyncpg.create_pool(
        settings.pooler_url or url,
        # A server keeps what it has, whoever takes the other connections that there are.
        min_size=settings.pool_size if serving else 1,
        max_size=settings.pool_size,
        max_queries=1 << 60,
        max_inactive_connection_lifetime=0,
        reset=_leave_as_it_is,
        timeout=settings.connect_timeout,
        # Behind a pooler each transaction may meet another server connection: what was prepared
        # or set on the last one is not there, so the role has to have the settings.
        server_settings=_name(serving) if pooled else _SESSION | _ALIVE | _name(serving),
        statement_cache_size=0 if pooled else _STATEMENTS,
        max_cached_statement_lifetime=0,
    )
    return pool


def _name(serving: bool) -> dict[str, str]:
    return {"application_name": SERVER_NAME if serving else _OTHER_NAME}


async def _leave_as_it_is(connection: Connection) -> None:
    """Transactions leave nothing behind, so that a round trip to clean up is spared."""
