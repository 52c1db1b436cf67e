"""TeXML: TwiML as Telnyx carries it out, which differs in bounds and leaves some of it out."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.voice.instructions import Dial, Message, Response
from maskline.voice.twiml import render as render_twiml

_RING: Final = (5, 120)
_TALK: Final = (60, 14_400)


def render(response: Response) -> bytes:
    """A document. Times out of Telnyx's bounds are brought into them; the caller of an unanswered
    call hears it ring without being asked to; and a call sends no texts."""
    verbs = tuple(
        _dial(one) if isinstance(one, Dial) else one
        for one in response.verbs
        if not isinstance(one, Message)
    )
    return render_twiml(Response(verbs)).encode()


def _dial(dial: Dial) -> Dial:
    return msgspec.structs.replace(
        dial,
        answer_on_bridge=False,
        timeout=min(max(dial.timeout, _RING[0]), _RING[1]),
        time_limit=min(max(dial.time_limit, _TALK[0]), _TALK[1]),
    )
