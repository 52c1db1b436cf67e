"""Problems: what a program's answer had wrong."""

from __future__ import annotations

import msgspec

from maskline.model.exchange import Exchange


class Problem(msgspec.Struct, frozen=True):
    """Something to tell the debugger: Twilio's code, a text without personal data, and the request
    behind it, where there is one."""

    code: int
    text: str
    exchange: Exchange | None = None
