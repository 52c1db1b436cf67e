"""Who answers: how Telnyx is asked to find out, and what it says, in Twilio's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.request import Params, text
from maskline.model.traffic import OutboundCall, Told

UNKNOWN: Final = "unknown"
_MACHINE: Final = "machine_start"
#: What `call.machine.detection.ended` says, and TeXML where it does not say it as Twilio does.
_RESULTS: Final = {"human": "human", "machine": _MACHINE, "fax": "fax"}
_TEXML: Final = frozenset(
    {
        "human",
        _MACHINE,
        "machine_end_beep",
        "machine_end_silence",
        "machine_end_other",
        "fax",
    }
)
#: What `call.machine.greeting.ended` says.
_GREETINGS: Final = {"beep_detected": "machine_end_beep", "ended": "machine_end_silence"}

#: The 2010 API's names of bounds (ms) as TeXML has them too, and as call control has them.
_BOUNDS: Final = {
    "MachineDetectionTimeout": "total_analysis_time_millis",
    "MachineDetectionSpeechThreshold": "greeting_duration_millis",
    "MachineDetectionSpeechEndThreshold": "after_greeting_silence_millis",
    "MachineDetectionSilenceTimeout": "initial_silence_millis",
}
_IN_SECONDS: Final = "MachineDetectionTimeout"
#: How long (s) Telnyx takes at most where a program does not say, and beyond that until it tells.
_LONGEST: Final = 30
_MARGIN: Final = 3
_END: Final = "end"


class Detection(msgspec.Struct, frozen=True):
    """What a program wants to know: `to_end` waits for the end of a machine's greeting, `tell` is
    where it is told while the call goes on; "" where it is asked after that. `bounds` are in
    milliseconds, by the 2010 API's names."""

    to_end: bool
    waits: bool
    tell: str
    method: str
    bounds: Mapping[str, int]

    @classmethod
    def of(cls, call: OutboundCall) -> Detection | None:
        """That of a call; null where nothing is to be found out."""
        options = dict(call.options)
        kind = options.get("MachineDetection", "none")
        if kind == "none":
            return None
        waits = options.get("AsyncAmd") != "true"
        return cls(
            to_end=kind == "DetectMessageEnd",
            waits=waits,
            tell="" if waits else options.get("AsyncAmdStatusCallback", ""),
            method=options.get("AsyncAmdStatusCallbackMethod", "POST"),
            bounds={
                name: int(options[name]) * (1000 if name == _IN_SECONDS else 1)
                for name in _BOUNDS
                if name in options
            },
        )

    @property
    def ask_query(self) -> dict[str, str]:
        """What a call by TeXML says as it asks what it does: how long it waits (s)."""
        if not self.waits:
            return {}
        longest = self.bounds.get(_IN_SECONDS, _LONGEST * 1000) // 1000
        # After the greeting's beginning, Telnyx listens for its end for as long again.
        return {"Waits": str(longest * (2 if self.to_end else 1) + _MARGIN)}

    @property
    def tell_query(self) -> dict[str, str]:
        """What says who is to be told, and of what."""
        query = {"Detect": _END if self.to_end else "start"}
        if self.tell:
            query |= {"Tell": self.tell, "TellMethod": self.method}
        return query

    def texml_fields(self, url: str, call_sid: str) -> dict[str, object]:
        """The fields of a call by TeXML, which tells at `url`."""
        query = {"Call": call_sid, **self.tell_query} | ({"Waits": "1"} if self.waits else {})
        return {
            "MachineDetection": "DetectMessageEnd" if self.to_end else "Enable",
            "AsyncAmd": True,
            "AsyncAmdStatusCallback": f"{url}?{urlencode(query)}",
            "AsyncAmdStatusCallbackMethod": "POST",
            **self.bounds,
        }

    @property
    def control_fields(self) -> dict[str, object]:
        """The same by call control."""
        fields: dict[str, object] = {
            "answering_machine_detection": "greeting_end" if self.to_end else "detect"
        }
        if self.bounds:
            bounds: dict[str, Any] = {_BOUNDS[name]: most for name, most in self.bounds.items()}
            fields["answering_machine_detection_config"] = bounds
        return fields


def in_words(said: str) -> str:
    """Who answered, as TeXML says it, in Twilio's words."""
    return said if said in _TEXML else _RESULTS.get(said, UNKNOWN)


def by_texml(params: Params, query: Params) -> str | None:
    """Who answered, as TeXML says it; null where the end of a greeting is waited for."""
    who = in_words(text(params, "AnsweredBy"))
    return None if who == _MACHINE and text(query, "Detect") == _END else who


def by_event(kind: str, result: str | None, *, to_end: bool) -> str | None:
    """Who answered, as an event says it; null where it does not."""
    if to_end and kind == "call.machine.greeting.ended":
        return _GREETINGS.get(result or "", "machine_end_other")
    if kind != "call.machine.detection.ended":
        return None
    who = _RESULTS.get(result or "", UNKNOWN)
    return None if to_end and who == _MACHINE else who


def waits_for_end(query: Params) -> bool:
    """Whether the end of a machine's greeting is waited for."""
    return text(query, "Detect") == _END


def told_of(query: Params, carrier: str, who: str, duration: str = "") -> list[Told]:
    """What a program is told of who answered, where it wants to be told beside the call."""
    tell = text(query, "Tell")
    if not tell:
        return []
    params = [("AnsweredBy", who)]
    if duration:
        params.append(("MachineDetectionDuration", duration))
    method = text(query, "TellMethod") or "POST"
    return [Told(carrier, text(query, "Call"), tell, method, tuple(params))]
