"""HTTP out of the server: one request, one answer, behind a one-method interface.

Every failure is an `HttpFailure` whose text names no URL, address, number or body.
`maskline.delivery.client` has the implementation; carriers are handed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from string import ascii_letters, digits
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import quote_plus

import msgspec

from maskline.model.signature import Params

Phase: TypeAlias = Literal["dns", "tcp", "tls", "timeout"]

_UNRESERVED: Final = frozenset(f"{ascii_letters}{digits}_.~-")
_QUOTED: Final = {
    chr(code): quote_plus(chr(code)) for code in range(128) if chr(code) not in _UNRESERVED
}


class HttpFailure(Exception):
    """A request that got no usable answer.

    `reason` is short and holds no URL, address, number or body. `maybe_sent` tells whether the
    other side may have received the request, so that sending it again may do its work twice.
    """

    maybe_sent: bool = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadUrl(HttpFailure):
    """The URL cannot be requested at all."""


class ForbiddenAddress(HttpFailure):
    """The URL leads to an address that the server must not reach."""


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


def form(params: Params) -> bytes:
    """`params` as application/x-www-form-urlencoded, UTF-8, in the order given."""
    items = params.items() if isinstance(params, Mapping) else params
    fields = []
    for name, value in items:
        if isinstance(value, str):
            # Most values are SIDs, statuses or times.
            quoted = value if value.isalnum() and value.isascii() else _quote(value)
            fields.append(f"{_quoted_name(name)}={quoted}")
        else:
            fields += [f"{_quoted_name(name)}={_quote(each)}" for each in value]
    return "&".join(fields).encode()


def _quote(text: str) -> str:
    if not text.isascii():
        return quote_plus(text, errors="surrogatepass")
    reserved = set(text) - _UNRESERVED
    # Few characters are to be replaced, which takes a third of a translation of them all. What is
    # brought in by the others must not be replaced in turn: these two go first.
    for character in "%+":
        if character in reserved:
            text = text.replace(character, _QUOTED[character])
            reserved.discard(character)
    for character in reserved:
        text = text.replace(character, _QUOTED[character])
    return text


#: The names are few, and always the same.
_quoted_name: Final = lru_cache(512)(_quote)
