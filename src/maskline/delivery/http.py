"""HTTP out of the server: one request, one answer, behind a one-method interface.

Every failure is an `HttpFailure` whose text names no URL, address, number or body. Requests go only
where the guard lets them; redirects are answers, cookies are dropped, proxies of the environment
are not used.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import quote_plus

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver

from maskline import __version__
from maskline.delivery.guard import BadUrl, ForbiddenAddress, GuardedResolver, HttpFailure, UrlGuard
from maskline.delivery.signature import Params

__all__ = [
    "AiohttpClient",
    "BadRequest",
    "BadResponse",
    "BadUrl",
    "ConnectFailed",
    "ConnectionLost",
    "ForbiddenAddress",
    "HttpClient",
    "HttpFailure",
    "HttpRequest",
    "HttpResponse",
    "ReadTimeout",
    "TotalTimeout",
    "form",
]

Phase: TypeAlias = Literal["dns", "tcp", "tls", "timeout"]

# aiohttp rounds longer timeouts up to whole seconds of the loop's clock; ours are promises.
_NEVER_ROUND: Final = 1e9

_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
_QUOTED: Final = {code: quote_plus(chr(code)) for code in range(128) if not _UNRESERVED(chr(code))}


class ConnectFailed(HttpFailure):
    """No connection came about, so nothing was sent.

    `phase` is where it failed: name lookup, TCP, TLS, or `timeout` when all of it (waiting for a
    free connection included) took longer than `connect_timeout`.
    """

    def __init__(self, reason: str, phase: Phase) -> None:
        super().__init__(reason)
        self.phase = phase


class ReadTimeout(HttpFailure):
    """The request was sent and no answer, or no more of it, came within `read_timeout`."""

    maybe_sent = True


class TotalTimeout(HttpFailure):
    """The whole exchange took longer than `total_timeout`."""

    maybe_sent = True


class ConnectionLost(HttpFailure):
    """The connection ended after the request was begun and before the answer was whole."""

    maybe_sent = True


class BadResponse(HttpFailure):
    """What came back is no HTTP."""

    maybe_sent = True


class BadRequest(HttpFailure):
    """The method or a header cannot be written as HTTP."""


class HttpRequest(msgspec.Struct, frozen=True):
    """A request. Timeouts are seconds, above 0; `max_body` is the bytes of the answer to keep.

    `connect_timeout` covers everything up to a usable connection (name lookup and TLS included),
    `read_timeout` each silence after that, `total_timeout` the whole. Userinfo in the URL becomes
    Basic authorization unless the headers have their own; the fragment is never sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    total_timeout: float = 15.0
    max_body: int = 65536

    def __repr__(self) -> str:
        # URL, headers and body hold tokens and numbers: a traceback must not show them.
        return f"HttpRequest({self.method})"


class HttpResponse(msgspec.Struct, frozen=True):
    """An answer, whatever its status: 3xx too is returned as it is.

    Header names are in lower case, repeated ones joined by `, `. `body` is decompressed and at most
    `max_body` bytes of it; `truncated` tells whether there was more.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {len(self.body)} bytes)"


class HttpClient(Protocol):
    """What sends requests."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer to `request`. Raises HttpFailure."""


class AiohttpClient:
    """Sends requests over one pool of kept connections. Use as a context manager, or `close` it.

    `limit` and `limit_per_host` are connections open at once, in all and to one host and port.
    """

    def __init__(
        self,
        guard: UrlGuard,
        *,
        resolver: AbstractResolver | None = None,
        user_agent: str = f"Maskline/{__version__}",
        limit: int = 512,
        limit_per_host: int = 128,
        # Shorter than the 5 s after which common application servers close an idle connection: a
        # request sent into a connection that is just being closed may or may not have arrived.
        keepalive_timeout: float = 4.0,
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._user_agent = user_agent
        self._limit = limit
        self._limit_per_host = limit_per_host
        self._keepalive_timeout = keepalive_timeout
        self._session: aiohttp.ClientSession | None = None
        self._guarded: GuardedResolver | None = None

    async def __aenter__(self) -> AiohttpClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; a later `send` would open new ones."""
        session, self._session = self._session, None
        guarded, self._guarded = self._guarded, None
        if session is not None:
            await session.close()
        if guarded is not None:
            await guarded.close()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer to `request`.

        Raises BadUrl, BadRequest, ForbiddenAddress and ConnectFailed before anything was sent;
        ReadTimeout, TotalTimeout, ConnectionLost and BadResponse when it may have been.
        """
        url = self._guard.check_url(request.url)
        headers = request.headers
        if url.raw_user is not None or url.raw_password is not None:
            if not any(name.lower() == "authorization" for name in headers):
                basic = aiohttp.encode_basic_auth(url.user or "", url.password or "", "utf-8")
                headers = {**headers, "Authorization": basic}
            url = url.with_user(None)
        session = self._session or self._open()
        timeout = aiohttp.ClientTimeout(
            total=request.total_timeout,
            connect=request.connect_timeout,
            sock_read=request.read_timeout,
            ceil_threshold=_NEVER_ROUND,
        )
        try:
            async with session.request(
                request.method,
                url,
                data=request.body,
                headers=headers,
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                body, truncated = await _read(response, request.max_body)
                return HttpResponse(response.status, _headers(response), body, truncated)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error) from None

    def _open(self) -> aiohttp.ClientSession:
        self._guarded = GuardedResolver(self._guard, self._resolver or aiohttp.DefaultResolver())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._guarded,
                socket_factory=self._guard.open_socket,
                limit=self._limit,
                limit_per_host=self._limit_per_host,
                keepalive_timeout=self._keepalive_timeout,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent},
            raise_for_status=False,
            trust_env=False,
        )
        return self._session


def form(params: Params) -> bytes:
    """`params` as application/x-www-form-urlencoded, UTF-8, in the order given."""
    items = params.items() if isinstance(params, Mapping) else params
    fields = []
    for name, value in items:
        if isinstance(value, str):
            fields.append(f"{_quote(name)}={_quote(value)}")
        else:
            fields += [f"{_quote(name)}={_quote(each)}" for each in value]
    return "&".join(fields).encode()


def _quote(text: str) -> str:
    if _UNRESERVED(text):
        return text
    # A table is four times as fast as quote_plus(), which remains for what needs UTF-8.
    return text.translate(_QUOTED) if text.isascii() else quote_plus(text, errors="surrogatepass")


async def _read(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            # The rest may be endless; the connection goes with it.
            response.close()
            return bytes(body[:limit]), True
    return bytes(body), False


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _failure(error: Exception) -> HttpFailure:
    """What `error` means to the sender. Its own text, which names hosts, is dropped."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return ConnectFailed("no connection in time", "timeout")
        case aiohttp.SocketTimeoutError():
            return ReadTimeout("no answer in time")
        case TimeoutError():
            return TotalTimeout("the exchange took too long")
        case aiohttp.ClientConnectorDNSError():
            return ConnectFailed("the host's name was not resolved", "dns")
        case aiohttp.ClientConnectorCertificateError():
            return ConnectFailed("the host's certificate is not trusted", "tls")
        case aiohttp.ClientSSLError():
            return ConnectFailed("the TLS handshake failed", "tls")
        case aiohttp.ClientConnectorError():
            name = errno.errorcode.get(error.os_error.errno or 0, "unknown")
            return ConnectFailed(f"the connection failed ({name})", "tcp")
        case aiohttp.InvalidURL():
            return BadUrl("the URL is malformed")
        case aiohttp.ClientResponseError():
            return BadResponse("the answer is no HTTP")
        case aiohttp.ClientError() | OSError():
            return ConnectionLost("the connection was lost before the answer was whole")
        case _:
            return BadRequest("the method or a header is malformed")
