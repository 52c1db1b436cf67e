"""Names as senders: what a phone shows in place of a number, and can't answer."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}", re.ASCII)


class AlphaSender(msgspec.Struct, frozen=True):
    """A name in a Messaging Service, for recipients of `iso_country`, or "" for all. It is handed
    to `carrier`, or where that is "" to the carrier of the service's numbers."""

    sid: str
    account_sid: str
    messaging_service_sid: str
    alpha_sender: str
    iso_country: str
    carrier: str
    date_created: int


def is_name(sender: str) -> bool:
    """Whether a sender is a name: 1 to 11 letters, digits, blanks and `+-_&`, a letter among
    them."""
    return _NAME.fullmatch(sender) is not None and sender == sender.strip()
