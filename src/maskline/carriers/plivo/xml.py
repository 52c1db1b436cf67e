"""Plivo XML: instruction trees as Plivo carries them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maskline.carriers.addresses import without_plus
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
        "Dial.hangupOnStar",
        "Dial.targets",
        "Gather",
        "Gather.actionOnEmptyResult",
        "Gather.input",
        "Hangup",
        "Number.sendDigits",
        "Number.url",
        "Pause",
        "Play",
        "Record",
        "Record.playBeep",
        "Redirect",
        "Reject",
        "Say",
    }
)

_VOICES: Final = {"man": "MAN", "woman": "WOMAN", "alice": "WOMAN"}
#: Seconds for the first key, and between two.
_WAIT: Final = (5, 60)
_BETWEEN: Final = (2, 10)
_MOST_DIGITS: Final = 32


def render(answer: CallAnswer, door: str, *, whisper: bool) -> bytes:
    """The document of an answer. `whisper`: who is called hears the door's `Call/Whisper` first."""
    inside = "".join(_elements(answer, door, whisper))
    return (XML_HEADER + element("Response", None, inside)).encode()


def plain(response: Response) -> bytes:
    """The document of a response that dials nobody."""
    return render(CallAnswer("", response, None), "", whisper=False)


def _elements(answer: CallAnswer, door: str, whisper: bool) -> Iterator[str]:
    for index, verb in enumerate(answer.response.verbs):
        here = f"{door}/Call/Next?{place_query(answer, index)}"
        match verb:
            case Gather() if answer.script:
                yield _gather(verb, here)
                if verb.action_on_empty_result:
                    # Without input the next element is carried out.
                    yield _redirect(here)
            case Record() if answer.script:
                late = f"{door}/Call/Recorded?{place_query(answer, index)}"
                yield _record(verb, here, late)
            case Redirect() if answer.script:
                yield _redirect(here)
            case Dial():
                done = None
                if answer.dialled_sid is not None:
                    done = f"{door}/Call/Done?{leg_query(answer)}"
                elif verb.action is not None and answer.script:
                    done = f"{door}/Call/Next?{dial_query(answer, index)}"
                yield _dial(verb, answer, door, done, whisper)
            case _:
                yield _verb(verb)
        if ends_flow(verb):
            return


def _verb(verb: Verb) -> str:
    match verb:
        case Say():
            voice = verb.voice and _VOICES.get(verb.voice.lower(), verb.voice)
            attributes = {"voice": voice, "language": verb.language, "loop": _loop(verb.loop)}
            return element("Speak", attributes, escaped(verb.text))
        case Play() if verb.digits:
            return element("DTMF", None, escaped(verb.digits))
        case Play():
            return element("Play", {"loop": _loop(verb.loop)}, escaped(verb.url))
        case Pause():
            return element("Wait", {"length": verb.length})
        case Reject():
            return element("Hangup", {"reason": verb.reason})
        case Hangup():
            return element("Hangup")
    return ""


def _gather(gather: Gather, here: str) -> str:
    attributes: dict[str, object] = {
        "action": here,
        "method": "POST",
        "inputType": gather.input,
        "executionTimeout": within(gather.timeout, _WAIT),
        "finishOnKey": _key(gather.finish_on_key),
    }
    if "dtmf" in gather.input:
        attributes["digitEndTimeout"] = within(gather.timeout, _BETWEEN)
        attributes["numDigits"] = gather.num_digits and min(gather.num_digits, _MOST_DIGITS)
    # Waiting and keys have no place in it.
    prompts = (one for one in gather.prompts if isinstance(one, Say) or _is_audio(one))
    return element("GetInput", attributes, *map(_verb, prompts))


def _is_audio(verb: Verb) -> bool:
    return isinstance(verb, Play) and not verb.digits


def _record(record: Record, here: str, late: str) -> str:
    attributes = {
        "action": here,
        "method": "POST",
        # What was recorded by somebody who hung up is told there alone.
        "callbackUrl": late,
        "callbackMethod": "POST",
        "fileFormat": "mp3",
        "timeout": record.timeout,
        "maxLength": record.max_length,
        "playBeep": record.play_beep,
        "finishOnKey": _key(record.finish_on_key),
    }
    return element("Record", attributes)


def _redirect(here: str) -> str:
    return element("Redirect", {"method": "POST"}, escaped(here))


def _dial(dial: Dial, answer: CallAnswer, door: str, done: str | None, whisper: bool) -> str:
    numbers = numbers_of(dial)
    if not numbers:
        return ""
    attributes: dict[str, object] = {
        "callerId": without_plus(dial.caller_id or ""),
        "timeout": dial.timeout,
        "timeLimit": dial.time_limit,
        "hangupOnStar": dial.hangup_on_star or None,
        # The caller hears what the network plays while it rings.
        "dialMusic": "real" if dial.answer_on_bridge else None,
        "callbackUrl": f"{door}/Call/Leg?{leg_query(answer)}",
        "action": done,
    }
    if answer.dialled_sid is not None and whisper and numbers[0].url:
        attributes["confirmSound"] = f"{door}/Call/Whisper"
    inside = (
        element("Number", {"sendDigits": one.send_digits}, escaped(without_plus(one.number)))
        for one in numbers
    )
    return element("Dial", attributes, *inside)


def _loop(count: int) -> int | None:
    return None if count == 1 else count


def _key(keys: str) -> str:
    """One of several keys, since Plivo takes one."""
    return "#" if "#" in keys else keys[:1] or "none"
