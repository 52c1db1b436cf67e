"""NCCO: instruction trees as Vonage carries them out.

Where a program is asked for what comes next, the document has an action that asks us: `input` for
what was typed or said, `notify` for all else. A recording is told of while the document goes on: it
waits, and is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from maskline.carriers.addresses import without_plus
from maskline.carriers.contract import CallAnswer
from maskline.carriers.legs import leg_query
from maskline.carriers.rendering import dial_query, numbers_of, place_query, within
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Response,
    Say,
    Verb,
    ends_flow,
)

VERBS: Final = frozenset(
    {
        "Dial",
        "Dial.action",
        "Dial.sequential",
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
        "Say",
    }
)

_LONGEST_TEXT: Final = 1500
LONGEST_TALK: Final = 7200
RING: Final = (1, 120)
#: Seconds for keys and for speech to begin, and how many keys.
_WAIT: Final = (1, 10)
_MOST_DIGITS: Final = 20
#: Seconds of silence that end a recording, and of the recording.
_SILENCE: Final = (3, 10)
_LENGTH: Final = (3, 7200)
#: Seconds that a call waits for its recording, or for what is about to come; it ends there if that
#: never does.
_RECORDING: Final = 30

Action = dict[str, Any]


def render(answer: CallAnswer, door: str, *, whisper: bool) -> bytes:
    """The document of an answer. `whisper`: who is called hears the door's `Call/Whisper` first."""
    return msgspec.json.encode(actions(answer, door, whisper=whisper))


def plain(response: Response) -> list[Action]:
    """The actions of a response that dials nobody."""
    return actions(CallAnswer("", response, None), "", whisper=False)


def actions(answer: CallAnswer, door: str, *, whisper: bool) -> list[Action]:
    """The actions of an answer. A call ends with the last."""
    found: list[Action] = []
    for index, verb in enumerate(answer.response.verbs):
        here = f"{door}/Call/Next?{place_query(answer, index)}"
        match verb:
            case Gather() if answer.script:
                # Typed or not, what follows is in the answer to it.
                return found + _input(verb, here)
            case Record() if answer.script:
                return found + _record(verb, f"{door}/Call/Recorded?{place_query(answer, index)}")
            case Redirect() if answer.script:
                found.append(notify(here))
            case Dial() if numbers_of(verb):
                found.append(_connect(verb, answer, door, whisper))
                if answer.script and answer.dialled_sid is None and is_asked_after(verb):
                    return [*found, notify(f"{door}/Call/Next?{dial_query(answer, index)}")]
            case Hangup():
                break
            case _:
                found += _actions(verb)
        if ends_flow(verb):
            break
    return found


def is_asked_after(dial: Dial) -> bool:
    """Whether we are asked what comes after a Dial: its action, or its next number. Vonage rings
    one number at a time."""
    return dial.action is not None or len(numbers_of(dial)) > 1


def _actions(verb: Verb) -> list[Action]:
    match verb:
        case Say():
            return _talk(verb)
        case Play() if verb.url:
            loop = {} if verb.loop == 1 else {"loop": verb.loop}
            return [{"action": "stream", "streamUrl": [verb.url], **loop}]
        case Pause():
            return [{"action": "wait", "timeout": verb.length}]
    return []


def _talk(say: Say) -> list[Action]:
    pieces = [say.text[at : at + _LONGEST_TEXT] for at in range(0, len(say.text), _LONGEST_TEXT)]
    once: list[Action] = [{"action": "talk", "text": piece} for piece in pieces]
    for one in once:
        if say.language:
            one["language"] = say.language
        if say.loop != 1 and len(pieces) == 1:
            one["loop"] = say.loop
    return once


def _input(gather: Gather, here: str) -> list[Action]:
    wait = within(gather.timeout, _WAIT)
    asked: Action = {"action": "input", "type": gather.input.split()}
    if "dtmf" in gather.input:
        asked["dtmf"] = {
            "timeOut": wait,
            "maxDigits": min(gather.num_digits or _MOST_DIGITS, _MOST_DIGITS),
            "submitOnHash": "#" in gather.finish_on_key,
        }
    if "speech" in gather.input:
        asked["speech"] = {"startTimeout": wait}
    asked |= {"eventUrl": [here], "eventMethod": "POST"}
    return [*_interruptible(gather.prompts), asked]


def _interruptible(prompts: Iterable[Verb]) -> list[Action]:
    """Prompts that end when somebody types: waiting can't."""
    said = (one for one in prompts if not isinstance(one, Pause))
    return [action | {"bargeIn": True} for one in said for action in _actions(one)]


def _record(record: Record, here: str) -> list[Action]:
    asked: Action = {
        "action": "record",
        "format": "mp3",
        "endOnSilence": within(record.timeout, _SILENCE),
        "timeOut": within(record.max_length, _LENGTH),
        "beepStart": record.play_beep,
        "eventUrl": [here],
        "eventMethod": "POST",
    }
    keys = record.finish_on_key
    if keys:
        asked["endOnKey"] = "#" if "#" in keys else keys[0]
    return [asked, {"action": "wait", "timeout": _RECORDING}]


def keyed(digits: str) -> str:
    """Keys to be sent: Vonage writes a pause of half a second as `p`."""
    return digits.replace("w", "p").replace("W", "pp")


def held(seconds: int, here: str) -> list[Action]:
    """Waiting for somebody else to say how the call goes on; after so many seconds we are asked.
    With none, somebody is about to say it."""
    if not seconds:
        return [{"action": "wait", "timeout": _RECORDING}]
    return [{"action": "wait", "timeout": seconds}, notify(here)]


def notify(here: str) -> Action:
    """Asks us how the call goes on."""
    # The payload is asked for, and is of no use to us.
    return {"action": "notify", "payload": {"next": "1"}, "eventUrl": [here], "eventMethod": "POST"}


def _connect(dial: Dial, answer: CallAnswer, door: str, whisper: bool) -> Action:
    (number, *_) = numbers_of(dial)
    endpoint: Action = {"type": "phone", "number": without_plus(number.number)}
    if number.send_digits:
        endpoint["dtmfAnswer"] = keyed(number.send_digits)
    if whisper and number.url and answer.dialled_sid is not None:
        endpoint["onAnswer"] = {"url": f"{door}/Call/Whisper"}
    return {
        "action": "connect",
        "from": without_plus(dial.caller_id or ""),
        "timeout": within(dial.timeout, RING),
        "limit": min(dial.time_limit, LONGEST_TALK),
        "endpoint": [endpoint],
        "eventUrl": [f"{door}/Call/Leg?{leg_query(answer)}"],
        "eventMethod": "POST",
    }
