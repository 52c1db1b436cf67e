"""Bandwidth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from maskline.carriers.json_api import basic
from tests.support.liars.liar import JSON, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


class Bandwidth:
    """JSON arrays, with credentials."""

    kind: ClassVar[str] = "bandwidth"
    secrets: ClassVar[Mapping[str, str]] = {
        "api_token": "bandwidth-token-c1d",
        "api_secret": "bandwidth-secret-770",
        "hook_username": "bandwidth-user-e4",
        "hook_password": "bandwidth-password-9",
    }

    def settings(self, url: str) -> Mapping[str, Any]:
        urls = {"messaging_url": url, "voice_url": url}
        applications = {"application_id": "app-1", "voice_application_id": "voice-1"}
        return {"account_id": "77", **applications, **urls}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if not asked.path.endswith("/users/77/messages"):
            return None
        one = asked.body
        return Sent(id_, one["tag"], one["from"], one["to"][0], one["text"], "Status")

    def accepts(self, sent: Sent) -> Told:
        return Told(202, {"id": sent.id, "tag": sent.reference})

    def errs(self, sent: Sent) -> Told:
        return Told(202, {"type": "request-validation", "description": "no"})

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        message = {"id": id_, "owner": to, "to": [to], "from": who, "text": body}
        return self._hook("Message", {"type": "message-received", "to": to, "message": message})

    def receipt(self, sent: Sent, status: str) -> Hook:
        message = {"id": sent.id, "from": sent.sender, "tag": sent.reference}
        return self._hook("Status", {"type": f"message-{status}", "message": message})

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/accounts/77/calls"):
            return None
        one = asked.body
        asks, tells = below(one["answerUrl"]), below(one["disconnectUrl"])
        return Rung(id_, one["from"], one["to"], asks, tells)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(201, {"callId": rung.id, "applicationId": "voice-1"})

    def errs_call(self, rung: Rung) -> Told:
        return Told(201, {"type": "validation", "description": "no", "id": None})

    def answered(self, rung: Rung) -> Hook:
        return self._event(rung.asks, {"eventType": "answer", "callId": rung.id})

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        if status == "ringing":
            return None
        cause = {"completed": "hangup"}.get(status, status)
        times = {"answerTime": "2026-06-20T15:54:25Z", "endTime": "2026-06-20T15:54:26Z"}
        end = {"eventType": "disconnect", "callId": rung.id, "cause": cause}
        return self._event(rung.tells, end | times if cause == "hangup" else end)

    def _hook(self, path: str, notice: Any) -> Hook:
        return self._event(path, [notice])

    def _event(self, path: str, document: Any) -> Hook:
        shown = basic(self.secrets["hook_username"], self.secrets["hook_password"])
        body = json.dumps(document).encode()
        return Hook(path, body, lambda url: {"Authorization": shown, **JSON})
