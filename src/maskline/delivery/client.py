"""The HTTP client: a pool of kept connections, opened only where the guard lets them.

Redirects are answers, cookies are dropped, proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final

from aiohappyeyeballs import start_connection

from maskline import __version__
from maskline.delivery.connection import Connection
from maskline.delivery.guard import (
    AddrInfo,
    GuardedResolver,
    Resolver,
    SystemResolver,
    UrlGuard,
)
from maskline.delivery.target import Origin, Target, literal, read_target, written
from maskline.model.http import ConnectFailed, HttpRequest, HttpResponse

#: URLs whose reading is kept: a program's few callback URLs come again and again.
_MOST_TARGETS: Final = 1000
#: Seconds for which the addresses of a name are kept. Each is checked again before a connection.
_NAME_SECONDS: Final = 10.0
#: Seconds after which a name's next address is tried beside the first.
_NEXT_ADDRESS: Final = 0.25


class _Place:
    """The connections to one origin: `open` counts those that are idle, at work or being made.
    Each of `waiting` is resolved with a connection, or with null when it may try again."""

    __slots__ = ("idle", "open", "waiting")

    def __init__(self) -> None:
        self.idle: deque[Connection] = deque()
        self.open = 0
        self.waiting: deque[asyncio.Future[Connection | None]] = deque()


class PooledClient:
    """Sends requests over one pool of kept connections. Use as a context manager, or `close` it.

    `limit` and `limit_per_host` are connections open at once, in all and to one host and port.
    """

    def __init__(
        self,
        guard: UrlGuard,
        *,
        resolver: Resolver | None = None,
        user_agent: str = f"Maskline/{__version__}",
        limit: int = 512,
        limit_per_host: int = 128,
        # Shorter than the 5 s after which common application servers close an idle connection: a
        # request sent into a connection that is just being closed may or may not have arrived.
        keepalive_timeout: float = 4.0,
    ) -> None:
        self._guard = guard
        self._resolver = GuardedResolver(guard, resolver or SystemResolver())
        self._user_agent = user_agent
        self._limit = limit
        self._limit_per_host = limit_per_host
        self._keepalive = keepalive_timeout
        self._targets: dict[str, Target] = {}
        self._places: dict[Origin, _Place] = {}
        self._names: dict[Origin, tuple[float, Sequence[AddrInfo]]] = {}
        self._lookups: dict[Origin, asyncio.Task[Sequence[AddrInfo]]] = {}
        self._all: dict[Connection, Origin] = {}
        self._open = 0
        self._tls: ssl.SSLContext | None = None
        self._sweep: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> PooledClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; a later `send` would open new ones."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for lookup in list(self._lookups.values()):
            lookup.cancel()
        for connection in list(self._all):
            connection.close()
        self._names.clear()
        # The transports end in the loop's next turn.
        await asyncio.sleep(0)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer to `request`.

        Raises BadUrl, BadRequest, ForbiddenAddress and ConnectFailed before anything was sent;
        ReadTimeout, TotalTimeout, ConnectionLost and BadResponse when it may have been.
        """
        target = self._targets.get(request.url) or self._read(request.url)
        data = written(request, target, self._user_agent)
        origin = target.origin
        until = asyncio.get_running_loop().time() + request.total_timeout
        place = self._places.get(origin)
        connection = self._idle(place) if place is not None else None
        if connection is None:
            connection = await self._connected(origin, request.connect_timeout)
        try:
            response = await connection.exchange(
                data,
                method=request.method,
                max_body=request.max_body,
                read_timeout=request.read_timeout,
                until=until,
            )
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            self._give_back(origin, connection)
        return response

    def _read(self, url: str) -> Target:
        # Refusals are not kept.
        target = read_target(self._guard, url)
        if len(self._targets) >= _MOST_TARGETS:
            self._targets.clear()
        self._targets[url] = target
        return target

    # Connections

    def _idle(self, place: _Place) -> Connection | None:
        """The connection that was used last: the others may then grow old and end."""
        oldest = asyncio.get_running_loop().time() - self._keepalive
        while place.idle:
            connection = place.idle.pop()
            if connection.idle_since >= oldest:
                return connection
            connection.close()
        return None

    async def _connected(self, origin: Origin, seconds: float) -> Connection:
        try:
            async with asyncio.timeout(seconds):
                return await self._acquired(origin)
        except TimeoutError:
            raise ConnectFailed("no connection in time", "timeout") from None

    async def _acquired(self, origin: Origin) -> Connection:
        while True:
            place = self._places.setdefault(origin, _Place())
            connection = self._idle(place)
            if connection is not None:
                return connection
            # The last of its old connections may have taken the place with it.
            self._places[origin] = place
            if place.open < self._limit_per_host and (
                self._open < self._limit or self._end_an_idle_one()
            ):
                return await self._opened(origin, place)
            waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
            place.waiting.append(waiter)
            try:
                connection = await waiter
            except BaseException:
                if waiter in place.waiting:
                    place.waiting.remove(waiter)
                elif waiter.done() and not waiter.cancelled():
                    # What was given to it just now goes to the next.
                    given = waiter.result()
                    if given is None or not given.is_open:
                        self._wake(place)
                    else:
                        self._give_back(origin, given)
                raise
            if connection is not None and connection.is_open:
                return connection

    async def _opened(self, origin: Origin, place: _Place) -> Connection:
        place.open += 1
        self._open += 1
        connection: Connection | None = None
        try:
            made = await self._open_one(origin)
            if not made.is_open:
                raise ConnectFailed("the connection was closed at once", "tcp")
            connection = made
        finally:
            if connection is None:
                self._gone(origin)
        self._all[connection] = origin
        return connection

    async def _open_one(self, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            addresses = await self._addresses(origin)
        except OSError:
            raise ConnectFailed("the host's name was not resolved", "dns") from None
        try:
            opened = await start_connection(
                addresses,
                happy_eyeballs_delay=_NEXT_ADDRESS,
                socket_factory=self._guard.open_socket,
            )
        except TimeoutError:
            raise ConnectFailed("the connection failed (ETIMEDOUT)", "tcp") from None
        except (OSError, RuntimeError) as error:
            name = errno.errorcode.get(getattr(error, "errno", None) or 0, "unknown")
            raise ConnectFailed(f"the connection failed ({name})", "tcp") from None
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(loop, self._ended),
                sock=opened,
                ssl=self._context() if origin.secure else None,
                server_hostname=origin.host if origin.secure else None,
            )
        except ssl.CertificateError:
            raise ConnectFailed("the host's certificate is not trusted", "tls") from None
        except OSError:
            raise ConnectFailed("the TLS handshake failed", "tls") from None
        return connection

    async def _addresses(self, origin: Origin) -> Sequence[AddrInfo]:
        """Where to connect to. Raises OSError, BadUrl and ForbiddenAddress."""
        address = literal(origin)
        if address is not None:
            return [address]
        now = asyncio.get_running_loop().time()
        kept = self._names.get(origin)
        if kept is not None and kept[0] > now:
            return kept[1]
        lookup = self._lookups.get(origin)
        if lookup is None:
            # Whoever needs it meanwhile waits for the same: lookups are slow, and few run at once.
            lookup = self._lookups[origin] = asyncio.create_task(self._look_up(origin))
            lookup.add_done_callback(lambda task: self._looked_up(origin, task))
        return await asyncio.shield(lookup)

    async def _look_up(self, origin: Origin) -> Sequence[AddrInfo]:
        found = await self._resolver.resolve(origin.host, origin.port)
        if not found:
            raise OSError(socket.EAI_NONAME, "no address")
        now = asyncio.get_running_loop().time()
        self._names = {name: known for name, known in self._names.items() if known[0] > now}
        self._names[origin] = (now + _NAME_SECONDS, found)
        return found

    def _looked_up(self, origin: Origin, task: asyncio.Task[Sequence[AddrInfo]]) -> None:
        self._lookups.pop(origin, None)
        if not task.cancelled():
            # Those who waited are told; nobody may be left to be told.
            task.exception()

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _give_back(self, origin: Origin, connection: Connection) -> None:
        place = self._places[origin]
        while place.waiting:
            waiter = place.waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if self._open >= self._limit and self._wake_elsewhere(place):
            connection.close()
            return
        place.idle.append(connection)
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(self._keepalive, self._end_old_ones)

    def _end_old_ones(self) -> None:
        """Ends what was idle for too long, before the other side does."""
        self._sweep = None
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._keepalive
        left = False
        for place in list(self._places.values()):
            while place.idle and place.idle[0].idle_since <= oldest:
                place.idle.popleft().close()
            left = left or bool(place.idle)
        if left:
            self._sweep = loop.call_later(self._keepalive / 4, self._end_old_ones)

    def _end_an_idle_one(self) -> bool:
        """Makes room below the limit of all connections."""
        for place in self._places.values():
            if place.idle:
                place.idle.popleft().close()
                return True
        return False

    def _ended(self, connection: Connection) -> None:
        """A connection takes no more requests."""
        origin = self._all.pop(connection, None)
        if origin is None:
            return
        place = self._places[origin]
        if connection in place.idle:
            place.idle.remove(connection)
        self._gone(origin)

    def _gone(self, origin: Origin) -> None:
        place = self._places[origin]
        place.open -= 1
        self._open -= 1
        if not self._wake(place):
            self._wake_elsewhere(place)
        if not place.open and not place.waiting:
            del self._places[origin]

    def _wake(self, place: _Place) -> bool:
        """Lets the next that waits for this place try again."""
        while place.waiting:
            waiter = place.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return True
        return False

    def _wake_elsewhere(self, but: _Place) -> bool:
        """The same for one that waits because there are too many connections in all."""
        return any(
            self._wake(place)
            for place in list(self._places.values())
            if place is not but and place.open < self._limit_per_host
        )
