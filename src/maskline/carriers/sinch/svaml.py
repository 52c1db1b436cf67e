"""Sinch's dialect of call instructions: SVAML, which is a list of instructions and one action."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from maskline.carriers.rendering import numbers_of
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Reject,
    Response,
    Say,
    Verb,
)

#: What can be carried out. A Redirect is followed before the answer is given.
VERBS: Final = frozenset(
    {
        "Dial",
        "Gather",
        "Gather.actionOnEmptyResult",
        "Hangup",
        "Number.url",
        "Play",
        "Redirect",
        "Reject",
        "Say",
    }
)

_LOCALE: Final = "en-US"
MOST_TALK: Final = 14_400
_MOST_DIGITS: Final = 100
#: A loop without an end ends with this.
_MOST_LOOPS: Final = 20
#: What divides or ends a prompt.
_MARKS: Final = re.compile(r"[;\[\]]")
MENU: Final = "main"

#: For who is asked nothing, before somebody else is rung.
_MOMENT: Final = Gather(num_digits=1, timeout=1)

CONTINUE: Final = {"name": "continue"}
HANGUP: Final = {"name": "hangup"}


def render(response: Response, *, asks: bool = False, is_new: bool = True) -> bytes:
    """What to do with a call. One action ends it all: to ask for keys, if somebody `asks`, to ring
    somebody, or to hang up; what stands after it is never done here. A call that `is_new` is to be
    answered before its caller hears anything."""
    instructions: list[dict[str, Any]] = []
    for verb in response.verbs:
        action = _menu(verb) if asks and isinstance(verb, Gather) else _action(verb)
        if action is not None:
            return encoded(instructions, action, is_new=is_new)
        instructions += _instructions(verb)
    return encoded(instructions, HANGUP, is_new=is_new)


def begun(response: Response) -> Response:
    """What a call that we placed begins with. Sinch rings nobody else when it is answered, but does
    when somebody was asked for keys: they are, for a moment."""
    verbs = response.verbs
    for at, verb in enumerate(verbs):
        if isinstance(verb, Gather | Hangup | Reject):
            break
        if isinstance(verb, Dial):
            return Response((*verbs[:at], _MOMENT, *verbs[at:]))
    return response


def whispered(response: Response | None) -> bytes:
    """What to do when somebody answers who was rung."""
    verbs = response.verbs if response is not None else ()
    return encoded([one for verb in verbs for one in _instructions(verb)], CONTINUE)


def encoded(
    instructions: list[dict[str, Any]], action: dict[str, Any], *, is_new: bool = True
) -> bytes:
    """The document. A call whose caller is to hear something and nobody else is answered first."""
    is_heard = action["name"] == "runMenu" or (instructions and action is HANGUP)
    if is_heard and is_new:
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
                "maxDuration": min(verb.time_limit, MOST_TALK),
            }
            for target in numbers_of(verb)
        ),
        None,
    )


def _menu(gather: Gather) -> dict[str, Any]:
    prompts = list(_prompts(gather))
    locale = next((one.language for one in gather.prompts if isinstance(one, Say)), None)
    menu: dict[str, Any] = {
        "id": MENU,
        "maxDigits": min(gather.num_digits or _MOST_DIGITS, _MOST_DIGITS),
        "timeoutMills": gather.timeout * 1000,
        # Who typed nothing is not asked again, unless the program wants it so.
        "repeats": 0,
    }
    if prompts:
        menu["mainPrompt"] = ";".join(prompts)
    return {
        "name": "runMenu",
        "barge": True,
        "locale": locale or _LOCALE,
        "mainMenu": MENU,
        "menus": [menu],
    }


def _prompts(gather: Gather) -> Iterator[str]:
    """As menus have them: waiting and keys have no place there."""
    for one in gather.prompts:
        match one:
            case Say(text=text):
                yield from [f"#tts[{_MARKS.sub(' ', text)}]"] * _loops(one.loop)
            case Play(url=url) if url:
                # Marks in an address are written by their numbers.
                address = _MARKS.sub(lambda mark: f"%{ord(mark[0]):02X}", url)
                yield from [f"#href[{address}]"] * _loops(one.loop)
            case Play() | Pause():
                pass


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
