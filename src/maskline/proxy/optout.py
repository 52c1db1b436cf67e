"""Opt-out words: what Proxy never forwards, from either participant."""

from __future__ import annotations

import unicodedata
from typing import Final

#: Twilio's list, the double T of ARRETT included. All other opt-in, help and info words pass, so
#: that no message is lost that may have been meant for the partner.
DROPPED: Final = frozenset(
    {
        "stop",
        "revoke",
        "optout",
        "unsubscribe",
        "end",
        "cancel",
        "quit",
        "stopall",
        "arrett",
        "arret",
        "arrete",
        "unstop",
    }
)

#: Longer bodies are not looked at, which keeps the hot path short: white space may stand around.
_LONGEST: Final = 64


def is_dropped(body: str) -> bool:
    """Whether the whole message is one of the words: in any case, with white space around it, but
    with nothing else beside it."""
    if len(body) > _LONGEST:
        return False
    return unicodedata.normalize("NFKC", body).strip().casefold() in DROPPED
