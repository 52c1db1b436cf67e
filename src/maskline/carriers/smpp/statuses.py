"""What the SMSC's command_status means to a message."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from maskline.model.traffic import Refused, Throttled

OK: Final = 0x00
INVALID_COMMAND: Final = 0x03
WRONG_STATE: Final = 0x04
ALREADY_BOUND: Final = 0x05
SYSTEM_ERROR: Final = 0x08
QUEUE_FULL: Final = 0x14
THROTTLED: Final = 0x58
#: What we answer: try again, don't, and never.
TEMPORARY: Final = 0x64
PERMANENT: Final = 0x65

#: The SMSC takes no more just now.
SLOW_DOWN: Final = frozenset({QUEUE_FULL, THROTTLED})
#: Somebody must change the settings, or the SMSC's: asking again soon helps nobody.
NOT_WELCOME: Final = frozenset({0x0D, 0x0E, 0x0F})

#: Twilio's code, and whether another attempt may help. Everything else is a failure for good: an
#: order of messages waits behind one that is tried again, and none of them is known to pass.
_MEANINGS: Final = MappingProxyType(
    {
        WRONG_STATE: (20503, True),
        SYSTEM_ERROR: (30008, True),
        TEMPORARY: (30008, True),
        0x0A: (21606, False),
        0x0B: (21211, False),
        0x48: (21606, False),
        0x49: (21606, False),
        0x50: (21211, False),
        0x51: (21211, False),
        0x66: (30007, False),
    }
)
_UNKNOWN: Final = (30008, False)
#: What Twilio calls a queue that takes no more.
_SLOW_DOWN_CODE: Final = 30001

#: What a person reads in the log.
_NAMES: Final = MappingProxyType(
    {
        WRONG_STATE: "wrong bind state",
        ALREADY_BOUND: "already bound: the SMSC allows fewer binds than there are",
        SYSTEM_ERROR: "system error",
        0x0D: "bind failed",
        0x0E: "invalid password",
        0x0F: "invalid system_id",
        QUEUE_FULL: "queue full",
        THROTTLED: "throttled",
    }
)


def refusal(status: int) -> Refused | Throttled:
    """What a submission's command_status comes to."""
    if status in SLOW_DOWN:
        # Both are said of the connection's account, whatever number sends.
        return Throttled(whole=True, code=_SLOW_DOWN_CODE)
    code, retry = _MEANINGS.get(status, _UNKNOWN)
    return Refused(code, retry=retry)


def name(status: int) -> str:
    """The status in words, with its number."""
    return f"{_NAMES.get(status, 'refused')} (0x{status:02X})"
