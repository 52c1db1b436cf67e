"""Opt-out words: what Proxy never forwards, from either participant."""

from __future__ import annotations

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


def is_dropped(word: str, *, respects: bool, filtered: bool) -> bool:
    """Whether a message that is this word (`word_of`) stays with us.

    `respects`: the account has ProxyRespectSmsStopFilterFlag, so that without the platform's filter
    (`filtered`) the words are the program's business.
    """
    return word in DROPPED and (filtered or not respects)
