"""The addresses at which carriers, and programs that hand something back, reach a Service."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import unquote, urlsplit

from maskline.model.form import is_url
from maskline.proxy.own_address import is_own
from maskline.settings import Settings

_PATH: Final = re.compile(
    r"(?:/webhooks)?/v1/Accounts/(AC[0-9a-fA-F]{32})/Proxy/(KS[0-9a-fA-F]{32})/Webhooks/"
    r"(Message|Call|Call/Leg|Call/Done|Call/Status|Call/Whisper)/?\Z"
)
#: Doors whose query names the call, or the leg, that is told of.
_NAMING: Final = frozenset({"Call/Leg", "Call/Done"})
#: Where carriers are heard, but for the files of theirs that programs were given the addresses of.
_HEARD: Final = re.compile(r"/carriers/[^/]*/(?!media/)|/Proxy/[^/]*/Webhooks/")
#: What programs that were written for Twilio have in their documents.
_TWILIO: Final = ("https", "webhooks.twilio.com")


def door(settings: Settings, account_sid: str, service_sid: str, what: str) -> str:
    """The address of a Service's door: `what` is Message, Call, Call/Leg or Call/Done."""
    base = f"{settings.base_url}/webhooks/v1"
    return f"{base}/Accounts/{account_sid}/Proxy/{service_sid}/Webhooks/{what}"


def door_of(url: str, settings: Settings, account_sid: str) -> tuple[str, str] | None:
    """The Service and which of its doors a URL names, however it spells this server; null when it
    is none of the account's. Twilio's own address counts as ours."""
    if not is_url(url):
        return None
    parts = urlsplit(url)
    found = _PATH.search(parts.path)
    if found is None or found[1] != account_sid:
        return None
    if (parts.scheme, parts.netloc.lower()) != _TWILIO and not is_own(url, settings):
        return None
    return found[2], found[3]


def is_our_door(url: str, settings: Settings) -> bool:
    """Whether a URL names a door of a Service of ours, whoever's."""
    found = _PATH.search(urlsplit(url).path) if is_url(url) else None
    return found is not None and door_of(url, settings, found[1]) is not None


def ours(url: str, settings: Settings, account_sid: str) -> str:
    """A URL of a program's document as a carrier may be given it: under the address that carriers
    know where it names a door of the account's, without a query that says whose call is told of.
    A door of another account's, or a carrier's, becomes an address at which nobody answers: there a
    carrier that is sent by the document would be believed, whosever call the address names.
    """
    found = door_of(url, settings, account_sid)
    if found is not None:
        query = "" if found[1] in _NAMING else urlsplit(url).query
        return door(settings, account_sid, *found) + (f"?{query}" if query else "")
    return f"{settings.base_url}/" if _is_others_door(url, settings) else url


def _is_others_door(url: str, settings: Settings) -> bool:
    """Whether a URL names a door at which carriers are heard, however it spells it."""
    if not is_url(url) or not is_own(url, settings):
        return False
    path = posixpath.normpath(unquote(urlsplit(url).path).replace("\\", "/"))
    return _HEARD.search(f"{path}/") is not None
