"""Where a request goes, and how it is written."""

from __future__ import annotations

import base64
import re
import socket
from ipaddress import ip_address
from typing import Final

import msgspec
from yarl import URL

from maskline.delivery.guard import AddrInfo, UrlGuard
from maskline.model.http import BadRequest, HttpRequest

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_UNSOUND: Final = re.compile(r"[\x00\r\n]").search


class Origin(msgspec.Struct, frozen=True):
    """Where connections go to."""

    host: str
    port: int
    secure: bool


class Target(msgspec.Struct, frozen=True):
    """A URL as a request needs it. `head` follows the method; `authorization` is "" without
    userinfo."""

    origin: Origin
    head: str
    authorization: str


def read_target(guard: UrlGuard, url: str) -> Target:
    """What a URL says. Raises BadUrl and ForbiddenAddress."""
    found = guard.check_url(url)
    host, port = found.raw_host, found.port
    assert host is not None
    assert port is not None
    return Target(
        Origin(host.replace("%25", "%"), port, found.scheme == "https"),
        f" {found.raw_path_qs} HTTP/1.1\r\nHost: {found.host_port_subcomponent}\r\n",
        _basic(found),
    )


def written(request: HttpRequest, target: Target, user_agent: str) -> bytes:
    """The request as it is sent. Raises BadRequest for what can't be written as HTTP."""
    if not _TOKEN(request.method):
        raise BadRequest("the method or a header is malformed")
    lines = [request.method, target.head]
    own = named = False
    for name, value in request.headers.items():
        if not _TOKEN(name) or _UNSOUND(value):
            raise BadRequest("the method or a header is malformed")
        lines.append(f"{name}: {value}\r\n")
        lower = name.lower()
        own = own or lower == "authorization"
        named = named or lower == "user-agent"
    if target.authorization and not own:
        lines.append(f"Authorization: {target.authorization}\r\n")
    if not named:
        lines.append(f"User-Agent: {user_agent}\r\n")
    body = request.body
    if body is not None:
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        return "".join(lines).encode("utf-8", "surrogateescape") + body
    lines.append("Content-Length: 0\r\n\r\n" if request.method == "POST" else "\r\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def _basic(url: URL) -> str:
    """A URL's user and password as Basic authorization; "" without both."""
    if url.raw_user is None and url.raw_password is None:
        return ""
    pair = f"{url.user or ''}:{url.password or ''}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def literal(origin: Origin) -> AddrInfo | None:
    """The address of a host that is one, which needs no look-up."""
    host, _, zone = origin.host.partition("%")
    try:
        address = ip_address(host)
    except ValueError:
        return None
    kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
    if address.version == 4:
        return socket.AF_INET, kind, protocol, "", (host, origin.port)
    scope = socket.if_nametoindex(zone) if zone else 0
    return socket.AF_INET6, kind, protocol, "", (host, origin.port, 0, scope)
