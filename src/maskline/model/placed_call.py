"""Calls that programs place, or steer: how they are to go."""

from __future__ import annotations

from typing import Final

import msgspec

#: What a program may ask of a call beyond whom it rings and what it is led by, without which it
#: would be another call: a carrier carries it out, or the call is refused.
CALL_OPTIONS: Final = frozenset(
    {"AsyncAmd", "DetectMessageEnd", "MachineDetection", "Record", "SendDigits"}
)
_IDLE: Final = frozenset({"false", "none"})


class PlacedCall(msgspec.Struct, frozen=True):
    """What a program asked for.

    Once somebody answers, the call does what the TwiML `twiml` says, or what `url` answers with,
    or, where that fails, `fallback_url`; "" is none. `dialled` is the form in which the carrier is
    given the number. `status_url` is told of `status_events`. `timeout` is the ring time and
    `time_limit` the longest talk, in seconds. `options` are what else the carrier is handed, by the
    2010 API's names. `revision` counts how often the program had it do something else.
    """

    dialled: str = ""
    twiml: str = ""
    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)
    timeout: int = 60
    time_limit: int = 14_400
    send_digits: str = ""
    options: tuple[tuple[str, str], ...] = ()
    revision: int = 0

    @property
    def asked(self) -> frozenset[str]:
        """What it asks for of CALL_OPTIONS. How a machine's detection tells, where there is none,
        is no matter; to wait for the end of its greeting is more than to detect it."""
        asked = {name: value for name, value in self.options if value not in _IDLE}
        found = asked.keys() & CALL_OPTIONS
        if "MachineDetection" not in found:
            found.discard("AsyncAmd")
        elif asked["MachineDetection"] == "DetectMessageEnd":
            found.add("DetectMessageEnd")
        return frozenset(found | {"SendDigits"} if self.send_digits else found)
