"""An account at Vonage for tests: its keys, its adapter and its hooks."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from maskline.carriers import vonage
from maskline.carriers.contract import Tools
from maskline.carriers.request import JSON, Request
from maskline.carriers.vonage.adapter import Vonage
from maskline.carriers.vonage.signature import sign
from maskline.carriers.vonage.tokens import Tokens
from maskline.voice.instructions import Response
from tests.support.carrier_desk import DOOR, FORM, NOW, Client, Reply, posted

API_KEY, API_SECRET = "abcd1234", "the-api-secret"
APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
SECRET = "the-signature-secret-of-the-account"


def now() -> int:
    return NOW


@cache
def private_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def pem() -> str:
    return (
        private_key()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@cache
def application() -> Tokens:
    return Tokens(APPLICATION, pem(), now)


def adapter(
    *replies: Reply,
    fetch: Any = None,
    whisper: Response | None = None,
    scripts: Any = None,
    key: str | None = None,
    clock: Any = now,
    **settings: Any,
) -> tuple[Vonage, Client]:
    client = Client(*replies)
    lent = Tools(http=client, door=DOOR, clock=clock, fetch=fetch, whisper=whisper, scripts=scripts)
    given = vonage.Settings(**{"api_key": API_KEY, "application_id": APPLICATION} | settings)
    credentials = vonage.Credentials(API_SECRET, SECRET, pem() if key is None else key)
    if key is None and "application_id" not in settings and clock is now:
        # A key is looked at each time that an adapter is built, which takes a while.
        return Vonage("one", given, credentials, application(), lent), client
    return vonage.build("one", given, credentials, lent), client


def token(body: bytes, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """What Vonage signs."""
    blank = {
        "iat": NOW // 1000,
        "jti": "1",
        "iss": "Vonage",
        "api_key": API_KEY,
        "application_id": APPLICATION,
    }
    if body:
        blank["payload_hash"] = sha256(body).hexdigest()
    given = {name: value for name, value in (blank | claims).items() if value is not None}
    key = secret.encode().ljust(64, b"\0") if algorithm != "none" else ""
    return jwt.encode(given, key, algorithm)


def hook(path: str, document: Any, *, query: str = "", **headers: str) -> Request:
    """A JSON hook with a token."""
    body = json.dumps(document).encode()
    named = {"authorization": f"Bearer {token(body)}"} | headers
    return posted(path, body, query=query, content_type=JSON, **named)


def signed(path: str, params: dict[str, str], how: str = "form", method: str = "sha256") -> Request:
    """A hook of the SMS API, signed among its parameters."""
    given = {"timestamp": str(NOW // 1000), "nonce": "n"} | params
    given["sig"] = sign(SECRET, given, method)
    if how == "query":
        return posted(path, b"", query=urlencode(given), method="GET")
    if how == "json":
        return posted(path, json.dumps(given).encode(), content_type=JSON)
    return posted(path, given, content_type=FORM)
