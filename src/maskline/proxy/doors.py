"""The addresses at which carriers, and programs that hand something back, reach a Service."""

from __future__ import annotations

import re
from typing import Final

_TAIL: Final = re.compile(
    r"/v1/Accounts/(AC[0-9a-fA-F]{32})/Proxy/(KS[0-9a-fA-F]{32})/Webhooks/"
    r"(Message|Call|Call/Leg|Call/Done)/?(?:\?[^#]*)?(?:#.*)?"
)
#: What programs that were written for Twilio have in their documents.
_TWILIO: Final = "https://webhooks.twilio.com"


def door(base: str, account_sid: str, service_sid: str, what: str) -> str:
    """The address of a Service's door: `what` is Message, Call, Call/Leg or Call/Done."""
    return f"{base}/webhooks/v1/Accounts/{account_sid}/Proxy/{service_sid}/Webhooks/{what}"


def door_of(url: str, base: str, account_sid: str) -> tuple[str, str] | None:
    """The Service and which of its doors a URL names; null when it is none of the account's.

    Twilio's own address counts as ours.
    """
    for head in (f"{base}/webhooks", _TWILIO):
        if url.startswith(head):
            found = _TAIL.fullmatch(url, len(head))
            if found is not None and found[1] == account_sid:
                return found[2], found[3]
    return None


def ours(url: str, base: str, account_sid: str) -> str:
    """The URL, with our own address in the place of Twilio's where it names a door of ours."""
    if door_of(url, base, account_sid) is not None and url.startswith(_TWILIO):
        return f"{base}/webhooks{url[len(_TWILIO) :]}"
    return url
