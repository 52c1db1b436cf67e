"""How much the simulator holds, and how fast it goes."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Bounds of what is kept in memory and of what a handset may send.

    `live_calls` counts sides of calls, `handset_calls` those of one handset, which is busy beyond
    them. `history` is the ended calls kept for a handset, `history_total` those for all. `handsets`
    bounds both the handsets with a behaviour of their own and those listed as seen. `events` is how
    far back a listener can catch up.
    """

    body_characters: int = 1600
    media: int = 10
    handsets: int = 10_000
    live_calls: int = 10_000
    handset_calls: int = 5
    history: int = 100
    history_total: int = 20_000
    heard: int = 100
    digits: int = 1000
    events: int = 1000
    subscribers: int = 100
    receipts: int = 100_000
    references: int = 10_000
    documents: int = 100


class Pace(msgspec.Struct, frozen=True):
    """Times in seconds: how long a prompt takes to hear, how long a call may last, how long an
    action on a call waits for its effect, and how long closing waits for calls to end."""

    prompt: float = 0.0
    call: float = 14_400.0
    settle: float = 5.0
    drain: float = 5.0
