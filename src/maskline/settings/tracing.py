"""Settings of traces by OpenTelemetry."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Endpoint = Annotated[
    str,
    Meta(
        pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$",
        description="an http:// or https:// address without user, query or fragment",
    ),
]


class TracingSettings(Struct, frozen=True):
    """Whether steps are traced, and where spans are sent."""

    enabled: bool = False
    endpoint: Endpoint | None = None
