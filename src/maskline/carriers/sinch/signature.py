"""Sinch's two signatures: of what its SMS API posts, and of its Voice API's callbacks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from maskline.carriers.json_api import basic
from maskline.carriers.request import Request

SIGNATURE: Final = "x-sinch-webhook-signature"
_PREFIX: Final = "x-sinch-webhook-signature-"
_ALGORITHM: Final = "hmacsha256"
#: How far the time of a callback of the Voice API may be from ours (ms). A caller waits for it, so
#: that it does not come late.
_SKEW: Final = 300_000


def of_message(secret: str, body: bytes, nonce: str, timestamp: str) -> str:
    """The signature of what the SMS API posts."""
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def is_message(secret: str, request: Request) -> bool:
    """Whether the SMS API posted a request. It tries for a day, with the time of the first try, so
    that no time is too old."""
    header = request.headers.get
    algorithm = header(f"{_PREFIX}algorithm", _ALGORITHM)
    nonce, timestamp = header(f"{_PREFIX}nonce", ""), header(f"{_PREFIX}timestamp", "")
    ours = of_message(secret, request.body, nonce, timestamp)
    same = hmac.compare_digest(ours.encode(), header(SIGNATURE, "").encode())
    return same and algorithm.lower() == _ALGORITHM


class Application(msgspec.Struct, frozen=True):
    """An application of the Voice API, its secret as bytes and as the dashboard shows it."""

    key: str
    secret: bytes
    shown: str

    def __repr__(self) -> str:
        return "Application()"

    @property
    def basic(self) -> str:
        """The Authorization of requests to the API."""
        return basic(self.key, self.shown)

    def signature(
        self, method: str, body: bytes, content_type: str, timestamp: str, path: str
    ) -> str:
        """The signature of a callback to a path."""
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        lines = (
            method,
            base64.b64encode(digest).decode(),
            content_type,
            f"x-timestamp:{timestamp}",
            path,
        )
        signed = hmac.digest(self.secret, "\n".join(lines).encode(), "sha256")
        return base64.b64encode(signed).decode()

    def made(self, request: Request, now: int) -> bool:
        """Whether the application called, just now (ms)."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        key, _, shown = credentials.strip().partition(":")
        timestamp = request.headers.get("x-timestamp", "")
        if scheme.lower() != "application" or key.lower() != self.key.lower():
            return False
        if abs(_moment(timestamp) - now) > _SKEW:
            return False
        content_type = request.headers.get("content-type", "")
        return any(
            hmac.compare_digest(
                self.signature(
                    request.method, request.body, content_type, timestamp, path
                ).encode(),
                shown.encode(),
            )
            for path in _paths(request.urls)
        )


def _paths(urls: Iterable[str]) -> set[str]:
    return {urlsplit(url).path for url in urls}


def _moment(timestamp: str) -> int:
    """A time (ms); the beginning of time for one that can't be read."""
    try:
        return int(datetime.fromisoformat(timestamp).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
