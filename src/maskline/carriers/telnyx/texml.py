"""TeXML: TwiML as Telnyx carries it out, which differs in bounds and leaves some of it out."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import REST, CallAnswer
from maskline.voice.instructions import Dial, Redirect, Response, Verb
from maskline.voice.twiml import render as render_twiml

_RING: Final = (5, 120)
_TALK: Final = (60, 14_400)


def render(response: Response) -> bytes:
    """A document. Times out of Telnyx's bounds are brought into them, and the caller of an
    unanswered call hears it ring without being asked to."""
    verbs = tuple(_dial(one) if isinstance(one, Dial) else one for one in response.verbs)
    return render_twiml(Response(verbs)).encode()


def render_answer(answer: CallAnswer, door: str) -> bytes:
    """The document of a call, the rest of which is fetched from the `door`, which ends with
    `/Call`."""

    def led(one: Verb) -> Verb:
        if not isinstance(one, Redirect) or not one.url.startswith(REST):
            return one
        named = urlencode({"Call": answer.call_sid, "Url": one.url})
        return Redirect(f"{door}/Next?{named}")

    return render(Response(tuple(map(led, answer.response.verbs))))


def _dial(dial: Dial) -> Dial:
    return msgspec.structs.replace(
        dial,
        answer_on_bridge=False,
        timeout=min(max(dial.timeout, _RING[0]), _RING[1]),
        time_limit=min(max(dial.time_limit, _TALK[0]), _TALK[1]),
    )
