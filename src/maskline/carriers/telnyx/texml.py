"""TeXML: TwiML as Telnyx carries it out, which differs in bounds and leaves some of it out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import CallAnswer
from maskline.carriers.rendering import within
from maskline.carriers.twilio.documents import through
from maskline.voice.instructions import Conference, Dial, Response
from maskline.voice.twiml import render as render_twiml

_RING: Final = (5, 120)
_TALK: Final = (60, 14_400)


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
    """A target of a Dial: what becomes of a conference is told by us."""
    if not isinstance(target, Conference) or target.status_callback is None:
        return target
    method = target.status_callback_method
    query = {"Call": call_sid, "Tell": target.status_callback, "TellMethod": method}
    return msgspec.structs.replace(
        target, status_callback=f"{door}/Told?{urlencode(query)}", status_callback_method="POST"
    )


def _dial(dial: Dial) -> Dial:
    return msgspec.structs.replace(
        dial,
        answer_on_bridge=False,
        timeout=within(dial.timeout, _RING),
        time_limit=within(dial.time_limit, _TALK),
    )
