"""Sinch."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from maskline.carriers.addresses import without_plus
from maskline.carriers.sinch.signature import Application, of_message
from tests.support.liars.liar import JSON, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


class Sinch:
    """JSON, with an HMAC."""

    kind: ClassVar[str] = "sinch"
    secrets: ClassVar[Mapping[str, str]] = {
        "api_token": "sinch-token-5af0",
        "hook_secret": "sinch-hook-secret-1c",
        "application_secret": "c2luY2gtYXBwbGljYXRpb24=",
        "key_id": "sinch-key-id-88",
        "key_secret": "sinch-key-secret-e0",
    }

    def settings(self, url: str) -> Mapping[str, Any]:
        voice = {"application_key": "key", "voice_url": url}
        numbers = {"project_id": "p-1", "numbers_url": url}
        return {"service_plan_id": "plan", "sms_url": url, **voice, **numbers}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if asked.method != "POST" or not asked.path.endswith("/batches"):
            return None
        one, path = asked.body, below(asked.body["callback_url"])
        return Sent(id_, one["client_reference"], one["from"], one["to"][0], one["body"], path)

    def accepts(self, sent: Sent) -> Told:
        return Told(201, {"id": sent.id, "client_reference": sent.reference})

    def errs(self, sent: Sent) -> Told:
        return Told(200, {"code": "syntax_constraint_violation", "text": "no"})

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        numbers = {"from": without_plus(who), "to": without_plus(to)}
        return self._hook("Message", {"type": "mo_text", "id": id_, "body": body, **numbers})

    def receipt(self, sent: Sent, status: str) -> Hook:
        theirs = {"sent": "Dispatched"}.get(status, status.title())
        return self._hook(
            sent.path,
            {
                "type": "recipient_delivery_report_sms",
                "batch_id": sent.id,
                "recipient": sent.recipient,
                "status": theirs,
                "client_reference": sent.reference,
            },
        )

    def _hook(self, path: str, document: Any) -> Hook:
        body = json.dumps(document).encode()
        prefix = "X-Sinch-Webhook-Signature"
        headers = {
            prefix: of_message(self.secrets["hook_secret"], body, "nonce", "1700000000"),
            f"{prefix}-Nonce": "nonce",
            f"{prefix}-Timestamp": "1700000000",
            **JSON,
        }
        return Hook(path, body, lambda url: headers)

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/callouts"):
            return None
        one = asked.body["customCallout"]
        begins = json.loads(one["ice"])["action"]
        # It repeats our name in all that it posts to one address.
        named = f"Call?{one['custom']}"
        return Rung(id_, begins["cli"], begins["number"], named, named)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(200, {"callId": rung.id})

    def errs_call(self, rung: Rung) -> Told:
        return Told(200, {"errorCode": 40001, "message": "no"})

    def answered(self, rung: Rung) -> Hook:
        return self._event(rung, "ace", timestamp="2026-09-24T10:59:41Z")

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        if status == "ringing":
            return None
        result = {"completed": "ANSWERED"}.get(status, status.upper())
        return self._event(rung, "dice", reason="N/A", result=result)

    def _event(self, rung: Rung, event: str, **more: str) -> Hook:
        custom = rung.asks.partition("?")[2]
        body = json.dumps({"event": event, "callid": rung.id, "custom": custom, **more}).encode()
        now = datetime.now(UTC).isoformat()
        shown = self.secrets["application_secret"]
        application = Application("key", base64.b64decode(shown), shown)

        def headers(url: str) -> Mapping[str, str]:
            path = urlsplit(url).path
            signed = application.signature("POST", body, JSON["Content-Type"], now, path)
            return {"Authorization": f"application key:{signed}", "x-timestamp": now, **JSON}

        return Hook("Call", body, headers)
