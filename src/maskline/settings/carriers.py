"""Settings of carriers in general, and of the key to their credentials."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

CredentialsKey = Annotated[
    str,
    Meta(
        pattern=r"^\s*[A-Za-z0-9+/_-]{43}=(\s*,\s*[A-Za-z0-9+/_-]{43}=)*\s*$",
        description="32 bytes in base64, or several such with commas between",
    ),
]
KeyFile = Annotated[str, Meta(min_length=1, description="the path of a file")]


class CarriersSettings(Struct, frozen=True):
    """Carriers' accounts in general; what each needs is kept with it."""

    reload_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 2.0
    breaker_failures: Annotated[int, Meta(ge=0, le=10_000)] = 10
    breaker_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 10.0
    move_after_seconds: Annotated[int, Meta(ge=0, le=604_800)] = 0
    moved_text: Annotated[
        str, Meta(max_length=1600, description="a text of up to 1600 characters")
    ] = "Your conversation goes on by this number. Please write and call here from now on."
    keep_requests: bool = True
    request_days: Annotated[int, Meta(ge=0, le=36_500)] = 7
    request_bytes: Annotated[int, Meta(ge=256, le=1_048_576)] = 16_384
    media_hours: Annotated[int, Meta(ge=1, le=8760)] = 168
