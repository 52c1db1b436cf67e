"""Plivo XML: instruction trees as Plivo carries them out."""

from __future__ import annotations

from typing import Final

from maskline.carriers.addresses import without_plus
from maskline.carriers.contract import CallAnswer
from maskline.carriers.legs import leg_query
from maskline.carriers.rendering import XML_HEADER, element, escaped, numbers_of
from maskline.voice.instructions import Dial, Hangup, Pause, Play, Reject, Response, Say, Verb

VERBS: Final = frozenset(
    {"Dial", "Hangup", "Number.url", "Pause", "Play", "Redirect", "Reject", "Say"}
)

_VOICES: Final = {"man": "MAN", "woman": "WOMAN", "alice": "WOMAN"}


def render(answer: CallAnswer, door: str, *, whisper: bool) -> bytes:
    """The document of an answer. `whisper`: who is called hears the door's `Call/Whisper` first."""
    parts = [_verb(one, answer, door, whisper) for one in answer.response.verbs]
    return (XML_HEADER + element("Response", None, *parts)).encode()


def plain(response: Response) -> bytes:
    """The document of a response that dials nobody."""
    return render(CallAnswer("", response, None), "", whisper=False)


def _verb(verb: Verb, answer: CallAnswer, door: str, whisper: bool) -> str:
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
        case Dial():
            return _dial(verb, answer, door, whisper)
        case Hangup():
            return element("Hangup")
    return ""


def _dial(dial: Dial, answer: CallAnswer, door: str, whisper: bool) -> str:
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
    }
    leg = leg_query(answer)
    attributes["callbackUrl"] = f"{door}/Call/Leg?{leg}"
    if answer.dialled_sid is not None:
        attributes |= {
            "action": f"{door}/Call/Done?{leg}",
            "confirmSound": f"{door}/Call/Whisper" if whisper and numbers[0].url else None,
        }
    inside = (
        element("Number", {"sendDigits": one.send_digits}, escaped(without_plus(one.number)))
        for one in numbers
    )
    return element("Dial", attributes, *inside)


def _loop(count: int) -> int | None:
    return None if count == 1 else count
