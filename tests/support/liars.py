"""Every carrier's API as it is played by one that lies: what it is asked, answers and posts."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from maskline.carriers.addresses import without_plus
from maskline.carriers.json_api import basic
from maskline.carriers.plivo.signature import sign_v3
from maskline.carriers.sinch.signature import Application, of_message
from maskline.model.signature import sign
from tests.support.vendor import Asked, Told

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Sent(NamedTuple):
    """A message that was handed over, as the carrier knows it; `path` is where its receipts go,
    below the door and with its query."""

    id: str
    reference: str
    sender: str
    recipient: str
    body: str
    path: str


class Hook(NamedTuple):
    """What is posted below the door; headers are those for the address that it is posted to."""

    path: str
    body: bytes
    headers: Callable[[str], Mapping[str, str]]


class Liar(Protocol):
    """A carrier. `secrets` are the account's credentials, `kept` those of its settings."""

    kind: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]]

    def settings(self, url: str) -> Mapping[str, Any]:
        """The account's settings, its API being at `url`."""

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        """The message that a request hands over; null for another request."""

    def accepts(self, sent: Sent) -> Told:
        """It is taken."""

    def errs(self, sent: Sent) -> Told:
        """It is not, whatever the status says."""

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        """A text came in."""

    def receipt(self, sent: Sent, status: str) -> Hook:
        """A message of ours is `sent`, `delivered` or `failed`."""


class Rung(NamedTuple):
    """A call that was to be placed, as the carrier knows it; it asks at `asks` what it does, and
    tells at `tells` how it goes, both below the door and with their queries."""

    id: str
    caller: str
    called: str
    asks: str
    tells: str


class CallLiar(Liar, Protocol):
    """A carrier that places calls."""

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        """The call that a request has placed; null for another request."""

    def accepts_call(self, rung: Rung) -> Told:
        """It is."""

    def errs_call(self, rung: Rung) -> Told:
        """It is not, or who knows, whatever the status says."""

    def answered(self, rung: Rung) -> Hook:
        """Somebody picked up: the call asks what it does."""

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        """The call is `ringing`, `busy` or `completed`; null where that is not told."""


def _below(url: str) -> str:
    """A callback's path below the door."""
    parts = urlsplit(url)
    return f"{parts.path.split('/', 3)[3]}?{parts.query}"


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
        form, path = asked.body, _below(asked.body["StatusCallback"])
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
        asks, tells = _below(form["Url"]), _below(form["StatusCallback"])
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
            lambda url: {self.header: sign(key, url, dict(form)), **_FORM},
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
        one, path = asked.body, _below(asked.body["webhook_url"])
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
        asks, tells = _below(one["Url"]), _below(one["StatusCallback"])
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
        return self._signed(path, body, _JSON)

    def _form(self, path: str, fields: Mapping[str, str]) -> Hook:
        return self._signed(path, urlencode(fields).encode(), _FORM)

    def _signed(self, path: str, body: bytes, kind: Mapping[str, str]) -> Hook:
        at = str(int(time.time()))
        signature = base64.b64encode(self._key.sign(f"{at}|".encode() + body)).decode()
        headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": at, **kind}
        return Hook(path, body, lambda url: headers)


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
        one, path = asked.body, _below(asked.body["url"])
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
        asks, tells = _below(one["answer_url"]), _below(one["hangup_url"])
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
                **_FORM,
            }

        return Hook(path, urlencode(form).encode(), headers)


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
        asks, tells = _below(one["answerUrl"]), _below(one["disconnectUrl"])
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
        return Hook(path, body, lambda url: {"Authorization": shown, **_JSON})


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
        one, path = asked.body, _below(asked.body["callback_url"])
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
            **_JSON,
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
            signed = application.signature("POST", body, _JSON["Content-Type"], now, path)
            return {"Authorization": f"application key:{signed}", "x-timestamp": now, **_JSON}

        return Hook("Call", body, headers)


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
        one, path = asked.body, _below(asked.body["webhook_url"])
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
        asks, tells = _below(one["answer_url"][0]), _below(one["event_url"][0])
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
        return Hook(path, body, lambda url: {"Authorization": f"Bearer {signed}", **_JSON})


_ALL: tuple[Liar, ...] = (
    Twilio(),
    SignalWire(),
    Telnyx(),
    Plivo(),
    Vonage(),
    Bandwidth(),
    Sinch(),
)
LIARS: Mapping[str, Liar] = {one.kind: one for one in _ALL}
_CALLING: tuple[CallLiar, ...] = (
    Twilio(),
    SignalWire(),
    Telnyx(),
    Plivo(),
    Vonage(),
    Bandwidth(),
    Sinch(),
)
CALL_LIARS: Mapping[str, CallLiar] = {one.kind: one for one in _CALLING}
