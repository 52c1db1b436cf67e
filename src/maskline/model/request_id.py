"""Request ids: what a request is called in its answer, in log lines and in traces."""

from __future__ import annotations

import re
from typing import Final

REQUEST: Final = "RQ"
"""What those begin with that we make."""

#: Too long for a phone number, which no log line may hold.
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def accepted(given: str) -> str | None:
    """An id that a caller, or a proxy before us, gave to its request; null for none, and for one
    that is not 16 to 64 letters, digits, hyphens and underscores."""
    return given if _ACCEPTED.fullmatch(given) else None
