"""Bandwidth: numbers of a Bandwidth account, by its Messaging and Voice APIs."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.bandwidth.adapter import Bandwidth, Gate
from maskline.carriers.bandwidth.bxml import VERBS
from maskline.carriers.bandwidth.dashboard import Dashboard, Wanted
from maskline.carriers.bandwidth.placing import OPTIONS
from maskline.carriers.contract import Kind, Tools
from maskline.carriers.json_api import basic

__all__ = ["KIND", "Credentials", "Settings"]

_URL: Final = r"^https?://[^\s?#]+[^\s?#/]$"
_NAME: Final = r"^[0-9A-Za-z-]+$"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`account_id` is the account's number, `application_id` the messaging application that its
    numbers belong to, `voice_application_id` the voice application, needed for calls.
    `location_id` of the sub-account `site_id` is where `maskline numbers sync` moves numbers to:
    a location with both applications. `messaging_url`, `voice_url` and `numbers_url` are the APIs,
    or stand-ins. `opt_outs`: Bandwidth answers no
    opt-out words for local numbers, so by default Maskline does; `network` is for an account of
    toll-free numbers. `rate` is segments a second from one number."""

    account_id: Annotated[str, Meta(pattern=_NAME)]
    application_id: Annotated[str, Meta(pattern=_NAME)]
    voice_application_id: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]*$")] = ""
    site_id: Annotated[str, Meta(pattern=r"^[0-9]*$")] = ""
    location_id: Annotated[str, Meta(pattern=r"^[0-9]*$")] = ""
    messaging_url: Annotated[str, Meta(pattern=_URL)] = "https://messaging.bandwidth.com/api/v2"
    voice_url: Annotated[str, Meta(pattern=_URL)] = "https://voice.bandwidth.com/api/v2"
    numbers_url: Annotated[str, Meta(pattern=_URL)] = "https://dashboard.bandwidth.com/api"
    opt_outs: Literal["none", "network"] = "none"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_token` and `api_secret` make requests; `numbers_user` and `numbers_password` make those
    of the Numbers API, where it wants others. `hook_username` and `hook_password` are what the
    applications at Bandwidth are told to send with their callbacks: choose them yourself."""

    api_token: Annotated[str, Meta(min_length=1)]
    api_secret: Annotated[str, Meta(min_length=8)]
    hook_username: Annotated[str, Meta(pattern="^[^:]+$")]
    hook_password: Annotated[str, Meta(min_length=16)]
    numbers_user: str = ""
    numbers_password: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Bandwidth:
    """The adapter. Raises ValueError."""
    if bool(credentials.numbers_user) != bool(credentials.numbers_password):
        raise ValueError("numbers_user and numbers_password go together")
    if bool(settings.site_id) != bool(settings.location_id):
        raise ValueError("site_id and location_id go together")
    gate = Gate(tools.door, credentials.hook_username, credentials.hook_password)
    authorization = basic(credentials.api_token, credentials.api_secret)
    dashboard = Dashboard(
        tools.http,
        f"{settings.numbers_url}/accounts/{settings.account_id}",
        basic(credentials.numbers_user, credentials.numbers_password)
        if credentials.numbers_user
        else authorization,
        settings.timeout,
        Wanted(
            messaging=settings.application_id,
            voice=settings.voice_application_id,
            site=settings.site_id,
            location=settings.location_id,
            door=tools.door,
        ),
    )
    return Bandwidth(name, settings, gate, authorization, dashboard, tools)


KIND: Final = Kind(
    "bandwidth", "Bandwidth", Settings, Credentials, VERBS, build, call_options=OPTIONS
)
