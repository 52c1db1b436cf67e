"""What simulated handsets saw."""

from __future__ import annotations

import msgspec


class HandsetMessage(msgspec.Struct, frozen=True):
    """What a handset sent or received. `media` is a JSON list of URLs; a non-empty `reference` is
    taken once per handset."""

    sid: str
    handset: str
    direction: str
    peer: str
    body: str
    media: str
    reference: str
    date_created: int
