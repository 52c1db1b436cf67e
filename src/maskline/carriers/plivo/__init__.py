"""Plivo: messages by its Message API, calls by Plivo XML."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.plivo.adapter import Plivo
from maskline.carriers.plivo.placing import OPTIONS
from maskline.carriers.plivo.xml import VERBS

__all__ = ["KIND", "Credentials", "Settings"]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`auth_id` is the account. `application` is the id of the application that `maskline numbers
    sync` puts numbers on. `accept_v2` takes the older signatures, which do not cover what is in a
    request, where no newer one is there. `opt_outs` is who answers STOP and START. `rate` is
    segments a second from one number; `timeout` is seconds; `base_url` is another address of the
    API."""

    auth_id: Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,64}$")]
    application: str = ""
    accept_v2: bool = False
    opt_outs: Literal["none", "local"] = "none"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    base_url: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] = "https://api.plivo.com"
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`auth_token` makes requests, and signs what Plivo sends. Of a subaccount's numbers,
    `main_auth_token` is the main account's, which signs messages too."""

    auth_token: Annotated[str, Meta(min_length=8)]
    main_auth_token: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Plivo:
    """The adapter."""
    return Plivo(name, settings, credentials, tools)


KIND: Final = Kind("plivo", "Plivo", Settings, Credentials, VERBS, build, call_options=OPTIONS)
