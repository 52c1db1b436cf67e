"""SIDs: two letters and 32 hexadecimal digits, made before the commit and ordered in time.

The first twelve digits are the millisecond, the next four a counter within it, the rest random:
ordered keys keep the database's trees dense (measured 14-21 % on the hot path), and a list sorted
by SID is a list sorted by creation.
"""

from __future__ import annotations

import random
import re
import threading
from typing import Final

from maskline.model.clock import Clock

_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}", re.ASCII)

ACCOUNT: Final = "AC"
API_KEY: Final = "SK"
SERVICE: Final = "KS"
SESSION: Final = "KC"
PARTICIPANT: Final = "KP"
INTERACTION: Final = "KI"
MESSAGING_SERVICE: Final = "MG"
PHONE_NUMBER: Final = "PN"
SHORT_CODE: Final = "SC"
SMS: Final = "SM"
MMS: Final = "MM"
MEDIA: Final = "ME"
CALL: Final = "CA"
ALERT: Final = "NO"
JOB: Final = "JB"
HANDSET_MESSAGE: Final = "HM"
OPT_OUT: Final = "OO"
OPT_OUT_LIST: Final = "OL"
ALPHA_SENDER: Final = "AI"
CHANNEL_SENDER: Final = "XE"
APPLICATION: Final = "AP"
WEBHOOK_ATTEMPT: Final = "WA"
CONSOLE_USER: Final = "US"
AUDIT_ENTRY: Final = "AU"
SIGN_IN_ATTEMPT: Final = "SI"
PICTURE: Final = "PI"
CARRIER_REQUEST: Final = "CR"
BRAND: Final = "BN"
VETTING: Final = "VT"
CAMPAIGN: Final = "QE"
BUNDLE: Final = "BU"
TOLLFREE_VERIFICATION: Final = "HH"
CALL_SCRIPT: Final = "CD"
RECORDING: Final = "RE"


def is_sid(text: str, prefix: str) -> bool:
    """Whether `text` has the form of a SID of that kind."""
    return text[:2] == prefix and len(text) == 34 and _SID.fullmatch(text) is not None


def made_at(sid: str) -> int:
    """The millisecond in which a SID was made."""
    return int(sid[2:14], 16)


def edge(prefix: str, at: int) -> str:
    """What stands before every SID that was made at `at` (ms) or later, and after all earlier."""
    return f"{prefix}{at:012x}"


class SidFactory:
    """Makes SIDs; one instance serves all threads of a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()
        # Seeded by the operating system. A SID is a name, never a secret.
        self._bits = random.Random().getrandbits  # noqa: S311

    def new(self, prefix: str) -> str:
        """A new SID, greater than all that this factory made before."""
        stamp = self._clock() << 16
        with self._lock:
            if stamp <= self._last:
                stamp = self._last + 1
            self._last = stamp
        # Faster than a format, and a message takes five.
        return prefix + (stamp << 64 | self._bits(64)).to_bytes(16, "big").hex()
