"""Products by host name: `proxy.example.com/v1/…` is `/proxy/v1/…`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from maskline.model.host import PRODUCTS

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def by_host(scope: Scope) -> None:
    """Puts the product's prefix before the path of a request whose host's first label names one.

    `maskline.base` is then the address that the product's links begin with, and `maskline.path` the
    path that was really asked for, which is what a signature covers.
    """
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1")
            label = host.partition(".")[0].lower()
            if label in PRODUCTS and not scope["path"].startswith(f"/{label}/"):
                scope["maskline.base"] = f"{scope['scheme']}://{host}"
                scope["maskline.path"] = scope["path"]
                scope["path"] = f"/{label}{scope['path']}"
            return
