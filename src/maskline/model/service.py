"""Proxy Services: a pool of numbers and how sessions on it behave."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class GeoMatchLevel(StrEnum):
    """How near a proxy number must be. All five of Twilio's spellings are accepted."""

    COUNTRY = "country"
    AREA_CODE = "area-code"
    EXTENDED_AREA_CODE = "extended-area-code"
    OVERLAY = "overlay"
    RADIUS = "radius"


class NumberSelection(StrEnum):
    """Whether a person should meet a proxy number again."""

    PREFER_STICKY = "prefer-sticky"
    AVOID_STICKY = "avoid-sticky"


class Service(msgspec.Struct, frozen=True):
    """A Proxy Service. `default_ttl` is in seconds, 0 meaning without end."""

    sid: str
    account_sid: str
    unique_name: str
    chat_instance_sid: str | None
    callback_url: str | None
    intercept_callback_url: str | None
    out_of_session_callback_url: str | None
    default_ttl: int
    geo_match_level: str
    number_selection_behavior: str
    date_created: int
    date_updated: int
