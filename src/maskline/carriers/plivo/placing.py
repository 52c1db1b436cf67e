"""Calls that Plivo is asked to place, and what its API says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.addresses import without_plus
from maskline.carriers.rendering import within
from maskline.model.call import CallStatus
from maskline.model.http import HttpResponse
from maskline.model.traffic import CallEvent, OutboundCall, Refused, SendResult

#: What it carries out of what a program may ask of a call. It tells of machines before the call
#: asks what it does, and of what picks up when the greeting begins.
OPTIONS: Final = frozenset({"MachineDetection", "SendDigits"})
#: What a call repeats that is to know who answers.
LISTENS: Final = "Listens"

#: How long a machine is listened for (ms), and where Plivo has a wish of the same bounds.
_LISTENING: Final = (2000, 10_000)
_ALIKE: Final = {
    "MachineDetectionSpeechThreshold": "machine_detection_maximum_speech_length",
    "MachineDetectionSilenceTimeout": "machine_detection_initial_silence",
}

#: How a call stands or ended, as hooks name it.
STATES: Final = {
    "ringing": CallStatus.RINGING.value,
    "in-progress": CallStatus.IN_PROGRESS.value,
    "completed": CallStatus.COMPLETED.value,
    "busy": CallStatus.BUSY.value,
    "failed": CallStatus.FAILED.value,
    "timeout": CallStatus.NO_ANSWER.value,
    "no-answer": CallStatus.NO_ANSWER.value,
    "cancel": CallStatus.CANCELED.value,
}
#: How a call ended that nobody picked up, by the codes of its cause or their first digit.
_CAUSES: Final = {
    "3010": CallStatus.BUSY.value,
    "3020": CallStatus.BUSY.value,
    "1": CallStatus.CANCELED.value,
    "2": CallStatus.FAILED.value,
    "3": CallStatus.NO_ANSWER.value,
    "5": CallStatus.FAILED.value,
    "6": CallStatus.NO_ANSWER.value,
}

#: What a refusal is about, which has no code: the first that its text names.
_ABOUT: Final = (
    (outcomes.UNPAID, re.compile(r"\b(?:credits?|balance|funds)\b")),
    (21215, re.compile(r"\b(?:barred|country|permissions?)\b")),
    (21212, re.compile(r"\b(?:caller ?id|from|source|src)\b")),
    (21217, re.compile(r"\b(?:destination|dst)\b|^\W*to\b|['\"`]to['\"`]|\bto (?:field|param)")),
)


class _Placed(msgspec.Struct):
    """A call as the API answers with it, or an error."""

    request_uuid: list[str] | str | None = None
    error: Any = None


def begun(sender: str, recipient: str, answer_url: str) -> dict[str, object]:
    """A call as the API takes it, which asks at an address what it does."""
    return {
        "from": without_plus(sender),
        "to": without_plus(recipient),
        "answer_url": answer_url,
        "answer_method": "POST",
    }


def fields_of(call: OutboundCall, door: str) -> dict[str, object]:
    """The same of a call that a program places: it asks at our `door`, and tells there how it goes.
    Where nobody is told of the end, Plivo asks for another document instead."""
    options = dict(call.options)
    listens = options.get("MachineDetection", "none") != "none"
    more = {LISTENS: "1"} if listens else {}
    told = placed.tell_at(door, call.reference)
    fields = begun(call.caller, call.called, placed.ask_at(door, call.reference, **more))
    fields |= {
        "ring_url": told,
        "ring_method": "POST",
        "hangup_url": told,
        "hangup_method": "POST",
        "ring_timeout": call.timeout,
        "time_limit": call.time_limit,
    }
    if call.send_digits:
        fields["send_digits"] = call.send_digits
    if listens:
        fields["machine_detection"] = "true"
        fields |= {theirs: int(options[ours]) for ours, theirs in _ALIKE.items() if ours in options}
        if (seconds := options.get("MachineDetectionTimeout")) is not None:
            fields["machine_detection_time"] = within(int(seconds) * 1000, _LISTENING)
    return fields


def outcome(response: HttpResponse) -> SendResult:
    """What an answer to a call means. It is in a queue there when it is taken."""
    general = outcomes.of_call_by_status(response)
    if general is not None:
        return general
    made = outcomes.read(response, _Placed)
    if 200 <= response.status < 300:
        return outcomes.taken(first_of(made.request_uuid))
    if response.status == 402:
        return Refused(outcomes.UNPAID, retry=False)
    return outcomes.of_call_in_words(response, str(made.error or ""), _ABOUT)


def first_of(uuids: list[str] | str | None) -> str:
    """Plivo's id of what it took, which it may write as a list; "" where it does not say."""
    return uuids if isinstance(uuids, str) else (uuids or [""])[0]


def unanswered(cause: str) -> str | None:
    """How a call ended that nobody picked up, by the code of its cause; null where that does not
    say."""
    return _CAUSES.get(cause) or _CAUSES.get(cause[:1])


def ended(status: str, *, answered: bool, cause: str) -> str:
    """How a call ended: one that Plivo calls completed may have been given up before anybody picked
    it up."""
    if status == CallStatus.COMPLETED and not answered:
        return unanswered(cause) or status
    return status


def standing(call_sid: str, record: Mapping[str, Any], carrier: str) -> CallEvent | None:
    """What the API's record of a call on the line says."""
    status, theirs = STATES.get(str(record.get("call_status"))), record.get("call_uuid")
    if status is None:
        return None
    return CallEvent(call_sid, status, str(theirs) if theirs else None, carrier=carrier)


def past(call_sid: str, record: Mapping[str, Any], carrier: str) -> CallEvent | None:
    """What the API's record of a call that is over says; null while it is not."""
    if not record.get("end_time"):
        return None
    seconds = record.get("call_duration")
    talked = seconds if isinstance(seconds, int) and seconds > 0 else 0
    if talked or record.get("answer_time"):
        done = CallStatus.COMPLETED.value
        return CallEvent(call_sid, done, duration=talked, carrier=carrier)
    cause = str(record.get("hangup_cause_code") or "")
    status = unanswered(cause) or CallStatus.NO_ANSWER.value
    return CallEvent(call_sid, status, duration=0, carrier=carrier)
