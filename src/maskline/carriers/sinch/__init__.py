"""Sinch: numbers of a service plan of its SMS API, and of an application of its Voice API."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.sinch.adapter import Sinch, SyncedSinch
from maskline.carriers.sinch.placing import OPTIONS
from maskline.carriers.sinch.project import Project
from maskline.carriers.sinch.signature import Application
from maskline.carriers.sinch.svaml import VERBS

__all__ = ["KIND", "Credentials", "Settings"]

_URL: Final = r"^(https?://[^\s?#]+[^\s?#/])?$"
_NAME: Final = r"^[0-9A-Za-z_-]+$"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`service_plan_id` is the SMS API's plan and `region` where it is; `sms_url` takes its place
    for a stand-in. `application_key` is the Voice application's, needed for calls, and `voice_url`
    its API. `opt_outs`: Sinch answers no opt-out words but for toll-free numbers, whose network
    does, so by default Maskline does; `network` is for a plan of toll-free numbers. `unknown` is
    what a message is when Sinch does not know what became of it. `project_id` is needed for
    `maskline numbers sync`, and `numbers_url` is the Numbers API. `rate` is segments a second from
    one number."""

    service_plan_id: Annotated[str, Meta(pattern=_NAME)]
    region: Literal["us", "eu", "au", "br", "ca"] = "us"
    sms_url: Annotated[str, Meta(pattern=_URL)] = ""
    application_key: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]*$")] = ""
    voice_url: Annotated[str, Meta(pattern=_URL, min_length=1)] = "https://calling.api.sinch.com"
    project_id: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]*$")] = ""
    numbers_url: Annotated[str, Meta(pattern=_URL, min_length=1)] = "https://numbers.api.sinch.com"
    opt_outs: Literal["none", "network"] = "none"
    unknown: Literal["sent", "undelivered"] = "sent"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_token` is the service plan's and makes requests; `hook_secret` signs what the SMS API
    posts, once Sinch was asked to sign; `application_secret` is the Voice application's, in the
    base64 that the dashboard shows. `key_id` and `key_secret` are an access key of the project."""

    api_token: Annotated[str, Meta(min_length=8)]
    hook_secret: Annotated[str, Meta(min_length=8)]
    application_secret: str = ""
    key_id: str = ""
    key_secret: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Sinch:
    """The adapter. Raises ValueError."""
    key, secret = settings.application_key, credentials.application_secret
    if bool(key) != bool(secret):
        raise ValueError("application_key and application_secret go together")
    application = None
    if key:
        try:
            decoded = base64.b64decode(secret, validate=True)
        except binascii.Error:
            raise ValueError("application_secret is not the base64 of the dashboard") from None
        application = Application(key, decoded, secret)
    token, hook_secret = credentials.api_token, credentials.hook_secret
    given = (settings.project_id, credentials.key_id, credentials.key_secret)
    if not any(given):
        return Sinch(name, settings, token, hook_secret, application, tools)
    if not all(given):
        raise ValueError("project_id, key_id and key_secret go together")
    project = Project(tools.http, settings, credentials.key_id, credentials.key_secret)
    return SyncedSinch(name, settings, token, hook_secret, application, tools, project)


KIND: Final = Kind("sinch", "Sinch", Settings, Credentials, VERBS, build, OPTIONS)
