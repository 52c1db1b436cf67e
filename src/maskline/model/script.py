"""Scripts: what calls were told to do, kept for requests that name a place in them."""

from __future__ import annotations

import msgspec


class CallScript(msgspec.Struct, frozen=True):
    """The instructions of one document, for the call `call_sid`. `response` is the JSON of a
    `maskline.voice.instructions.Response`; `dialled_sid` is our name for the leg that its Dial
    rings, null where it has none. `follows` is the place whose answer this is: the SID of another
    script, a colon and the verb's index; null for what a call began with. Without a `call_sid` it
    is something else that is kept once, by the name `follows`: who answered first, for example."""

    sid: str
    call_sid: str
    response: str
    dialled_sid: str | None
    follows: str | None
    date_created: int

    def __repr__(self) -> str:
        # Instructions name people's numbers.
        return f"CallScript({self.sid})"
