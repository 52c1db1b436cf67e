"""Telnyx's signatures: Ed25519 over the time, a bar and the body."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from maskline.carriers.request import Request

SIGNATURE: Final = "telnyx-signature-ed25519"
TIMESTAMP: Final = "telnyx-timestamp"

#: How old or how far ahead (s) a request may be.
_TOLERANCE: Final = 300


def verify(key: bytes, request: Request, now: int) -> bool:
    """Whether the owner of the public key, 32 bytes, signed the request not long before or after
    `now` (ms). The address is not signed, so that only a POST says anything."""
    # Imported where it is used: a server without such an account is spared it.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    stamp = request.headers.get(TIMESTAMP, "")
    if request.method != "POST" or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return False
    if abs(now // 1000 - int(stamp)) > _TOLERANCE:
        return False
    try:
        signature = base64.b64decode(request.headers.get(SIGNATURE, ""), validate=True)
        signed = stamp.encode() + b"|" + request.body
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
