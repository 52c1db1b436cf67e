"""Vonage: messages by its Messages API or its SMS API, calls by NCCO documents."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.vonage.adapter import Vonage
from maskline.carriers.vonage.ncco import VERBS
from maskline.carriers.vonage.placing import OPTIONS
from maskline.carriers.vonage.tokens import Tokens

__all__ = ["KIND", "Credentials", "Settings"]

_UUID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_URL: Final = r"^https?://[^\s?#]+[^\s?#/]$"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_key` is the account's; `application_id` the application's that has the calls, and by the
    Messages API the messages too. `api` is how messages are sent: `messages`, which takes pictures,
    or `sms`. `signature_method` is how the SMS API signs, as the account's settings have it.
    `opt_outs` is who answers STOP and START. `rate` is segments a second from one number;
    `concatenation_timeout` is how many seconds the parts of a long text wait for those that are
    missing; `timeout` is seconds for an answer; `api_url` and `rest_url` are other addresses of the
    two APIs."""

    api_key: Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,64}$")]
    application_id: Annotated[str, Meta(pattern=f"^({_UUID})?$")] = ""
    api: Literal["messages", "sms"] = "messages"
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = "sha256"
    opt_outs: Literal["none", "local"] = "none"
    rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    concatenation_timeout: Annotated[float, Meta(gt=0, le=86_400)] = 300.0
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    api_url: Annotated[str, Meta(pattern=_URL)] = "https://api.nexmo.com"
    rest_url: Annotated[str, Meta(pattern=_URL)] = "https://rest.nexmo.com"
    allow_private: bool = False


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """`api_secret` is the account's. `signature_secret`, of the account's settings, signs what
    Vonage sends, and is not the same. `private_key` is the application's, in PEM."""

    api_secret: Annotated[str, Meta(min_length=8)]
    signature_secret: Annotated[str, Meta(min_length=16)]
    private_key: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Vonage:
    """The adapter. Raises ValueError."""
    tokens = None
    if bool(settings.application_id) != bool(credentials.private_key):
        raise ValueError("application_id and private_key go together")
    if settings.application_id:
        # In an environment variable the lines of a key are often written so.
        key = credentials.private_key.replace("\\n", "\n")
        tokens = Tokens(settings.application_id, key, tools.clock)
    elif settings.api == "messages":
        raise ValueError("the Messages API needs application_id and private_key")
    return Vonage(name, settings, credentials, tokens, tools)


KIND: Final = Kind("vonage", "Vonage", Settings, Credentials, VERBS, build, OPTIONS)
