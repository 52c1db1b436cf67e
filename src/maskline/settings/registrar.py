"""Settings of registration with the Campaign Registry: who hands brands and campaigns in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class RegistrarSettings(Struct, frozen=True):
    """Who registers, and how often is asked how far it is; times in seconds."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
            description='"manual", "mock" or the name of a carrier\'s account',
        ),
    ] = "manual"
    poll_seconds: Annotated[float, Meta(ge=0.1, le=86_400)] = 300.0
    watch_seconds: Annotated[float, Meta(ge=1, le=2_592_000)] = 86_400.0
