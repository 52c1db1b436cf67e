"""Calls that Vonage is asked to place: what is posted of one, and what the answer means."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.addresses import without_plus
from maskline.carriers.placed import ask_at, tell_at
from maskline.carriers.rendering import within
from maskline.carriers.vonage.ncco import LONGEST_TALK, RING, keyed
from maskline.model.http import HttpResponse
from maskline.model.traffic import OutboundCall, Refused, SendResult

#: What a program may ask of a call and Vonage does.
OPTIONS: Final = frozenset({"AsyncAmd", "DetectMessageEnd", "MachineDetection", "SendDigits"})

#: What a call of ours is asked to repeat where a machine is looked for: how (Twilio's words), and
#: for how many seconds the document waits for what comes of it, or that it does not.
DETECT: Final = "Detect"
WAIT: Final = "Wait"
TO_THE_END: Final = "DetectMessageEnd"

#: Keys that can be sent, and pauses.
_KEYS: Final = frozenset("0123456789*#wW")
#: Seconds for a machine to be found out, for its beep, and for that to be told.
_DETECTION: Final = 30
_BEEP: Final = (45, 120)
_TELLING: Final = 15

#: What was wrong with a call, by the parameter that Vonage names.
_CODES: Final = {"to": 21217, "from": 21212, "dtmfanswer": outcomes.WRONG_KEYS}
_FORBIDDEN: Final = 21215


class _Wrong(msgspec.Struct):
    name: str = ""


class _Told(msgspec.Struct):
    uuid: str = ""
    invalid_parameters: list[_Wrong] | dict[str, Any] = []


def parties(sender: str, recipient: str) -> dict[str, Any]:
    """Who is called, and what they see."""
    return {
        "to": [{"type": "phone", "number": without_plus(recipient)}],
        "from": {"type": "phone", "number": without_plus(sender)},
    }


def can_be_keyed(digits: str) -> bool:
    """Whether Vonage has all of the keys."""
    return _KEYS.issuperset(digits)


def fields_of(call: OutboundCall, door: str) -> dict[str, Any]:
    """A call as the API takes it."""
    asked: dict[str, str] = {}
    told: dict[str, str] = {}
    fields = parties(call.caller, call.called)
    if call.send_digits:
        fields["to"][0]["dtmfAnswer"] = keyed(call.send_digits)
    wishes = dict(call.options)
    detection = wishes.get("MachineDetection", "none")
    if detection != "none":
        seconds = int(wishes.get("MachineDetectionTimeout", _DETECTION))
        looks: dict[str, Any] = {"behavior": "continue", "mode": "detect"}
        if detection == TO_THE_END:
            seconds = within(seconds, _BEEP)
            looks |= {"mode": "detect_beep", "beep_timeout": seconds}
            seconds += _TELLING
        fields["advanced_machine_detection"] = looks
        told[DETECT] = detection
        if wishes.get("AsyncAmd") == "true":
            told["Async"] = "1"
        else:
            asked[WAIT] = str(seconds)
    return fields | {
        "answer_url": [ask_at(door, call.reference, **asked)],
        "answer_method": "POST",
        "event_url": [tell_at(door, call.reference, **told)],
        "event_method": "POST",
        "ringing_timer": within(call.timeout, RING),
        "length_timer": within(call.time_limit, (1, LONGEST_TALK)),
    }


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means. It has no idempotency keys: where that is not clear, the call
    may ring."""
    general = outcomes.of_call_by_status(response)
    if general is not None:
        return general
    told = outcomes.read(response, _Told)
    if 200 <= response.status < 300:
        return outcomes.taken(told.uuid)
    if response.status == 402:
        return Refused(outcomes.UNPAID, retry=False)
    if response.status == 403:
        return Refused(_FORBIDDEN, retry=False)
    wrong = told.invalid_parameters
    names = list(wrong) if isinstance(wrong, dict) else [one.name for one in wrong]
    # A parameter is named with its place: `to[0].number`, `to.0.dtmfAnswer`.
    for words in (name.lower().replace("[", ".").split(".") for name in names):
        for word in reversed(words):
            if word in _CODES:
                return Refused(_CODES[word], retry=False)
    return Refused(outcomes.WRONG, retry=False)
