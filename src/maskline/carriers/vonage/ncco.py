"""NCCO: instruction trees as Vonage carries them out."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from maskline.carriers.addresses import without_plus
from maskline.carriers.contract import CallAnswer
from maskline.carriers.legs import leg_query
from maskline.carriers.rendering import numbers_of
from maskline.voice.instructions import Dial, Hangup, Pause, Play, Response, Say, Verb

VERBS: Final = frozenset({"Dial", "Hangup", "Number.url", "Pause", "Play", "Redirect", "Say"})

_LONGEST_TEXT: Final = 1500
_LONGEST_TALK: Final = 7200
_RING: Final = (1, 120)

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
    for verb in answer.response.verbs:
        if isinstance(verb, Hangup):
            break
        found += _actions(verb, answer, door, whisper)
    return found


def _actions(verb: Verb, answer: CallAnswer, door: str, whisper: bool) -> list[Action]:
    match verb:
        case Say():
            return _talk(verb)
        case Play() if verb.url:
            loop = {} if verb.loop == 1 else {"loop": verb.loop}
            return [{"action": "stream", "streamUrl": [verb.url], **loop}]
        case Pause():
            return [{"action": "wait", "timeout": verb.length}]
        case Dial() if numbers_of(verb):
            return [_connect(verb, answer, door, whisper)]
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


def _connect(dial: Dial, answer: CallAnswer, door: str, whisper: bool) -> Action:
    (number, *_) = numbers_of(dial)
    endpoint: Action = {"type": "phone", "number": without_plus(number.number)}
    if number.send_digits:
        # Vonage writes a pause of half a second as `p`.
        endpoint["dtmfAnswer"] = number.send_digits.replace("w", "p").replace("W", "pp")
    if whisper and number.url and answer.dialled_sid is not None:
        endpoint["onAnswer"] = {"url": f"{door}/Call/Whisper"}
    return {
        "action": "connect",
        "from": without_plus(dial.caller_id or ""),
        "timeout": min(max(dial.timeout, _RING[0]), _RING[1]),
        "limit": min(dial.time_limit, _LONGEST_TALK),
        "endpoint": [endpoint],
        "eventUrl": [f"{door}/Call/Leg?{leg_query(answer)}"],
        "eventMethod": "POST",
    }
