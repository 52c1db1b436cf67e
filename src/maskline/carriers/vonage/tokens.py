"""Vonage's tokens: what we sign as an application (RS256), and what Vonage signs for us (HS256)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from maskline.carriers.request import Request
from maskline.model.clock import Clock

#: How long (s) a token of ours is good, and how long it is used.
_LIFE: Final = 900
_USE: Final = 600
#: A hook is sent again for a day; clocks may differ by some minutes.
_OLDEST: Final = 25 * 3600
_SKEW: Final = 300
#: PyJWT warns of shorter keys. HMAC fills keys up with zeros by itself, so that it makes no
#: difference to do so before.
_KEY_BYTES: Final = 32


class Tokens:
    """Tokens of one application, each used for some minutes. Raises ValueError for a key that is
    no RSA private key."""

    def __init__(self, application_id: str, private_key: str, clock: Clock) -> None:
        # Imported where it is used: a server without such an account is spared it.
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(private_key.encode(), None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("private_key is no RSA private key in PEM")
        self._key = key
        self._application_id = application_id
        self._clock = clock
        self._token = ""
        self._made = 0

    def authorization(self) -> str:
        """The Authorization of a request."""
        import jwt

        now = self._clock() // 1000
        if not self._token or not 0 <= now - self._made < _USE:
            claims = {
                "application_id": self._application_id,
                "iat": now,
                "exp": now + _LIFE,
                "jti": str(uuid4()),
            }
            self._token = jwt.encode(claims, self._key, "RS256")
            self._made = now
        return f"Bearer {self._token}"


def verify(request: Request, secret: str, expected: Mapping[str, str], now: int) -> bool:
    """Whether a request has a token signed with `secret` for what is in its body, not much older
    than a day at `now` (ms). Claims that are there must be as `expected`. Vonage's own SDK does not
    look at the body's hash: here a body must have one. An address is not signed: where it says all,
    the token must be new."""
    import jwt

    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return False
    key = secret.encode().ljust(_KEY_BYTES, b"\0")
    # Times are held against the server's own clock, below.
    checks: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    checks |= {"verify_aud": False, "verify_iss": False, "verify_sub": False, "verify_jti": False}
    try:
        claims = jwt.decode(token.strip(), key, algorithms=["HS256"], options=checks)
    except (jwt.PyJWTError, ValueError):
        return False
    oldest = _OLDEST if request.body else _SKEW
    return _is_timely(claims, now // 1000, oldest) and _is_for(claims, expected, request.body)


def _is_timely(claims: Mapping[str, Any], now: int, oldest: int) -> bool:
    made, ends = claims.get("iat"), claims.get("exp", now)
    if not isinstance(made, int | float) or not isinstance(ends, int | float):
        return False
    return now - oldest <= made <= now + _SKEW and ends >= now - _SKEW


def _is_for(claims: Mapping[str, Any], expected: Mapping[str, str], body: bytes) -> bool:
    if any(claims.get(name, value) != value for name, value in expected.items()):
        return False
    digest = claims.get("payload_hash", "")
    if not body and not digest:
        return True
    if not isinstance(digest, str) or not digest.isascii():
        return False
    return hmac.compare_digest(digest.lower(), sha256(body).hexdigest())
