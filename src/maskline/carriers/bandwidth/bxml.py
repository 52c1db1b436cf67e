"""Bandwidth's dialect of call instructions: BXML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from maskline.carriers.contract import CallAnswer
from maskline.carriers.legs import leg_query
from maskline.carriers.rendering import (
    XML_HEADER,
    dial_query,
    element,
    escaped,
    numbers_of,
    place_query,
    within,
)
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
    ends_flow,
)

VERBS: Final = frozenset(
    {
        "Dial",
        "Dial.action",
        "Dial.targets",
        "Gather",
        "Gather.actionOnEmptyResult",
        "Gather.finishOnKey",
        "Hangup",
        "Number.url",
        "Pause",
        "Play",
        "Record",
        "Record.finishOnKey",
        "Redirect",
        "Reject",
        "Say",
    }
)

_MOST_TARGETS: Final = 8
RING: Final = (1, 300)
#: Seconds for a key, for silence, and for a recording.
_WAIT: Final = (1, 60)
_LONGEST_RECORDING: Final = 10_800
_MOST_DIGITS: Final = 50
#: A loop without an end ends with this.
_MOST_LOOPS: Final = 20


class Doors(msgspec.Struct, frozen=True):
    """Where a call comes back to: below `door`, with credentials."""

    door: str
    username: str
    password: str

    def __repr__(self) -> str:
        return "Doors()"

    @property
    def credentials(self) -> dict[str, object]:
        """The attributes that say them."""
        return {"username": self.username, "password": self.password}


def render(answer: CallAnswer, doors: Doors) -> bytes:
    """The document of an answer. What would be silence hangs up."""
    return _document("".join(_elements(answer, doors)))


def plain(response: Response) -> bytes:
    """The document of a response that dials nobody."""
    return _document("".join(map(_verb, response.verbs)))


def _document(inside: str) -> bytes:
    return f"{XML_HEADER}{element('Response', None, inside or element('Hangup'))}".encode()


def _elements(answer: CallAnswer, doors: Doors) -> Iterator[str]:
    for index, verb in enumerate(answer.response.verbs):
        here = f"{doors.door}/Call/Next?{place_query(answer, index)}"
        match verb:
            case Gather() if answer.script:
                yield _gather(verb, here, doors)
                # Typed or not, what follows is in the answer to it.
                return
            case Record() if answer.script:
                late = f"{doors.door}/Call/Recorded?{place_query(answer, index)}"
                yield _record(verb, here, late, doors)
                return
            case Redirect() if answer.script:
                yield element("Redirect", {"redirectUrl": here} | doors.credentials)
            case Dial():
                yield _transfer(verb, answer, index, doors)
            case _:
                yield _verb(verb)
        if ends_flow(verb):
            return


def _verb(verb: Verb) -> str:
    match verb:
        case Say(text=text):
            locale = verb.language.replace("-", "_") if verb.language else None
            sentence = element("SpeakSentence", {"locale": locale}, escaped(text))
            return sentence * _loops(verb.loop)
        case Play(digits=digits) if digits:
            return element("SendDtmf", None, escaped(digits))
        case Play(url=url) if url:
            return element("PlayAudio", None, escaped(url)) * _loops(verb.loop)
        case Pause(length=length):
            return element("Pause", {"duration": length})
        case Hangup() | Reject():
            return element("Hangup")
    return ""


def _gather(gather: Gather, here: str, doors: Doors) -> str:
    wait = within(gather.timeout, _WAIT)
    attributes: dict[str, object] = {
        "gatherUrl": here,
        **doors.credentials,
        "terminatingDigits": gather.finish_on_key or None,
        "maxDigits": gather.num_digits and min(gather.num_digits, _MOST_DIGITS),
        "firstDigitTimeout": wait,
        "interDigitTimeout": wait,
    }
    # Waiting and keys have no place in it.
    prompts = (one for one in gather.prompts if isinstance(one, Say) or _is_audio(one))
    return element("Gather", attributes, *map(_verb, prompts))


def _is_audio(verb: Verb) -> bool:
    return isinstance(verb, Play) and not verb.digits


def _record(record: Record, here: str, late: str, doors: Doors) -> str:
    attributes: dict[str, object] = {
        "recordCompleteUrl": here,
        # What was recorded by somebody who hung up is told there alone.
        "recordingAvailableUrl": late,
        **doors.credentials,
        "terminatingDigits": record.finish_on_key or None,
        "maxDuration": min(record.max_length, _LONGEST_RECORDING),
        "silenceTimeout": record.timeout,
        "fileFormat": "mp3",
    }
    return element("Record", attributes)


def _transfer(dial: Dial, answer: CallAnswer, index: int, doors: Doors) -> str:
    numbers = numbers_of(dial)[:_MOST_TARGETS]
    if not numbers or not dial.caller_id:
        # Without a caller ID Bandwidth shows the caller's own number.
        return ""
    about: dict[str, object] = {
        "transferCallerId": dial.caller_id,
        "callTimeout": within(dial.timeout, RING),
    }
    leg = leg_query(answer)
    done = None
    if answer.dialled_sid is not None:
        done = f"{doors.door}/Call/Done?{leg}"
    elif dial.action is not None and answer.script:
        done = f"{doors.door}/Call/Next?{dial_query(answer, index)}"
    if done is not None:
        about |= {"transferCompleteUrl": done} | doors.credentials
    told: dict[str, object] = {
        "transferAnswerUrl": f"{doors.door}/Call/Leg?{leg}",
        "transferDisconnectUrl": f"{doors.door}/Call/Leg?{leg}",
    }
    told |= doors.credentials
    rung = (element("PhoneNumber", told, escaped(one.number)) for one in numbers)
    return element("Transfer", about, *rung)


def _loops(loop: int) -> int:
    return min(loop or _MOST_LOOPS, _MOST_LOOPS)
