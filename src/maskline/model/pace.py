"""How full a bucket is that messages are counted in, and how long its queue."""

from __future__ import annotations

import msgspec


class Level(msgspec.Struct, frozen=True):
    """A bucket as it is kept. Of one that refills, `at` is when it will be full again; of one that
    is emptied at times, `at` is when that is next and `used` what has been taken since the last
    time. Times in microseconds."""

    name: str
    at: int
    used: int = 0
