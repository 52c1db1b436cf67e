"""A process's presence: one connection that lasts, to hear of jobs and what others say, and to be
the one that leads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from maskline.settings import PostgresSettings
from maskline.store.postgres.connection import Connection, connect

CHANNEL: Final = "maskline_jobs"
#: Says that what is registered of senders has changed.
REGISTRATIONS: Final = "maskline_registrations"
#: Seconds between two calls. Commits that notify wait for each other on the server, so that it is
#: said afterwards, once for all that was left meanwhile.
_PAUSE: Final = 0.02
#: What processes tell each other.
BROADCAST: Final = "maskline_broadcast"
#: Held by the leader for as long as its connection lives.
_LEADER: Final = 0x6D61736B6C656164
#: Seconds between attempts to lead, and between proofs that the connection still lives.
_BEAT: Final = 1.0


class Presence:
    """Runs from `start` to `stop`, and connects anew when it must."""

    def __init__(
        self,
        url: str,
        settings: PostgresSettings,
        heard: Callable[[str], None],
        told: Callable[[str], None],
    ) -> None:
        self._url = url
        self._settings = settings
        self._heard = heard
        self._told = told
        self._connection: Connection | None = None
        # The connection does one thing at a time.
        self._busy = asyncio.Lock()
        self._called = asyncio.Event()
        self._calls: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.leads = False

    def start(self) -> None:
        """Begins."""
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._pass_on())]

    async def stop(self) -> None:
        """Ends; another leads at once."""
        tasks, self._tasks = self._tasks, []
        await self._say_calls()
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def call(self, channel: str) -> None:
        """Tells all processes soon that there are jobs for whoever polls, or that what is
        registered has changed."""
        self._calls.add(channel)
        self._called.set()

    async def tell(self, text: str) -> None:
        """Tells all processes, this one among them; nobody, while the database is away."""
        await self._say("SELECT pg_notify($1, $2)", BROADCAST, text)

    async def _say(self, statement: str, *args: str) -> bool:
        """Whether it could be said."""
        connection = self._connection
        if connection is None:
            return False
        with contextlib.suppress(Exception):
            async with self._busy, asyncio.timeout(self._settings.connect_timeout):
                await connection.execute(statement, *args)
                return True
        return False

    async def _pass_on(self) -> None:
        while True:
            await self._called.wait()
            self._called.clear()
            await self._say_calls()
            await asyncio.sleep(_PAUSE)

    async def _say_calls(self) -> None:
        calls, self._calls = self._calls, set()
        for channel in calls:
            if not await self._say(f"NOTIFY {channel}"):
                # It is, once there is a connection again.
                self._calls.add(channel)

    async def _work(self) -> None:
        while True:
            # Whatever it is, the database is away and the stores' callers say so.
            with contextlib.suppress(Exception):
                await self._stay()
            await asyncio.sleep(_BEAT)

    async def _stay(self) -> None:
        connection = await connect(self._url, self._settings, serving=True)
        try:
            for channel in (CHANNEL, REGISTRATIONS):
                await connection.add_listener(channel, lambda *said: self._heard(said[2]))
            await connection.add_listener(BROADCAST, lambda *said: self._told(said[3]))
            self._connection = connection
            # What was said while nobody listened.
            self._heard(CHANNEL)
            self._heard(REGISTRATIONS)
            self._called.set()
            while True:
                async with self._busy, asyncio.timeout(self._settings.connect_timeout):
                    self.leads = await self._lead(connection)
                await asyncio.sleep(_BEAT)
        finally:
            self.leads = False
            self._connection = None
            with contextlib.suppress(Exception):
                await connection.close()

    async def _lead(self, connection: Connection) -> bool:
        if self.leads:
            await connection.execute("SELECT 1")
            return True
        return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER))
