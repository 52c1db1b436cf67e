"""Twilio, and SignalWire in its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from maskline.model.signature import sign
from tests.support.liars.liar import FORM, Hook, Rung, Sent, below
from tests.support.vendor import Asked, Told


class Twilio:
    """Forms, signed with the account's token."""

    kind: ClassVar[str] = "twilio"
    secrets: ClassVar[Mapping[str, str]] = {"auth_token": "twilio-token-7c1f0e"}
    header = "X-Twilio-Signature"
    account = "AC" + "7" * 32

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"account_sid": self.account, "base_url": url, "opt_outs": "none"}

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        if asked.method != "POST" or not asked.path.endswith("/Messages.json"):
            return None
        form, path = asked.body, below(asked.body["StatusCallback"])
        return Sent(
            id_, path.rpartition("=")[2], form["From"], form["To"], form.get("Body", ""), path
        )

    def accepts(self, sent: Sent) -> Told:
        return Told(201, {"sid": sent.id, "status": "queued", "error_code": None})

    def errs(self, sent: Sent) -> Told:
        return Told(201, {"sid": sent.id, "status": "failed", "error_code": 30007})

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        return self._hook("Message", {"MessageSid": id_, "From": who, "To": to, "Body": body})

    def receipt(self, sent: Sent, status: str) -> Hook:
        return self._hook(sent.path, {"MessageSid": sent.id, "MessageStatus": status})

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        if asked.method != "POST" or not asked.path.endswith("/Calls.json"):
            return None
        form = asked.body
        asks, tells = below(form["Url"]), below(form["StatusCallback"])
        return Rung(id_, form["From"], form["To"], asks, tells)

    def accepts_call(self, rung: Rung) -> Told:
        return Told(201, {"sid": rung.id, "status": "queued"})

    def errs_call(self, rung: Rung) -> Told:
        return Told(201, {"sid": rung.id, "status": "failed", "code": 21215})

    def answered(self, rung: Rung) -> Hook:
        return self._hook(rung.asks, {"CallSid": rung.id, "CallStatus": "in-progress"})

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        return self._hook(rung.tells, {"CallSid": rung.id, "CallStatus": status})

    def _hook(self, path: str, form: Mapping[str, str]) -> Hook:
        key = list(self.secrets.values())[-1]
        return Hook(
            path,
            urlencode(form).encode(),
            lambda url: {self.header: sign(key, url, dict(form)), **FORM},
        )


class SignalWire(Twilio):
    """The same, with another header and key."""

    kind: ClassVar[str] = "signalwire"
    secrets: ClassVar[Mapping[str, str]] = {
        "api_token": "signalwire-token-3d9a",
        "signing_key": "PSK_signalwire-key-b82e",
    }
    header = "X-SignalWire-Signature"

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"project": self.account, "base_url": url}
