"""Turns: what a call does next when it has come to the end of a verb. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from maskline.model.call import FINAL, Call, CallStatus
from maskline.voice.instructions import (
    Dial,
    DialTarget,
    Gather,
    HttpMethod,
    Number,
    Record,
    Redirect,
    Response,
    Verb,
)

_GATHERED: Final = ("Digits", "FinishedOnKey", "SpeechResult", "Confidence")
_RECORDED: Final = ("RecordingUrl", "RecordingSid", "RecordingDuration", "Digits")
_DIALLED: Final = ("DialCallStatus", "DialCallSid", "DialCallDuration")
#: What says that somebody typed or said something.
_INPUT: Final = ("Digits", "SpeechResult")


class Inquiry(msgspec.Struct, frozen=True):
    """A program is to be asked at `url`, with what the verb came to."""

    url: str
    method: HttpMethod
    params: dict[str, str]


def following(
    response: Response, at: int, told: Mapping[str, str], *, one_by_one: bool = False
) -> Inquiry | tuple[Verb, ...]:
    """What comes after the verb `at` of a response that came to what is `told` in Twilio's words: a
    question to the program, or the verbs that follow. A place that is not there is the end. A Dial
    that rings `one_by_one` goes on to its next number until somebody answers."""
    verbs = response.verbs
    if not 0 <= at < len(verbs):
        return ()
    rest = verbs[at + 1 :]
    match verbs[at]:
        case Gather(action=str(url)) as gather if _is_to_ask(gather, told):
            params = _some(told, _GATHERED)
            if "SpeechResult" not in params:
                params.setdefault("Digits", "")
            return Inquiry(url, gather.method, params)
        case Record(action=str(url)) as record if told.get("RecordingUrl"):
            return Inquiry(url, record.method, _some(told, _RECORDED))
        case Dial() as dial if one_by_one and _others(dial) and not _was_answered(told):
            return (msgspec.structs.replace(dial, targets=_others(dial)), *rest)
        case Dial(action=str(url)) as dial:
            return Inquiry(url, dial.method, _some(told, _DIALLED))
        case Redirect() as redirect:
            return Inquiry(redirect.url, redirect.method, {})
    return rest


def dial_outcome(leg: Call | None, told: Mapping[str, str], now: int) -> dict[str, str]:
    """What a Dial came to, by what the carrier told of it and what is known of the leg that it rang
    last; nothing is known of one that could not be begun. A carrier may tell that the Dial is over
    before it tells so of the leg."""
    found: dict[str, str] = {}
    status = told.get("DialCallStatus", "")
    duration = told.get("DialCallDuration", "")
    if leg is not None:
        found["DialCallSid"] = leg.sid
        status = status or (leg.status if leg.status in FINAL else _ended(leg))
        if status == CallStatus.COMPLETED and not duration:
            seconds = leg.duration
            if seconds is None and leg.start_time is not None:
                seconds = max(0, (now - leg.start_time + 500) // 1000)
            duration = "" if seconds is None else str(seconds)
    found["DialCallStatus"] = status or CallStatus.FAILED.value
    if duration and found["DialCallStatus"] == CallStatus.COMPLETED:
        found["DialCallDuration"] = duration
    return found


def _is_to_ask(gather: Gather, told: Mapping[str, str]) -> bool:
    """Whether somebody typed or said something, or that is no matter."""
    return gather.action_on_empty_result or any(told.get(name) for name in _INPUT)


def _others(dial: Dial) -> tuple[DialTarget, ...]:
    """Whom a Dial is still to ring when its first number was rung; nobody, where no number is among
    them."""
    first = next((i for i, one in enumerate(dial.targets) if isinstance(one, Number)), -1)
    others = dial.targets[first + 1 :]
    return others if any(isinstance(one, Number) for one in others) else ()


def _was_answered(told: Mapping[str, str]) -> bool:
    return told.get("DialCallStatus") == CallStatus.COMPLETED


def _ended(leg: Call) -> str:
    """How a leg ended that nobody told the end of."""
    answered = leg.status == CallStatus.IN_PROGRESS
    return (CallStatus.COMPLETED if answered else CallStatus.NO_ANSWER).value


def _some(told: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: told[name] for name in names if name in told}
