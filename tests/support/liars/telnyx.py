"""Telnyx."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.liars.liar import FORM, JSON, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


class Telnyx:
    """JSON, with an Ed25519 signature."""

    kind: ClassVar[str] = "telnyx"
    secrets: ClassVar[Mapping[str, str]] = {"api_key": "KEY-telnyx-51ce7"}
    _key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

    def settings(self, url: str) -> Mapping[str, Any]:
        public = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()
        application = {"connection": "app-1", "account_id": "acc-1"}
        return {"public_key": public, "base_url": url, "opt_outs": "none", **application}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if not asked.path.endswith("/v2/messages"):
            return None
        one, path = asked.body, below(asked.body["webhook_url"])
        return Sent(id_, path.rpartition("=")[2], one["from"], one["to"], one["text"], path)

    def accepts(self, sent: Sent) -> Told:
        return Told(200, {"data": {"id": sent.id, "to": [{"status": "queued"}]}})

    def errs(self, sent: Sent) -> Told:
        lost = {"id": sent.id, "to": [{"status": "sending_failed"}], "errors": [{"code": "40002"}]}
        return Told(200, {"data": lost})

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        number = {"phone_number": to, "status": "webhook_delivered"}
        return self._hook(
            "Message",
            "message.received",
            {"id": id_, "from": {"phone_number": who}, "to": [number], "text": body},
        )

    def receipt(self, sent: Sent, status: str) -> Hook:
        kind = "message.sent" if status == "sent" else "message.finalized"
        theirs = {"failed": "delivery_failed"}.get(status, status)
        to = [{"phone_number": sent.recipient, "status": theirs}]
        return self._hook(sent.path, kind, {"id": sent.id, "to": to})

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/v2/texml/Accounts/acc-1/Calls"):
            return None
        one = asked.body
        asks, tells = below(one["Url"]), below(one["StatusCallback"])
        return Rung(id_, one["From"], one["To"], asks, tells)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(200, {"call_sid": rung.id, "status": "queued"})

    def errs_call(self, rung: Rung) -> Told:
        return Told(200, {"errors": [{"code": "10015", "title": "Bad Request"}]})

    def answered(self, rung: Rung) -> Hook:
        return self._form(rung.asks, {"CallSid": rung.id, "CallStatus": "in-progress"})

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        return self._form(rung.tells, {"CallSid": rung.id, "CallStatus": status})

    def _hook(self, path: str, event: str, payload: Any) -> Hook:
        body = json.dumps({"data": {"event_type": event, "payload": payload}}).encode()
        return self._signed(path, body, JSON)

    def _form(self, path: str, fields: Mapping[str, str]) -> Hook:
        return self._signed(path, urlencode(fields).encode(), FORM)

    def _signed(self, path: str, body: bytes, kind: Mapping[str, str]) -> Hook:
        at = str(int(time.time()))
        signature = base64.b64encode(self._key.sign(f"{at}|".encode() + body)).decode()
        headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": at, **kind}
        return Hook(path, body, lambda url: headers)
