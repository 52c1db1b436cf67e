"""SignalWire: numbers of a SignalWire project, by its Compatibility (LaML) API."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.contract import Capabilities, Kind, Tools
from maskline.carriers.twilio.adapter import VERBS, Shape, TwilioShaped
from maskline.carriers.twilio.api import Api
from maskline.model.placed_call import CALL_OPTIONS

__all__ = ["KIND", "Credentials", "Settings"]

_UUID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`space` is the host of the space, such as example.signalwire.com; `base_url` takes its place
    for a stand-in: the address that has /2010-04-01 below it. `opt_outs`: SignalWire answers no
    opt-out words unless its support was asked to, so by default Maskline does. `rate` is segments a
    second from one number."""

    project: Annotated[str, Meta(pattern=f"^({_UUID}|AC[0-9a-fA-F]{{32}})$")]
    space: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]*$")] = ""
    base_url: Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")] = ""
    opt_outs: Literal["none", "local"] = "none"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_token` makes requests; `signing_key` (PSK_…, on the API page) signs what SignalWire
    sends, and is not the same; `next_signing_key` will, and counts already."""

    api_token: Annotated[str, Meta(min_length=8)]
    signing_key: Annotated[str, Meta(min_length=8)]
    next_signing_key: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> TwilioShaped:
    """The adapter. Raises ValueError."""
    if bool(settings.space) == bool(settings.base_url):
        raise ValueError("one of space and base_url is needed")
    host = settings.base_url or f"https://{settings.space}"
    laml = settings.base_url or f"{host}/api/laml"
    api = Api(
        tools.http,
        [host],
        f"{laml}/2010-04-01/Accounts/{settings.project}",
        settings.project,
        credentials.api_token,
        settings.timeout,
    )
    capabilities = Capabilities(
        sms=True, mms=True, voice=True, dlr=True, opt_outs=settings.opt_outs, rate=settings.rate
    )
    headers = ("x-signalwire-signature", "x-twilio-signature")
    keys = tuple(filter(None, (credentials.signing_key, credentials.next_signing_key)))
    return TwilioShaped(name, api, Shape(headers, keys, capabilities), tools)


KIND: Final = Kind(
    "signalwire", "SignalWire", Settings, Credentials, VERBS, build, call_options=CALL_OPTIONS
)
