"""Bandwidth's dialect of call instructions: BXML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from maskline.carriers.rendering import XML_HEADER, element, escaped, numbers_of
from maskline.voice.instructions import Dial, Hangup, Pause, Play, Reject, Response, Say, Verb

#: What can be carried out. A Redirect is followed before the document is given out; what answers to
#: keys and recordings would be needed later, when nobody is asked for it.
VERBS: Final = frozenset(
    {"Dial", "Hangup", "Number.url", "Pause", "Play", "Redirect", "Reject", "Say"}
)

_MOST_TARGETS: Final = 8
_RING: Final = (1, 300)
#: A loop without an end ends with this.
_MOST_LOOPS: Final = 20


class Reports(msgspec.Struct, frozen=True):
    """Where a leg that is dialled is told of, with what credentials: at `leg` when it is answered
    and when it ends, at `done` for what comes after it."""

    leg: str
    done: str
    username: str
    password: str

    def __repr__(self) -> str:
        return "Reports()"


def render(response: Response, reports: Reports | None = None) -> bytes:
    """The document. What would be silence hangs up."""
    inside = "".join(_verbs(response, reports)) or element("Hangup")
    return f"{XML_HEADER}{element('Response', None, inside)}".encode()


def _verbs(response: Response, reports: Reports | None) -> Iterator[str]:
    for verb in response.verbs:
        yield from _verb(verb, reports)
        if isinstance(verb, Hangup | Reject):
            return


def _verb(verb: Verb, reports: Reports | None) -> Iterator[str]:
    match verb:
        case Say(text=text):
            locale = verb.language.replace("-", "_") if verb.language else None
            sentence = element("SpeakSentence", {"locale": locale}, escaped(text))
            yield sentence * _loops(verb.loop)
        case Play(digits=digits) if digits:
            yield element("SendDtmf", None, escaped(digits))
        case Play(url=url) if url:
            yield element("PlayAudio", None, escaped(url)) * _loops(verb.loop)
        case Pause(length=length):
            yield element("Pause", {"duration": length})
        case Dial():
            yield from _transfer(verb, reports)
        case Hangup() | Reject():
            yield element("Hangup")


def _transfer(dial: Dial, reports: Reports | None) -> Iterator[str]:
    numbers = numbers_of(dial)[:_MOST_TARGETS]
    if not numbers or not dial.caller_id:
        # Without a caller ID Bandwidth shows the caller's own number.
        return
    about: dict[str, object] = {
        "transferCallerId": dial.caller_id,
        "callTimeout": min(max(dial.timeout, _RING[0]), _RING[1]),
    }
    told: dict[str, object] = {}
    if reports is not None:
        credentials = {"username": reports.username, "password": reports.password}
        about |= {"transferCompleteUrl": reports.done} | credentials
        told = {"transferAnswerUrl": reports.leg, "transferDisconnectUrl": reports.leg}
        told |= credentials
    rung = (element("PhoneNumber", told, escaped(one.number)) for one in numbers)
    yield element("Transfer", about, *rung)


def _loops(loop: int) -> int:
    return min(loop or _MOST_LOOPS, _MOST_LOOPS)
