"""Twilio: numbers of a Twilio account."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from maskline.carriers.contract import Capabilities, Kind, Tools
from maskline.carriers.twilio.adapter import VERBS, Shape, TwilioShaped
from maskline.carriers.twilio.api import Api
from maskline.carriers.twilio.messaging_api import MessagingApi
from maskline.carriers.twilio.registrar import TwilioRegistrar
from maskline.model.placed_call import CALL_OPTIONS
from maskline.model.registrar import Registrar

__all__ = ["KIND", "Credentials", "Settings"]


_EVERYWHERE: Final = "https://api.twilio.com"
_MESSAGING: Final = "https://messaging.twilio.com"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`base_url` is another region's API, or a stand-in. `opt_outs` says who answers STOP, START
    and HELP: `local` is Twilio, as an account does unless Twilio was asked not to; `none` is
    Maskline. `rate` is segments a second from one number. `messaging_url` is where A2P campaigns
    are registered, or a stand-in."""

    account_sid: Annotated[str, Meta(pattern="^AC[0-9a-fA-F]{32}$")]
    base_url: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] = _EVERYWHERE
    opt_outs: Literal["none", "local"] = "local"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    allow_private: bool = False
    messaging_url: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+[^\s?#/]$")] = _MESSAGING


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`auth_token` is the account's primary token, which signs what Twilio sends;
    `next_auth_token` is its secondary one, and counts already. With `api_key` and `api_secret`,
    requests are made as that key."""

    auth_token: Annotated[str, Meta(min_length=8)]
    api_key: str = ""
    api_secret: str = ""
    next_auth_token: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


class Twilio(TwilioShaped):
    """One account, which can register brands and campaigns too."""

    def __init__(
        self, name: str, api: Api, shape: Shape, tools: Tools, registrar: Registrar
    ) -> None:
        super().__init__(name, api, shape, tools)
        self.registrar = registrar


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Twilio:
    """The adapter. Raises ValueError."""
    if bool(credentials.api_key) != bool(credentials.api_secret):
        raise ValueError("api_key and api_secret go together")
    hosts = [settings.base_url]
    if (urlsplit(settings.base_url).hostname or "").endswith(".twilio.com"):
        # A region's messages may have their media at the one that all accounts know.
        hosts.append(_EVERYWHERE)
    user = credentials.api_key or settings.account_sid
    password = credentials.api_secret or credentials.auth_token
    root = f"{settings.base_url}/2010-04-01/Accounts/{settings.account_sid}"
    api = Api(tools.http, hosts, root, user, password, settings.timeout)
    messaging = MessagingApi(tools.http, settings.messaging_url, user, password, settings.timeout)
    capabilities = Capabilities(
        sms=True, mms=True, voice=True, dlr=True, opt_outs=settings.opt_outs, rate=settings.rate
    )
    tokens = tuple(filter(None, (credentials.auth_token, credentials.next_auth_token)))
    shape = Shape(("x-twilio-signature",), tokens, capabilities)
    return Twilio(name, api, shape, tools, TwilioRegistrar(messaging, api))


KIND: Final = Kind(
    "twilio", "Twilio", Settings, Credentials, VERBS, build, call_options=CALL_OPTIONS
)
