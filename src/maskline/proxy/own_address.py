"""Whether a URL leads to the server itself, which no callback may: it would answer its own calls.

Told from the URL's text: a name of somebody else's that resolves to this machine can't be seen.
"""

from __future__ import annotations

import posixpath
import unicodedata
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from maskline.model.form import is_url
from maskline.model.host import PRODUCTS, address_of, embedded_in, name_of
from maskline.settings import Settings

#: What every way of writing "this machine" is read as.
_HERE: Final = "127.0.0.1"
_PORTS: Final = {"http": 80, "https": 443}.__getitem__
#: What browsers and IDNA take for a dot, where Unicode's own folding does not.
_DOTS: Final = str.maketrans("\u3002", ".")


class _Place(msgspec.Struct, frozen=True):
    """Where a URL leads, whatever way it is written in. `is_name`: by a name and not an address."""

    host: str
    is_name: bool
    port: int
    path: str

    def is_under(self, path: str) -> bool:
        """Whether its path is `path`, or lies under it."""
        return f"{self.path}/".startswith("/" if path == "/" else f"{path}/")


def is_own(url: str, settings: Settings, called: str = "") -> bool:
    """Whether `url` leads to this server. `called` is the address that the request at hand was sent
    to, path left out.

    Own are: the host of `public_url` at any port (under its path, when it has one), and with a
    product before it (`proxy.`); the loopback, the address that is listened on and the one that was
    called, at the ports of any of these. A public host that is an address, as in development, is
    own at those ports only.
    """
    at = _place(url)
    public = _place(settings.public_url) if settings.public_url else None
    asked = _place(called) if is_url(called) else None
    known = [one for one in (public, asked) if one is not None]
    ports = {settings.port, *(one.port for one in known)}
    if public is not None and at.host == public.host:
        if at.port == settings.port != public.port:
            return True
        return (public.is_name or at.port in ports) and at.is_under(public.path)
    product, _, rest = at.host.partition(".")
    if product in PRODUCTS and rest in {one.host for one in known if one.is_name}:
        return True
    hosts = {_HERE, _host(settings.host)[0], *(one.host for one in known)}
    return at.host in hosts and at.port in ports


def _place(url: str) -> _Place:
    parts = urlsplit(url)
    host, is_name = _host(parts.hostname or "")
    path = posixpath.normpath(unquote(parts.path).replace("\\", "/") or "/").lstrip("/")
    return _Place(host, is_name, parts.port or _PORTS(parts.scheme), f"/{path}")


def _host(written: str) -> tuple[str, bool]:
    """The host in its one form, and whether it is a name."""
    plain = unicodedata.normalize("NFKC", unquote(written)).translate(_DOTS)
    try:
        address = address_of(plain)
    except ValueError:
        return name_of(plain), True
    if address is None:
        try:
            return name_of(plain.encode("idna").decode()), True
        except UnicodeError:
            return name_of(plain), True
    if isinstance(address, IPv6Address):
        # The zone says which link, not which address.
        bare = IPv6Address(int(address))
        address = embedded_in(bare) or bare
    if address.is_loopback or address.is_unspecified:
        return _HERE, False
    return str(address), False
