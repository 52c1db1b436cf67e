"""Which of a Messaging Service's senders a message is sent from. Pure: the same pool, the same
choice.

In this order: the sender that this person had before (sticky), the class of sender, the person's
country, their area code, and whichever has rested longest, so that the load is spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

from maskline.model.clock import DAY

#: A person who got nothing for so long has no sender of their own any more.
STICKY_FOR: Final = 365 * DAY


class SenderClass(IntEnum):
    """What a sender is, in the order in which Twilio prefers them."""

    SHORT_CODE = 0
    ALPHA = 1
    LONG_CODE = 2
    TOLL_FREE = 3


class Candidate(msgspec.Struct, frozen=True):
    """A sender of the pool. `country` is an ISO code; of a name the one that it is for, "" for all.
    `area` is an area code of the North American plan, "" elsewhere; `used_at` (ms) when it was last
    chosen, 0 for never."""

    sid: str
    sender: str
    kind: SenderClass
    country: str
    area: str
    takes_media: bool
    used_at: int = 0


class Wish(msgspec.Struct, frozen=True):
    """What is asked of a sender. `country` is the recipient's, `areas` the area codes that count as
    theirs, none when these do not matter; `needs_media` says that text alone will not do."""

    country: str
    areas: frozenset[str] = frozenset()
    needs_media: bool = False


class Sticky(msgspec.Struct, frozen=True):
    """The sender that a person had, and when last (ms)."""

    sender_sid: str
    used_at: int


#: Where texts of North America's toll-free numbers reach, and no name does.
NORTH_AMERICA: Final = frozenset({"US", "CA", "PR", "AS", "GU", "MP", "VI"})
#: Countries more whose networks refuse or replace names, unless one is registered there: then it is
#: a destination's own. Carriers differ and change their minds; a number reaches all of them.
NO_NAMES: Final = NORTH_AMERICA | frozenset(
    {
        "AR",
        "BE",
        "BR",
        "CL",
        "CN",
        "CO",
        "CR",
        "EC",
        "KR",
        "MX",
        "MY",
        "NI",
        "NZ",
        "PA",
        "TW",
        "UY",
        "VE",
        "ZA",
    }
)


def choose(
    pool: Sequence[Candidate], wish: Wish, sticky: Sticky | None, now: int
) -> Candidate | None:
    """The sender, or null when none can reach the recipient.

    A person keeps their sender while it is in the pool and no other is nearer by country; that way
    they see one sender, until a better one is there.
    """
    able = [one for one in pool if reaches(one, wish)]
    if not able:
        return None
    best = min(able, key=lambda one: _rank(one, wish))
    if sticky is not None and now - sticky.used_at < STICKY_FOR:
        kept = next((one for one in able if one.sid == sticky.sender_sid), None)
        if kept is not None and _distance(kept, wish) <= _distance(best, wish):
            return kept
    return best


def next_use(pool: Sequence[Candidate], now: int) -> int:
    """When a sender counts as used that is chosen now: later than all others, so that those of one
    millisecond are spread too."""
    return max(now, 1 + max(one.used_at for one in pool))


def reaches(one: Candidate, wish: Wish) -> bool:
    """Whether a sender can send that to that country at all."""
    if wish.needs_media and not one.takes_media:
        return False
    if one.kind == SenderClass.SHORT_CODE:
        # A short code is known in its own country alone.
        return one.country == wish.country
    if one.kind == SenderClass.ALPHA:
        if one.country:
            return one.country == wish.country and wish.country not in NORTH_AMERICA
        return wish.country not in NO_NAMES
    return one.kind != SenderClass.TOLL_FREE or wish.country in NORTH_AMERICA


def _rank(one: Candidate, wish: Wish) -> tuple[int, int, int, int, str]:
    kind = one.kind
    if wish.country == "CA" and kind >= SenderClass.LONG_CODE:
        kind = SenderClass(SenderClass.LONG_CODE + SenderClass.TOLL_FREE - kind)
    elif kind == SenderClass.TOLL_FREE:
        # One class for the person; only in Canada one goes before the other.
        kind = SenderClass.LONG_CODE
    if one.kind == SenderClass.ALPHA:
        # The country's own name goes before one for all.
        area = 0 if one.country else 1
    else:
        area = 0 if not wish.areas or one.area in wish.areas else 1
    return kind, _distance(one, wish), area, one.used_at, one.sid


def _distance(one: Candidate, wish: Wish) -> int:
    """How far the sender is: the recipient's country, the United States, elsewhere."""
    if one.kind in (SenderClass.ALPHA, SenderClass.TOLL_FREE) or one.country == wish.country:
        return 0
    return 1 if one.country == "US" else 2
