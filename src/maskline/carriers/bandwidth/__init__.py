"""Bandwidth: numbers of a Bandwidth account, by its Messaging and Voice APIs."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.bandwidth.adapter import Bandwidth, Gate
from maskline.carriers.bandwidth.bxml import VERBS
from maskline.carriers.contract import Kind, Tools

__all__ = ["KIND", "Credentials", "Settings"]

_URL: Final = r"^https?://[^\s?#]+[^\s?#/]$"
_NAME: Final = r"^[0-9A-Za-z-]+$"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`account_id` is the account's number, `application_id` the messaging application that its
    numbers belong to, `voice_application_id` the voice application, needed to begin calls only.
    `messaging_url` and `voice_url` are the APIs, or stand-ins. `opt_outs`: Bandwidth answers no
    opt-out words for local numbers, so by default Maskline does; `network` is for an account of
    toll-free numbers. `rate` is segments a second from one number."""

    account_id: Annotated[str, Meta(pattern=_NAME)]
    application_id: Annotated[str, Meta(pattern=_NAME)]
    voice_application_id: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]*$")] = ""
    messaging_url: Annotated[str, Meta(pattern=_URL)] = "https://messaging.bandwidth.com/api/v2"
    voice_url: Annotated[str, Meta(pattern=_URL)] = "https://voice.bandwidth.com/api/v2"
    opt_outs: Literal["none", "network"] = "none"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_token` and `api_secret` make requests. `hook_username` and `hook_password` are what the
    applications at Bandwidth are told to send with their callbacks: choose them yourself."""

    api_token: Annotated[str, Meta(min_length=1)]
    api_secret: Annotated[str, Meta(min_length=8)]
    hook_username: Annotated[str, Meta(pattern="^[^:]+$")]
    hook_password: Annotated[str, Meta(min_length=16)]

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Bandwidth:
    """The adapter."""
    gate = Gate(tools.door, credentials.hook_username, credentials.hook_password)
    token, secret = credentials.api_token, credentials.api_secret
    return Bandwidth(name, settings, gate, token, secret, tools)


KIND: Final = Kind("bandwidth", "Bandwidth", Settings, Credentials, VERBS, build)
