"""Calls that programs place, or steer: how they are to go."""

from __future__ import annotations

import msgspec


class PlacedCall(msgspec.Struct, frozen=True):
    """What a program asked for.

    Once somebody answers, the call does what the TwiML `twiml` says, or what `url` answers with,
    or, where that fails, `fallback_url`; "" is none. `dialled` is the form in which the carrier is
    given the number. `status_url` is told of `status_events`. `timeout` is the ring time and
    `time_limit` the longest talk, in seconds. `options` are what else the carrier is handed, by the
    2010 API's names.
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
