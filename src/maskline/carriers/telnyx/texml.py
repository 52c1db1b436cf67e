"""TeXML: TwiML as Telnyx carries it out, which differs in bounds and leaves some of it out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from maskline.carriers.contract import CallAnswer
from maskline.carriers.rendering import document_query, within
from maskline.carriers.twilio.documents import through
from maskline.voice.instructions import Conference, Dial, Play, Response
from maskline.voice.twiml import render as render_twiml

_RING: Final = (5, 120)
_TALK: Final = (60, 14_400)
#: How names of files end that may play while somebody waits.
_AUDIO: Final = (".aiff", ".gsm", ".mp3", ".ulaw", ".wav")


def render(response: Response) -> bytes:
    """A document. Times out of Telnyx's bounds are brought into them, and the caller of an
    unanswered call hears it ring without being asked to."""
    verbs = tuple(_dial(one) if isinstance(one, Dial) else one for one in response.verbs)
    return render_twiml(Response(verbs)).encode()


def led(answer: CallAnswer, door: str) -> bytes:
    """The document of an answer, whose further documents are fetched from the `door`, which ends
    with `/Call`, and which tells programs by it. Telnyx signs what it sends by the account's key,
    and not the address that it sends it to: what a program were sent by Telnyx, it could send on to
    the door as if it were about another call."""
    response = through(answer, door)
    verbs = tuple(
        msgspec.structs.replace(
            one, targets=tuple(_told(target, answer.call_sid, door) for target in one.targets)
        )
        if isinstance(one, Dial)
        else one
        for one in response.verbs
    )
    return render(Response(verbs))


def _told(target: Any, call_sid: str, door: str) -> Any:
    """A target of a Dial: what becomes of a conference is told by us, and what plays until it
    begins is asked for by us."""
    if not isinstance(target, Conference):
        return target
    changes: dict[str, str] = {}
    if target.status_callback is not None:
        method = target.status_callback_method
        query = {"Call": call_sid, "Tell": target.status_callback, "TellMethod": method}
        changes |= {
            "status_callback": f"{door}/Told?{urlencode(query)}",
            "status_callback_method": "POST",
        }
    if target.wait_url:
        query = {"Call": call_sid, "Url": target.wait_url, "Method": target.wait_method}
        changes |= {"wait_url": _waiting(target.wait_url, query, door), "wait_method": "POST"}
    return msgspec.structs.replace(target, **changes)


def _waiting(url: str, query: dict[str, str], door: str) -> str:
    """Where it is asked for what plays: a document, or a file, as its name says."""
    if urlsplit(url).path.lower().endswith(_AUDIO):
        return f"{door}/Document?{document_query(Response((Play(url),)))}"
    return f"{door}/Next?{urlencode(query)}"


def _dial(dial: Dial) -> Dial:
    return msgspec.structs.replace(
        dial,
        answer_on_bridge=False,
        timeout=within(dial.timeout, _RING),
        time_limit=within(dial.time_limit, _TALK),
    )
