"""Plivo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from maskline.carriers.addresses import without_plus
from maskline.carriers.plivo.signature import sign_v3
from tests.support.liars.liar import FORM, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


class Plivo:
    """JSON out and forms in, with signatures of the third version."""

    kind: ClassVar[str] = "plivo"
    secrets: ClassVar[Mapping[str, str]] = {
        "auth_token": "plivo-token-9e04a",
        "main_auth_token": "plivo-main-token-44b",
    }

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"auth_id": "MA77", "base_url": url}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if not asked.path.endswith("/Message/"):
            return None
        one, path = asked.body, below(asked.body["url"])
        return Sent(id_, path.rpartition("=")[2], one["src"], one["dst"], one["text"], path)

    def accepts(self, sent: Sent) -> Told:
        return Told(202, {"message_uuid": [sent.id], "api_id": "a"})

    def errs(self, sent: Sent) -> Told:
        return Told(200, {"error": "not a good one", "api_id": "a"})

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        numbers = {"From": without_plus(who), "To": without_plus(to)}
        return self._hook("Message", {"MessageUUID": id_, "Text": body, "Type": "sms", **numbers})

    def receipt(self, sent: Sent, status: str) -> Hook:
        return self._hook(sent.path, {"MessageUUID": sent.id, "Status": status})

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/Call/"):
            return None
        one = asked.body
        asks, tells = below(one["answer_url"]), below(one["hangup_url"])
        return Rung(id_, f"+{one['from']}", f"+{one['to']}", asks, tells)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(201, {"message": "call fired", "request_uuid": rung.id, "api_id": "a"})

    def errs_call(self, rung: Rung) -> Told:
        return Told(201, {"error": "not a good one", "api_id": "a"})

    def answered(self, rung: Rung) -> Hook:
        return self._hook(rung.asks, {"CallUUID": rung.id, "CallStatus": "in-progress"})

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        return self._hook(rung.tells, {"CallUUID": rung.id, "CallStatus": status})

    def _hook(self, path: str, form: Mapping[str, str]) -> Hook:
        def headers(url: str) -> Mapping[str, str]:
            signature = sign_v3(self.secrets["auth_token"], "POST", url, dict(form), "nonce")
            return {
                "X-Plivo-Signature-V3": signature,
                "X-Plivo-Signature-V3-Nonce": "nonce",
                **FORM,
            }

        return Hook(path, urlencode(form).encode(), headers)
