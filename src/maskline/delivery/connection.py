"""One kept connection of the HTTP client: a request goes out, its answer comes in.

Measured beside aiohttp, whose work was two fifths of a relayed message's: a quarter of its
processor time per request. The parser is the one that the server reads requests with.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any, Final

import httptools

from maskline.model.http import (
    BadResponse,
    ConnectionLost,
    HttpFailure,
    HttpResponse,
    ReadTimeout,
    TotalTimeout,
)

#: Bytes that an answer may have before its body.
_MAX_HEAD: Final = 65_536
#: Statuses whose answers have no body, whatever their headers say.
_BODILESS: Final = frozenset({204, 304})
_LOST: Final = "the connection was lost before the answer was whole"
_NO_HTTP: Final = "the answer is no HTTP"


class Connection(asyncio.Protocol):
    """A connection with at most one request under way.

    `idle_since` is when its last answer came, on the loop's clock. `closed` is called once when it
    can take no more requests; it then ends by itself.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, closed: Callable[[Connection], None]
    ) -> None:
        self._loop = loop
        self._closed: Callable[[Connection], None] | None = closed
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[HttpResponse] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.idle_since = 0.0
        self._headers: dict[str, str] = {}
        self._inflate: Any = None
        self._begin("", 0)

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._closed is not None

    def exchange(
        self, data: bytes, *, method: str, max_body: int, read_timeout: float, until: float
    ) -> asyncio.Future[HttpResponse]:
        """Sends a request; the future has its answer, or the failure. `until` is a time of the
        loop's clock."""
        assert self._transport is not None
        self._begin(method, max_body)
        self._read_timeout = read_timeout
        self._until = until
        self._heard = now = self._loop.time()
        self._answer = answer = self._loop.create_future()
        self._timer = self._loop.call_at(min(until, now + read_timeout), self._late)
        self._transport.write(data)
        return answer

    def close(self) -> None:
        """Ends the connection at once. A request under way has failed: whoever waits for its answer
        would wait for ever."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(ConnectionLost(_LOST))
        closed, self._closed = self._closed, None
        if self._transport is not None:
            self._transport.abort()
        if closed is not None:
            closed(self)

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._answer is None:
            # Nobody asked: what follows could be taken for the answer to the next request.
            self.close()
            return
        self._heard = self._loop.time()
        if not self._is_body:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(BadResponse(_NO_HTTP))
        else:
            self._look()

    def eof_received(self) -> None:
        """Called by the loop."""
        if self._answer is not None and self._ends_with_connection:
            self._is_last = True
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        self._fail(ConnectionLost(_LOST))

    # What the parser calls

    def on_message_begin(self) -> None:
        """Called by the parser."""
        if self._answer is None:
            # Another answer behind the one that was asked for.
            self._is_last = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        status = self._status = self._parser.get_status_code()
        if status < 200 or self._answer is None:
            return
        self._is_body = True
        headers = self._headers
        self._ends_with_connection = (
            "content-length" not in headers
            and "transfer-encoding" not in headers
            and status not in _BODILESS
        )
        encoding = headers.get("content-encoding")
        if encoding is not None:
            self._inflate = _inflater(encoding)
        if self._method == "HEAD":
            # The parser would wait for the body that its length promises.
            self._is_last = True
            self._finish()

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if self._answer is None:
            return
        room = self._max_body - len(self._body)
        if self._inflate is None:
            self._body += body[:room]
            cut = len(body) > room
        else:
            try:
                # A few bytes may stand for very many: no more are made than are wanted.
                self._body += self._inflate.decompress(body, room + 1)
            except zlib.error:
                self._fail(BadResponse("the answer's body is damaged"))
                return
            cut = len(self._body) > self._max_body
            del self._body[self._max_body :]
        if cut:
            # The rest may be endless; the connection goes with it.
            self._is_last = self._truncated = True
            self._finish()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._status < 200:
            # An answer that only says that the real one follows.
            self._headers = {}
        elif self._answer is not None:
            self._is_last = self._is_last or not self._parser.should_keep_alive()
            self._finish()

    # What becomes of a request

    def _begin(self, method: str, max_body: int) -> None:
        self._method = method
        self._max_body = max_body
        self._status = 0
        self._headers = {}
        self._body = bytearray()
        self._inflate = None
        self._truncated = self._is_body = self._is_last = self._ends_with_connection = False
        self._head_size = 0

    def _look(self) -> None:
        """What may have to be done after a piece of an answer."""
        if not self._is_body and self._head_size > _MAX_HEAD:
            self._fail(BadResponse(_NO_HTTP))
        elif self._is_last and self._answer is None:
            self.close()

    def _finish(self) -> None:
        answer, self._answer = self._answer, None
        assert answer is not None
        assert self._timer is not None
        self._timer.cancel()
        self._timer = None
        if not answer.done():
            answer.set_result(
                HttpResponse(self._status, self._headers, bytes(self._body), self._truncated)
            )
        self.idle_since = self._heard
        if self._is_last:
            self.close()

    def _fail(self, failure: HttpFailure) -> None:
        answer = self._answer
        if answer is not None and not answer.done():
            answer.set_exception(failure)
        self.close()

    def _late(self) -> None:
        now = self._loop.time()
        if now >= self._until:
            self._fail(TotalTimeout("the exchange took too long"))
        elif now >= self._heard + self._read_timeout:
            self._fail(ReadTimeout("no answer in time"))
        else:
            at = min(self._until, self._heard + self._read_timeout)
            self._timer = self._loop.call_at(at, self._late)


def _inflater(encoding: str) -> Any:
    """What reads a compressed body; null for a coding that nobody asked for, which stays as it
    is."""
    match encoding.strip().lower():
        case "gzip" | "x-gzip":
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        case "deflate":
            return zlib.decompressobj()
        case _:
            return None
