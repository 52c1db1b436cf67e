"""Opt-outs: people who want no more messages from a sender."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag, StrEnum
from types import MappingProxyType
from typing import Final, Literal

import msgspec

#: What an opt-out from a number holds for: that number, or all that stand together with it.
OptOutScope = Literal["number", "messaging_service", "service"]


class OptOutSource(StrEnum):
    """How we know of an opt-out."""

    KEYWORD = "keyword"
    API = "api"
    CLI = "cli"
    CONSOLE = "console"
    CARRIER = "carrier"


class Reach(IntFlag):
    """How near a person's opt-outs come to a number: they were given to another one of its Proxy
    Service, to another one of its Messaging Service, or to it, itself or by the name of either."""

    SERVICE = 1
    MESSAGING_SERVICE = 2
    SENDER = 4


class OptOut(msgspec.Struct, frozen=True):
    """`identifier` wants no messages from `sender`: one of our numbers, which was in `service_sid`
    and `messaging_service_sid` then, or all numbers of a service, by its SID.

    `detail` is the word that was sent, what the program said of the source, or the carrier's name.
    `date_replied` is when the person was last told so by us. Times are in ms.
    """

    sid: str
    account_sid: str
    sender: str
    identifier: str
    service_sid: str | None
    messaging_service_sid: str | None
    source: str
    detail: str
    date_of_consent: int
    date_replied: int | None
    date_created: int


# A number in no messaging service stands alone.
_SPANS: Final[Mapping[OptOutScope, Reach]] = MappingProxyType(
    {
        "number": Reach.SENDER,
        "messaging_service": Reach.SENDER | Reach.MESSAGING_SERVICE,
        "service": Reach.SENDER | Reach.SERVICE,
    }
)


def holds(reach: int | None, scope: OptOutScope) -> bool:
    """Whether opt-outs of that reach stop a message; null is none."""
    return bool(reach and reach & _SPANS[scope])
