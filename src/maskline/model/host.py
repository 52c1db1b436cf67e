"""Hosts of URLs: the name or the address that one spells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = IPv4Address | IPv6Address

#: First labels of host names that stand for a product's prefix in the path.
PRODUCTS: Final = frozenset(
    {"accounts", "api", "conversations", "flex-api", "messaging", "monitor", "proxy", "webhooks"}
)

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*").fullmatch
_LOOPBACK: Final = IPv4Address("127.0.0.1")


def host(url: str) -> str:
    """Host and port of a URL, without the user and password that it may hold."""
    return urlsplit(url).netloc.rpartition("@")[2]


def name_of(host: str) -> str:
    """The name without its final dot, in lower case; of `*.localhost` only that last label."""
    name = host.lower().removesuffix(".")
    return "localhost" if name.endswith(".localhost") else name


def address_of(host: str) -> Address | None:
    """The address that `host` spells, in whatever way, or null if it is a name.

    A host whose last label is a number is never a name. Raises ValueError, whose text goes on from
    "the host is", if it is neither.
    """
    if ":" in host:
        try:
            return IPv6Address(host.replace("%25", "%"))
        except ValueError:
            raise ValueError("no IPv6 address") from None
    if "%" in host or ".." in host or host.startswith("."):
        raise ValueError("malformed")
    name = name_of(host)
    if name == "localhost":
        return _LOOPBACK
    parts = name.split(".")
    if _NUMERIC_LABEL(parts[-1]) is None:
        return None
    try:
        return IPv4Address(name)
    except ValueError:
        return _legacy_ipv4(parts)


def embedded_in(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to `address` end at, if it carries one."""
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def _legacy_ipv4(parts: Sequence[str]) -> IPv4Address:
    """The address as inet_aton(3) reads it: one to four parts, the last filling what remains.

    Each is decimal, octal (`0177`) or hexadecimal (`0x7f`). Raises ValueError.
    """
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        raise ValueError("no IPv4 address") from None
    *leading, last = numbers
    if len(leading) > 3 or max(leading, default=0) > 255 or last >> 8 * (4 - len(leading)):
        raise ValueError("no IPv4 address")
    return IPv4Address(last + sum(part << 8 * (3 - at) for at, part in enumerate(leading)))


def _number(part: str) -> int:
    if _NUMERIC_LABEL(part) is None:
        raise ValueError(part)
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
