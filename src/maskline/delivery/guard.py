"""The guard against server-side request forgery: which URLs and addresses may be reached.

Whoever may set a callback URL chooses where the server connects to. The guard looks three times:
at the URL (`UrlGuard.check_url`: scheme, host, and hosts that are addresses in any spelling), at
every address that a name resolves to (`GuardedResolver`), and at the address of each socket before
it is connected (`UrlGuard.open_socket`). A name that answers differently the next time therefore
gains nothing: only an address that was checked is connected to.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, Protocol, TypeAlias

from yarl import URL

from maskline.model.host import Address, address_of, embedded_in, name_of
from maskline.model.http import BadUrl, ForbiddenAddress

Network: TypeAlias = IPv4Network | IPv6Network
#: Family, type, protocol, canonical name and socket address, as `getaddrinfo` gives them.
AddrInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


class _Block:
    """Networks refused for one reason; `private` ones may be opened by `allow_private`."""

    def __init__(self, reason: str, networks: Sequence[str], *, private: bool = False) -> None:
        self.reason = reason
        self.private = private
        self.networks: tuple[Network, ...] = tuple(map(ip_network, networks))


# From IANA's registries of special-purpose addresses. The first that fits gives the reason. The
# standard library's is_private and is_global differ between the Python versions supported.
_BLOCKS: Final = (
    _Block(
        "a cloud metadata address",
        (
            "169.254.169.254/32",
            "169.254.170.2/32",
            "168.63.129.16/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
        ),
    ),
    _Block("the unspecified address", ("0.0.0.0/8", "::/128")),
    _Block("a loopback address", ("127.0.0.0/8", "::1/128"), private=True),
    _Block(
        "a private address",
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        private=True,
    ),
    _Block("a shared (CGNAT) address", ("100.64.0.0/10",), private=True),
    _Block("a link-local address", ("169.254.0.0/16", "fe80::/10")),
    _Block("a multicast address", ("224.0.0.0/4", "ff00::/8")),
    _Block(
        "a reserved address",
        (
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "64:ff9b:1::/48",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
        ),
    ),
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")

_UNSOUND: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\s\ud800-\udfff]").search
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*").fullmatch


class UrlGuard:
    """Says which URLs and addresses the server may reach.

    Public addresses always; private, shared and loopback ones with `allow_private` (development).
    `allowed_networks` (CIDR, such as `10.1.0.0/16`) opens those networks whatever they are; a
    malformed one raises ValueError. An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4)
    is as good as that one.
    """

    def __init__(self, allow_private: bool = False, allowed_networks: Iterable[str] = ()) -> None:
        self._allow_private = allow_private
        self._allowed: tuple[Network, ...] = tuple(map(ip_network, allowed_networks))

    def check_url(self, url: str) -> URL:
        """The URL as it is to be requested, without its fragment.

        Raises BadUrl if it is no absolute http or https URL with a host, or holds white space,
        control characters or a backslash, and ForbiddenAddress if its host is an address, in
        whatever spelling, that must not be reached. A name is not resolved here.
        """
        if _UNSOUND(url):
            raise BadUrl("the URL has white space, control characters or a backslash")
        address = url.partition("#")[0]
        try:
            # Whatever is plain goes out as it was written and signed, escapes included.
            parsed = URL(address, encoded=_PLAIN(address) is not None)
            host, port = parsed.raw_host, parsed.port
        except ValueError:
            raise BadUrl("the URL is malformed") from None
        if parsed.scheme not in ("http", "https"):
            raise BadUrl("the URL is neither http nor https")
        if not host:
            raise BadUrl("the URL has no host")
        if port == 0:
            raise BadUrl("the URL's port is 0")
        try:
            literal = address_of(host)
        except ValueError as error:
            raise BadUrl(f"the URL's host is {error}") from None
        if literal is not None:
            self.check_address(literal)
            if ":" not in host and name_of(host) != "localhost" and host != str(literal):
                raise BadUrl("the URL's host is an unusual spelling of an address")
        return parsed

    def check_address(self, address: Address | str) -> None:
        """Raise ForbiddenAddress unless `address` may be reached.

        As text it may be any result of a resolver, an IPv6 one with its zone.
        """
        reason = self._refusal(address)
        if reason is not None:
            raise ForbiddenAddress(f"the host is {reason}")

    def open_socket(self, info: AddrInfo) -> socket.socket:
        """A socket for `info`, its address checked: the last gate before a connection."""
        family, kind, protocol, _, sockaddr = info
        self.check_address(str(sockaddr[0]))
        return socket.socket(family, kind, protocol)

    def _refusal(self, address: Address | str) -> str | None:
        if isinstance(address, str):
            try:
                address = ip_address(address)
            except ValueError:
                return "no address"
        if isinstance(address, IPv6Address):
            # The zone says which link, not which address.
            address = IPv6Address(int(address))
        if any(address in network for network in self._allowed):
            return None
        if isinstance(address, IPv6Address):
            embedded = embedded_in(address)
            if embedded is not None:
                return self._refusal(embedded)
        for block in _BLOCKS:
            if any(address in network for network in block.networks):
                return None if block.private and self._allow_private else block.reason
        if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
            return "a reserved address"
        return None


class Resolver(Protocol):
    """What looks names up."""

    async def resolve(self, host: str, port: int) -> Sequence[AddrInfo]:
        """The addresses of `host`. Raises OSError for a name that has none, UnicodeError for what
        is no name."""


class SystemResolver:
    """Asks the system, on a thread of the loop's."""

    async def resolve(self, host: str, port: int) -> Sequence[AddrInfo]:
        """The addresses of `host`."""
        return await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )


class GuardedResolver:
    """Resolves names through `inner` and lets an answer pass only if all its addresses may."""

    def __init__(self, guard: UrlGuard, inner: Resolver) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(self, host: str, port: int) -> Sequence[AddrInfo]:
        """The addresses of `host`; one that is forbidden raises ForbiddenAddress for all.

        A name with both public and private addresses is no accident to be worked around: it is
        either an attack or a split view of DNS in which it is unclear what is meant.
        """
        try:
            results = await self._inner.resolve(host, port)
        except UnicodeError:
            raise BadUrl("the URL's host is no valid name") from None
        for result in results:
            self._guard.check_address(str(result[4][0]))
        return results
