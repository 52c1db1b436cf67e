"""Calls that Bandwidth is asked to place, and what its API says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.bandwidth.bxml import RING, Doors
from maskline.carriers.bandwidth.hooks import (
    DIGITS,
    LISTENS,
    TELL,
    TELL_METHOD,
    Event,
    end_of_placed,
    talk_of,
)
from maskline.carriers.rendering import within
from maskline.model.call import CallStatus
from maskline.model.http import HttpResponse
from maskline.model.traffic import CallEvent, OutboundCall, SendResult

#: What it carries out of what a program may ask of a call. Digits are the first that its document
#: has it do.
OPTIONS: Final = frozenset({"AsyncAmd", "DetectMessageEnd", "MachineDetection", "SendDigits"})

#: How a machine is told from a person, and of how many parts a second is here. It does not read
#: fractions of one well.
_LISTENING: Final = {
    "MachineDetectionTimeout": ("detectionTimeout", 1),
    "MachineDetectionSpeechThreshold": ("speechThreshold", 1000),
    "MachineDetectionSpeechEndThreshold": ("speechEndThreshold", 1000),
    "MachineDetectionSilenceTimeout": ("silenceTimeout", 1000),
}

_STATES: Final = {
    "queued": CallStatus.INITIATED.value,
    "initiated": CallStatus.INITIATED.value,
    "answered": CallStatus.IN_PROGRESS.value,
}
_OVER: Final = "disconnected"

#: What a refusal is about, which has no code: the first that its text names.
_ABOUT: Final = (
    (21215, re.compile(r"\b(?:country|international|permissions?)\b")),
    (21212, re.compile(r"\bfrom\b")),
    (21217, re.compile(r"\binvalid to\b|^\W*to\b|['\"`]to['\"`]")),
    (outcomes.AUTHENTICATION, re.compile(r"\bapplication")),
)


class _Placed(msgspec.Struct, rename="camel"):
    """A call as the API answers with it, or an error."""

    call_id: str | None = None
    description: str | None = None


def begun(
    sender: str, recipient: str, application_id: str, answer_url: str, tell_url: str, doors: Doors
) -> dict[str, object]:
    """A call as the API takes it, which asks at an address what it does when it is answered, and
    tells at another that it is over."""
    return {
        "applicationId": application_id,
        "from": sender,
        "to": recipient,
        "answerUrl": answer_url,
        "disconnectUrl": tell_url,
        **doors.credentials,
    }


def fields_of(call: OutboundCall, application_id: str, doors: Doors) -> dict[str, object]:
    """The same of a call that a program places. Bandwidth has no limit of a talk."""
    options = dict(call.options)
    detection = options.get("MachineDetection", "none")
    waits = detection != "none" and options.get("AsyncAmd") != "true"
    more = {DIGITS: call.send_digits} if call.send_digits else {}
    if waits:
        more[LISTENS] = detection
    asks = placed.ask_at(doors.door, call.reference, **more)
    tells = placed.tell_at(doors.door, call.reference)
    fields = begun(call.caller, call.called, application_id, asks, tells, doors)
    fields["callTimeout"] = within(call.timeout, RING)
    if detection != "none":
        fields["machineDetection"] = {
            "delayResult": detection == "DetectMessageEnd",
            **{
                theirs: -(-int(options[ours]) // parts)
                for ours, (theirs, parts) in _LISTENING.items()
                if ours in options
            },
            **({"mode": "sync"} if waits else _detected_later(call, options, doors)),
        }
    return fields


def _detected_later(
    call: OutboundCall, options: Mapping[str, str], doors: Doors
) -> dict[str, object]:
    """How a machine is detected while the call goes on: we are told, and the program is, if it
    names an address for that."""
    query = {"Call": call.reference, LISTENS: options["MachineDetection"]}
    if url := options.get("AsyncAmdStatusCallback"):
        query |= {TELL: url, TELL_METHOD: options.get("AsyncAmdStatusCallbackMethod", "POST")}
    url = f"{doors.door}/Call/Placed/Machine?{urlencode(query)}"
    return {"mode": "async", "callbackUrl": url, "callbackMethod": "POST", **doors.credentials}


def redirected(call_sid: str, doors: Doors) -> dict[str, object]:
    """What has a live call ask what it does."""
    url = placed.ask_at(doors.door, call_sid)
    return {"redirectUrl": url, "redirectMethod": "POST", **doors.credentials}


def outcome(response: HttpResponse) -> SendResult:
    """What an answer to a call means."""
    general = outcomes.of_call_by_status(response)
    if general is not None:
        return general
    made = outcomes.read(response, _Placed)
    if 200 <= response.status < 300:
        return outcomes.taken(made.call_id)
    return outcomes.of_call_in_words(response, made.description, _ABOUT)


def standing(call_sid: str, record: Mapping[str, Any], carrier: str) -> CallEvent | None:
    """What the API's record of a call says; null where that is nothing that we know."""
    state, theirs = record.get("state"), str(record.get("callId") or "") or None
    if state == _OVER:
        cause, answered, ended = (
            str(record.get(name) or "") for name in ("disconnectCause", "answerTime", "endTime")
        )
        event = Event("disconnect", cause=cause, answered=answered, ended=ended)
        status, seconds = end_of_placed(event), talk_of(event)
        return CallEvent(call_sid, status, theirs, seconds, carrier=carrier)
    stands = _STATES.get(str(state))
    return None if stands is None else CallEvent(call_sid, stands, theirs, carrier=carrier)


def is_answered(record: Mapping[str, Any]) -> bool:
    """Whether somebody talks, by the API's record."""
    return record.get("state") == "answered"
