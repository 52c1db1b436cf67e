"""Calls that such a carrier is asked to place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from maskline.carriers.twilio.documents import RECORDING_EVENTS
from maskline.model.traffic import OutboundCall
from maskline.voice.instructions import LEG_EVENTS

#: Callbacks that programs name: the carrier is given our door in their place, so that the record is
#: told, whether or not a program wants to be.
_AMD: Final = "AsyncAmdStatusCallback"
_RECORDING: Final = "RecordingStatusCallback"


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
    if options.get("AsyncAmd") == "true":
        tell = _telling(options, _AMD)
        fields += [(_AMD, _told(call, door, tell)), (f"{_AMD}Method", "POST")]
    if options.get("Record") == "true":
        events = [value for name, value in call.options if name == f"{_RECORDING}Event"]
        tell = _telling(options, _RECORDING)
        if tell:
            tell["Events"] = " ".join(events or ["completed"])
        fields += [(_RECORDING, _told(call, door, tell)), (f"{_RECORDING}Method", "POST")]
        fields += [(f"{_RECORDING}Event", event) for event in RECORDING_EVENTS]
    fields += [one for one in call.options if not one[0].startswith((_AMD, _RECORDING))]
    return fields


def _telling(options: Mapping[str, str], name: str) -> dict[str, str]:
    """What an address of ours says of whom to tell."""
    url = options.get(name)
    return {"Tell": url, "TellMethod": options.get(f"{name}Method", "POST")} if url else {}


def _told(call: OutboundCall, door: str, tell: Mapping[str, str]) -> str:
    return f"{door}/Told?{urlencode({'Call': call.reference, **tell})}"
