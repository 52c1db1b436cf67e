"""Telnyx: messages by its messaging API, calls by TeXML or by call control."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.telnyx.adapter import VERBS, Telnyx
from maskline.carriers.telnyx.placing import CONTROL_OPTIONS

__all__ = ["KIND", "Credentials", "Settings"]

_KEY_BYTES: Final = 32


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`public_key` is the account's, from the portal: what Telnyx sends is signed with it. `voice`
    says how calls are steered: by TeXML documents, or by commands of call control.
    `messaging_profile` and `connection` (a TeXML or a call control application) are the ids that
    `maskline numbers sync` puts numbers on, and programs' calls are placed by the second;
    `account_id` is needed for that by TeXML.
    `opt_outs`: Telnyx answers STOP and START itself unless it was asked not to. `unconfirmed` is
    what a message counts as of which the network never said that it arrived. `rate` is messages a
    second from one number; `timeout` is seconds; `base_url` is another address of the API."""

    public_key: str
    voice: Literal["texml", "call-control", "none"] = "texml"
    messaging_profile: str = ""
    connection: str = ""
    account_id: str = ""
    opt_outs: Literal["none", "local"] = "local"
    unconfirmed: Literal["sent", "delivered", "undelivered"] = "sent"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    base_url: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] = (
        "https://api.telnyx.com"
    )
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_key` (KEY…) makes requests."""

    api_key: Annotated[str, Meta(min_length=8)]

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Telnyx:
    """The adapter. Raises ValueError."""
    try:
        key = base64.b64decode(settings.public_key, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"public_key is not {_KEY_BYTES} bytes in base64")
    return Telnyx(name, settings, key, credentials.api_key, tools)


KIND: Final = Kind(
    "telnyx", "Telnyx", Settings, Credentials, VERBS, build, call_options=CONTROL_OPTIONS
)
