"""The SMS API's signatures: a hash, or an HMAC, over the sorted parameters."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

FIELD: Final = "sig"
_TIMESTAMP: Final = "timestamp"
#: A hook is sent again for a day (s); clocks may differ by some minutes.
_OLDEST: Final = 25 * 3600
_SKEW: Final = 300


def sign(secret: str, params: Mapping[str, str], method: str) -> str:
    """The signature in hex. `method` is `md5hash`, which hashes the secret with the parameters, or
    the name of a hash for an HMAC."""
    signed = "".join(f"&{name}={_plain(params[name])}" for name in sorted(params) if name != FIELD)
    # What came over the wire may hold lone surrogates: they are hashed, never an exception.
    data = signed.encode("utf-8", "surrogatepass")
    if method == "md5hash":
        return hashlib.md5(data + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), data, method).hexdigest()


def verify(secret: str, params: Mapping[str, str], method: str, now: int) -> bool:
    """Whether the parameters are signed, not much more than a day before `now` (ms)."""
    given = params.get(FIELD, "")
    stamp = params.get(_TIMESTAMP, "")
    if not given or not given.isascii() or not (stamp.isascii() and stamp.isdigit()):
        return False
    if len(stamp) > 11 or not -_SKEW <= now // 1000 - int(stamp) <= _OLDEST:
        return False
    return hmac.compare_digest(sign(secret, params, method), given.lower())


def _plain(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")
