"""How a webhook is called."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """The HTTP methods that a webhook may be called with."""

    GET = "GET"
    POST = "POST"
