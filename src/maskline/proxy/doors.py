"""The addresses at which carriers, and programs that hand something back, reach a Service."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from maskline.model.form import is_url
from maskline.proxy.own_address import is_own
from maskline.settings import Settings

_PATH: Final = re.compile(
    r"(?:/webhooks)?/v1/Accounts/(AC[0-9a-fA-F]{32})/Proxy/(KS[0-9a-fA-F]{32})/Webhooks/"
    r"(Message|Call|Call/Leg|Call/Done|Call/Status|Call/Whisper)/?\Z"
)
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
    """The URL, under the address that carriers know where it names a door of ours."""
    found = door_of(url, settings, account_sid)
    if found is None:
        return url
    query = urlsplit(url).query
    return door(settings, account_sid, *found) + (f"?{query}" if query else "")
