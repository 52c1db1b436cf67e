"""Calls that such a carrier is asked to place."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from maskline.model.traffic import OutboundCall
from maskline.voice.instructions import LEG_EVENTS

#: Callbacks that programs name: the carrier is given our door in their place.
_CALLBACKS: Final = ("AsyncAmdStatusCallback", "RecordingStatusCallback")


def fields_of(call: OutboundCall, door: str) -> list[tuple[str, str]]:
    """The form of `POST Calls`. `door`, which ends with `/Call`, is asked what the call does once
    it is answered, and told what becomes of it."""
    named = urlencode({"Call": call.reference})
    fields = [
        ("To", call.called),
        ("From", call.caller),
        ("Url", f"{door}/Next?{named}"),
        ("Method", "POST"),
        ("StatusCallback", f"{door}/Leg?{urlencode({'CallLeg': call.reference})}"),
        ("StatusCallbackMethod", "POST"),
        *(("StatusCallbackEvent", event) for event in LEG_EVENTS),
        ("Timeout", str(call.timeout)),
        ("TimeLimit", str(call.time_limit)),
    ]
    if call.send_digits:
        fields.append(("SendDigits", call.send_digits))
    options = dict(call.options)
    if options.get("AsyncAmd") == "true" and _CALLBACKS[0] not in options:
        # The record is told, whether or not a program wants to be.
        fields.append((_CALLBACKS[0], f"{door}/Told?{named}"))
    for name, value in call.options:
        if name in _CALLBACKS:
            method = options.get(f"{name}Method", "POST")
            tell = urlencode({"Call": call.reference, "Tell": value, "TellMethod": method})
            fields += [(name, f"{door}/Told?{tell}"), (f"{name}Method", "POST")]
        elif name.removesuffix("Method") not in _CALLBACKS:
            fields.append((name, value))
    return fields
