"""Sinch's dialect of call instructions: SVAML, which is a list of instructions and one action."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from maskline.carriers.rendering import numbers_of
from maskline.voice.instructions import Dial, Hangup, Play, Reject, Response, Say, Verb

#: What can be carried out. A Redirect is followed before the answer is given.
VERBS: Final = frozenset({"Dial", "Hangup", "Number.url", "Play", "Redirect", "Reject", "Say"})

_LOCALE: Final = "en-US"
_MOST_TALK: Final = 14_400
#: A loop without an end ends with this.
_MOST_LOOPS: Final = 20

CONTINUE: Final = {"name": "continue"}
HANGUP: Final = {"name": "hangup"}


def render(response: Response) -> bytes:
    """What to do with a call that comes in. One action ends it all: to ring somebody, or to hang
    up; what stands after it is never done."""
    instructions: list[dict[str, Any]] = []
    for verb in response.verbs:
        action = _action(verb)
        if action is not None:
            return encoded(instructions, action)
        instructions += _instructions(verb)
    return encoded(instructions, HANGUP)


def whispered(response: Response | None) -> bytes:
    """What to do when somebody answers who was rung."""
    verbs = response.verbs if response is not None else ()
    return encoded([one for verb in verbs for one in _instructions(verb)], CONTINUE)


def encoded(instructions: list[dict[str, Any]], action: dict[str, Any]) -> bytes:
    """The document. A call whose caller is to hear something and nobody else is answered first."""
    if instructions and action is HANGUP:
        instructions = [{"name": "answer"}, *instructions]
    return msgspec.json.encode({"instructions": instructions, "action": action})


def _action(verb: Verb) -> dict[str, Any] | None:
    if isinstance(verb, Hangup | Reject):
        return HANGUP
    if not isinstance(verb, Dial) or not verb.caller_id:
        # Without a caller ID Sinch shows the caller's own number.
        return None
    return next(
        (
            {
                "name": "connectPstn",
                "number": target.number,
                "cli": verb.caller_id,
                "dialTimeout": verb.timeout,
                "maxDuration": min(verb.time_limit, _MOST_TALK),
            }
            for target in numbers_of(verb)
        ),
        None,
    )


def _instructions(verb: Verb) -> Iterator[dict[str, Any]]:
    match verb:
        case Say(text=text, language=language):
            said = {"name": "say", "text": text, "locale": language or _LOCALE}
            yield from [said] * _loops(verb.loop)
        case Play(digits=digits) if digits:
            yield {"name": "sendDtmf", "value": digits}
        case Play(url=url) if url:
            played = {"name": "playFiles", "ids": [url], "locale": _LOCALE}
            yield from [played] * _loops(verb.loop)


def _loops(loop: int) -> int:
    return min(loop or _MOST_LOOPS, _MOST_LOOPS)
