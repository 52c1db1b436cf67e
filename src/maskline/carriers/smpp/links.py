"""Links: connections that are bound, kept alive, and made again when they are lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import ssl
from collections.abc import Callable
from random import SystemRandom
from typing import Final, Protocol

from maskline.carriers.smpp.connection import Connection, LinkLost
from maskline.carriers.smpp.pdu import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    ENQUIRE_LINK,
    SUBMIT_SM,
    UNBIND,
    Pdu,
    bind_body,
)
from maskline.carriers.smpp.settings import Account, SmppSettings
from maskline.carriers.smpp.statuses import NOT_WELCOME, OK, name

log = logging.getLogger(__name__)

#: Seconds of the first pause when the SMSC wants it slower, and of the longest.
_SLOWER: Final = 0.1
_SLOWEST: Final = 30.0
_UNBIND: Final = 2.0

Serve = Callable[[Connection, Pdu], None]


def tls_context(settings: SmppSettings) -> ssl.SSLContext | None:
    """How to know the SMSC, and be known by it; null without TLS. Raises OSError for files that
    can't be read."""
    if not settings.tls:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if settings.tls_certificate is not None:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


class Notes(Protocol):
    """Who counts what becomes of links."""

    def bind(self, outcome: str) -> None:
        """An attempt at a link came to something: bound, refused or failed."""

    def lost(self) -> None:
        """A link that was bound was lost."""


class Link:
    """One place for a connection. `changed` is called when it can send, no longer can, or could not
    be made."""

    def __init__(
        self,
        settings: Account,
        command: int,
        serve: Serve,
        changed: Callable[[], None],
        lost: Callable[[Connection], None],
        tls: ssl.SSLContext | None,
        notes: Notes,
    ) -> None:
        self._settings = settings
        self._command = command
        self._serve = serve
        self._changed = changed
        self._lost = lost
        self._tls = tls
        self._notes = notes
        self._task: asyncio.Task[None] | None = None
        self._pause = 0.0
        #: Until when nothing is submitted, since the SMSC wants it slower.
        self.paused_until = 0.0
        #: The connection while it is bound.
        self.connection: Connection | None = None
        #: Whether the SMSC was reached at the last attempt, and why that came to nothing; "" while
        #: nothing is wrong.
        self.is_reached = False
        self.trouble = ""

    @property
    def sends(self) -> bool:
        """Whether it is one for submissions."""
        return self._command != BIND_RECEIVER

    def has_room(self, now: float) -> bool:
        """Whether another submission may go out."""
        connection = self.connection
        return (
            connection is not None
            and connection.in_flight < self._settings.window
            and now >= self.paused_until
            and connection.is_open
        )

    def submit(self, body: bytes) -> asyncio.Future[Pdu]:
        """Submits a message; there must be room."""
        assert self.connection is not None
        timeout = self._settings.response_timeout
        return self.connection.request(SUBMIT_SM, body, timeout, counts=True)

    def slow_down(self, submitted: float, now: float) -> None:
        """The SMSC refused what was submitted then: pauses, longer each time that does not help."""
        if submitted >= self.paused_until:
            self._pause = min(max(_SLOWER, 2 * self._pause), _SLOWEST)
            self.paused_until = now + self._pause

    def speed_up(self, submitted: float) -> None:
        """The SMSC took what was submitted then."""
        if self._pause and submitted >= self.paused_until:
            self._pause = 0.0

    def start(self) -> None:
        """Begins to connect, and never gives up."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Takes leave of the SMSC and disconnects."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        settings = self._settings
        delay = settings.reconnect_first
        while True:
            refused = None
            try:
                refused = await self._once()
            except Exception as error:
                # Whatever it was, without a connection nothing would ever go out again.
                self.trouble = _why(error)
                self._notes.bind("failed")
                log.warning("%s: no connection to the SMSC: %s", settings.name, self.trouble)
            else:
                if refused is None:
                    self._notes.lost()
                    log.warning("%s: the connection to the SMSC was lost", settings.name)
                    delay = settings.reconnect_first
            if refused in NOT_WELCOME:
                delay = settings.reconnect_most
            self._changed()
            # Jitter spreads the processes that lost it together.
            await asyncio.sleep(delay * SystemRandom().uniform(0.8, 1.2))
            delay = min(2 * delay, settings.reconnect_most)

    async def _once(self) -> int | None:
        """One connection from its beginning to its end; the SMSC's status where it was refused."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        self.is_reached = False
        async with asyncio.timeout(settings.connect_timeout):
            _, connection = await loop.create_connection(
                lambda: Connection(self._serve),
                settings.host,
                settings.port,
                ssl=self._tls,
                server_hostname=settings.tls_server_name if self._tls is not None else None,
            )
        self.is_reached = True
        try:
            async with asyncio.timeout(settings.connect_timeout):
                answer = await connection.request(self._command, self._bind(), _SLOWEST * 10)
            if answer.status != OK:
                self.trouble = name(answer.status)
                self._notes.bind("refused")
                log.error("%s: the SMSC refused the bind: %s", settings.name, self.trouble)
                return answer.status
            self.trouble = ""
            self._notes.bind("bound")
            log.info("%s: bound to the SMSC", settings.name)
            self._pause = self.paused_until = 0.0
            self.connection = connection
            self._changed()
            await self._watch(connection)
            return None
        except asyncio.CancelledError:
            await self._take_leave(connection)
            raise
        finally:
            self.connection = None
            connection.abort()
            await connection.lost
            self._lost(connection)
            self._changed()

    async def _watch(self, connection: Connection) -> None:
        """Returns when the connection is lost, or when the SMSC no longer answers on it."""
        loop = asyncio.get_running_loop()
        settings = self._settings
        tick = min(1.0, settings.enquire_link / 4, settings.response_timeout / 4)
        enquiry: asyncio.Future[Pdu] | None = None
        while not connection.lost.done():
            await asyncio.wait([connection.lost], timeout=tick)
            now = loop.time()
            if connection.is_overdue(now):
                log.warning("%s: the SMSC does not answer", settings.name)
                return
            quiet = now - connection.heard
            if quiet >= settings.enquire_link and (enquiry is None or enquiry.done()):
                enquiry = connection.request(ENQUIRE_LINK, b"", settings.response_timeout)

    async def _take_leave(self, connection: Connection) -> None:
        with contextlib.suppress(LinkLost, TimeoutError):
            async with asyncio.timeout(_UNBIND):
                await connection.request(UNBIND, b"", _UNBIND)
            connection.close()
            async with asyncio.timeout(_UNBIND):
                await asyncio.shield(connection.lost)

    def _bind(self) -> bytes:
        one = self._settings
        return bind_body(
            one.credentials.system_id,
            one.credentials.password,
            one.system_type,
            one.address_ton,
            one.address_npi,
            one.address_range,
        )


def commands(settings: SmppSettings) -> list[int]:
    """The binds of one process."""
    if settings.bind == "pair":
        return [BIND_TRANSMITTER, BIND_RECEIVER] * settings.binds
    return [BIND_TRANSCEIVER] * settings.binds


def _why(error: Exception) -> str:
    """What failed, without the addresses that a system's error text may hold."""
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    if isinstance(error, LinkLost):
        return "it was closed before the bind was answered"
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)
    return getattr(error, "strerror", None) or type(error).__name__
