"""Vonage."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from maskline.carriers.addresses import without_plus
from tests.support.liars.liar import JSON, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


def _pem() -> str:
    key = generate_private_key(65537, 2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(*kinds, serialization.NoEncryption()).decode()


class Vonage:
    """JSON by the Messages API, with tokens."""

    kind: ClassVar[str] = "vonage"
    secrets: ClassVar[Mapping[str, str]] = {
        "api_secret": "vonage-secret-2b6c",
        "signature_secret": "vonage-signature-secret-f0",
        "private_key": _pem(),
    }
    application = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"

    def settings(self, url: str) -> Mapping[str, Any]:
        own = {"api_key": "abcd1234", "application_id": self.application}
        return {**own, "api_url": url, "rest_url": url}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if not asked.path.endswith("/v1/messages"):
            return None
        one, path = asked.body, below(asked.body["webhook_url"])
        return Sent(id_, one["client_ref"], one["from"], one["to"], one["text"], path)

    def accepts(self, sent: Sent) -> Told:
        return Told(202, {"message_uuid": sent.id})

    def errs(self, sent: Sent) -> Told:
        problem = {"type": "https://developer.vonage.com/api-errors/messages#1120", "title": "no"}
        return Told(200, problem)

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        numbers = {"from": without_plus(who), "to": without_plus(to)}
        kind = {"channel": "sms", "message_type": "text"}
        return self._hook("Message", {"message_uuid": id_, "text": body, **kind, **numbers})

    def receipt(self, sent: Sent, status: str) -> Hook:
        theirs = {"sent": "submitted", "failed": "undeliverable"}.get(status, status)
        receipt = {"message_uuid": sent.id, "status": theirs, "client_ref": sent.reference}
        return self._hook(sent.path, receipt)

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/v1/calls"):
            return None
        one = asked.body
        caller, called = (f"+{end['number']}" for end in (one["from"], one["to"][0]))
        asks, tells = below(one["answer_url"][0]), below(one["event_url"][0])
        return Rung(id_, caller, called, asks, tells)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(201, {"uuid": rung.id, "status": "started", "direction": "outbound"})

    def errs_call(self, rung: Rung) -> Told:
        return Told(200, {"title": "no", "invalid_parameters": [{"name": "to"}]})

    def answered(self, rung: Rung) -> Hook:
        return self._hook(rung.asks, {"uuid": rung.id, "conversation_uuid": "CON-1"})

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        event = {"uuid": rung.id, "status": status, "direction": "outbound"}
        return self._hook(rung.tells, event)

    def _hook(self, path: str, document: Any) -> Hook:
        body = json.dumps(document).encode()
        claims = {
            "iat": int(time.time()),
            "jti": "1",
            "iss": "Vonage",
            "api_key": "abcd1234",
            "application_id": self.application,
            "payload_hash": sha256(body).hexdigest(),
        }
        # A key that is shorter than the digest's block is filled up with zeros in any case.
        key = self.secrets["signature_secret"].encode().ljust(64, b"\0")
        signed = jwt.encode(claims, key, "HS256")
        return Hook(path, body, lambda url: {"Authorization": f"Bearer {signed}", **JSON})
