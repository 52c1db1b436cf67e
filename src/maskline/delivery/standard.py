"""The headers of Standard Webhooks, beside Twilio's: an HMAC-SHA256 over token, time and body.

The secret is derived from the account's auth token, so that nothing more is to be kept and a token
that is rotated brings a new one. Who knows it can't tell the token.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import Final

#: What the key is derived for, so that it serves nothing else.
_PURPOSE: Final = b"maskline standard webhooks 1"


def secret_of(auth_token: str) -> str:
    """The secret as receivers are given it: `whsec_` and base64."""
    return f"whsec_{b64encode(_key(auth_token)).decode()}"


def headers(auth_token: str, token: str, now: int, body: bytes) -> dict[str, str]:
    """The headers of a request that is sent at `now` (ms); `token` is the same over all attempts
    to tell one thing."""
    seconds = str(now // 1000)
    signed = b".".join((token.encode(), seconds.encode(), body))
    signature = b64encode(hmac.digest(_key(auth_token), signed, "sha256")).decode()
    return {
        "webhook-id": token,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
    }


def _key(auth_token: str) -> bytes:
    return hmac.digest(auth_token.encode(), _PURPOSE, "sha256")
