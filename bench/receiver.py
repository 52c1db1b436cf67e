"""The other side of the server's own requests: a stub of a carrier and of a program's callback.

It runs on the load generator's loop, so that it costs the server no core of its own, and does as
little as it can: parse, count, answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httptools

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_SENT = b'{"sid":"X%015d","status":"queued"}'
_CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class Receiver:
    """Answers `/carrier` as a carrier's API does and everything else with an empty 200.

    `told` is called with the body of every callback.
    """

    def __init__(self) -> None:
        self.port = 0
        self.sends = 0
        self.callbacks = 0
        self.told: Callable[[bytes], None] = lambda body: None

    @property
    def carrier_url(self) -> str:
        """Where messages are handed over."""
        return f"http://127.0.0.1:{self.port}/carrier"

    @property
    def callback_url(self) -> str:
        """Where a program is told of them."""
        return f"http://127.0.0.1:{self.port}/callback"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        """Listens on a free port of the loopback."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Peer(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def answer(self, path: bytes, body: bytes) -> bytes:
        """The answer to one request."""
        if path == b"/carrier":
            self.sends += 1
            named = _SENT % self.sends
            return _CREATED % (len(named), named)
        self.callbacks += 1
        self.told(body)
        return _OK


class _Peer(asyncio.Protocol):
    """One connection of the server's."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._parser = httptools.HttpRequestParser(self)
        self._path = self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._path = self._body = b""

    def on_url(self, url: bytes) -> None:
        """Called by the parser."""
        self._path += url

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._transport.write(self._receiver.answer(self._path, self._body))
