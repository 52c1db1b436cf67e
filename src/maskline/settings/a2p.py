"""Settings of A2P 10DLC: what long codes of the United States may send."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]


class A2pSettings(Struct, frozen=True, cache_hash=True):
    """Which messages are held back for want of a registration, and which figures of carriers
    count."""

    unregistered: Literal["allow", "warn", "block"] = "warn"
    limits_file: (
        Annotated[str, Meta(min_length=1, description="the path of a TOML file")] | None
    ) = None
    att_share: Share = 1.0
    tmobile_share: Share = 1.0
    warn_numbers: Annotated[int, Meta(ge=1, le=100_000)] = 49
