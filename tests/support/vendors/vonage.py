"""Vonage, played: its Messages API and its SMS API, its numbers and its NCCO documents."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import textwrap
import time
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from tests.support.vendors.vendor import Asked, Connected, Sent, Vendor

API_KEY, API_SECRET = "abcd1234", "the-api-secret"
APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
SECRET = "the-signature-secret-of-the-account"
JSON = "application/json"


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


class Vonage(Vendor):
    """Numbers have no plus sign here. That somebody opted out is told by a receipt."""

    kind = "vonage"
    api = "messages"
    tells_later = True

    def __init__(self) -> None:
        super().__init__()
        self._ids = itertools.count(1)
        self.applications = {self.near[1:]: "", self.far[1:]: "", self.spare[1:]: "old"}

    @property
    def settings(self) -> dict[str, str]:
        return {
            "api_key": API_KEY,
            "application_id": APPLICATION,
            "api": self.api,
            "api_url": self.url,
            "rest_url": self.url,
            "allow_private": "true",
        }

    @property
    def secrets(self) -> dict[str, str]:
        key = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "MASKLINE_VONAGE_API_SECRET": API_SECRET,
            "MASKLINE_VONAGE_SIGNATURE_SECRET": SECRET,
            "MASKLINE_VONAGE_PRIVATE_KEY": key.decode(),
        }

    def application(self, number: str) -> str:
        return self.applications[number[1:]]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if not self._is_allowed(asked):
            return 401, {"type": "x#unauthorized", "title": "Unauthorized"}
        match asked.method, asked.path:
            case "GET", "/account/numbers":
                rows = [
                    {
                        "country": "US",
                        "msisdn": number,
                        "app_id": application,
                        "features": ["SMS", "VOICE"],
                    }
                    for number, application in self.applications.items()
                ]
                return 200, {"count": len(rows), "numbers": rows}
            case "POST", "/number/update":
                assert asked.form["country"] == "US"
                self.applications[asked.form["msisdn"]] = asked.form["app_id"]
                return 200, {"error-code": "200"}
            case "GET", "/account/get-balance":
                return 200, {"value": 1.0, "autoReload": False}
            case "POST", "/v1/calls":
                self.spoken.append(json.dumps(asked.json["ncco"]))
                return 201, {"uuid": "call-out", "status": "started"}
            case "GET", "/v1/calls/call-out":
                return 200, {"uuid": "call-out", "status": "answered"}
            case "POST", "/v1/messages":
                return self._take(asked.json)
            case "POST", "/sms/json":
                return self._take_sms(asked.form)
        if asked.path.startswith("/media/"):
            return 200, b"picture"
        return 404, {"title": "Not Found"}

    def _is_allowed(self, asked: Asked) -> bool:
        """The account's secret, or a token that the application signed."""
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            return given == base64.b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
        claims = jwt.decode(given, _key().public_key(), ["RS256"])
        return bool(claims["application_id"] == APPLICATION and claims["jti"])

    def _take(self, fields: dict[str, Any]) -> tuple[int, Any]:
        assert "+" not in fields["from"] + fields["to"]
        kind = fields["message_type"]
        files = [] if kind == "text" else fields.get("content") or [fields[kind]]
        uuid = f"uuid-{next(self._ids)}"
        self.sent.append(
            Sent(
                uuid,
                f"+{fields['from']}",
                f"+{fields['to']}",
                fields.get("text") or next((one.get("caption", "") for one in files), ""),
                [one["url"] for one in files],
                f"{fields['webhook_url']} {fields['client_ref']}",
            )
        )
        return 202, {"message_uuid": uuid}

    def _take_sms(self, form: dict[str, str]) -> tuple[int, Any]:
        raise NotImplementedError

    def _token(self, path: str, document: dict[str, Any]) -> requests.Response:
        body = json.dumps(document).encode()
        claims = {
            "iat": int(time.time()),
            "jti": str(next(self._ids)),
            "iss": "Vonage",
            "api_key": API_KEY,
            "application_id": APPLICATION,
            "payload_hash": sha256(body).hexdigest(),
        }
        made = jwt.encode(claims, SECRET, "HS256")
        return self.post(path, body, {"content-type": JSON, "authorization": f"Bearer {made}"})

    def text(
        self, sender: str, number: str, body: str, media: tuple[str, ...] = ()
    ) -> requests.Response:
        document: dict[str, Any] = {
            "channel": "mms" if media else "sms",
            "message_uuid": f"in-{next(self._ids)}",
            "from": sender[1:],
            "to": number[1:],
            "message_type": "image" if media else "text",
        }
        document |= {"image": {"url": media[0], "caption": body}} if media else {"text": body}
        return self._token("Message", document)

    def report(self, sent: Sent, arrived: bool) -> requests.Response:
        hook, _, reference = sent.hook.partition(" ")
        stopped = sent.recipient in self.opted_out
        status, code = ("rejected", "1240") if stopped else ("undeliverable", "1250")
        document: dict[str, Any] = {"message_uuid": sent.id, "client_ref": reference}
        document["status"] = "delivered" if arrived else status
        if not arrived:
            document["error"] = {"type": f"https://x.example/messages#{code}", "title": code}
        return self._token(hook, document)

    def call(self, caller: str, number: str) -> Connected:
        document = {"uuid": f"call-{next(self._ids)}", "from": caller[1:], "to": number[1:]}
        answer = self._token("Call", document | {"conversation_uuid": "CON-1"})
        assert answer.status_code == 200, answer.text
        (connect,) = answer.json()
        (endpoint,) = connect["endpoint"]
        (hook,) = connect["eventUrl"]
        return Connected(connect["from"], endpoint["number"], answer.text, hook)

    def leg(self, connected: Connected, event: str) -> None:
        status = {"answers": "answered", "ends": "completed"}.get(event, event)
        document: dict[str, Any] = {"uuid": "leg-1", "status": status, "direction": "outbound"}
        assert self._token(connected.hook, document).status_code == 200


class Sms(Vonage):
    """Messages are sent by the SMS API, which signs its hooks among their parameters."""

    api = "sms"

    def _is_allowed(self, asked: Asked) -> bool:
        if asked.path == "/sms/json":
            return (asked.form["api_key"], asked.form["api_secret"]) == (API_KEY, API_SECRET)
        return super()._is_allowed(asked)

    def _take_sms(self, form: dict[str, str]) -> tuple[int, Any]:
        name = f"0A{next(self._ids)}"
        text, *media = form["text"].split("\n")
        hook = f"{form['callback']} {form['client-ref']}"
        self.sent.append(Sent(name, f"+{form['from']}", f"+{form['to']}", text, media, hook))
        part = {"status": "0", "message-id": name, "to": form["to"]}
        return 200, {"message-count": "1", "messages": [part]}

    def _signed(self, path: str, fields: dict[str, str]) -> requests.Response:
        fields |= {"timestamp": str(int(time.time())), "nonce": str(next(self._ids))}
        joined = "".join(
            f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields)
        )
        fields["sig"] = hmac.digest(SECRET.encode(), joined.encode(), "sha256").hex()
        body = urlencode(fields)
        assert dict(parse_qsl(body, keep_blank_values=True)) == fields
        return self.post(path, body.encode(), {"content-type": "application/x-www-form-urlencoded"})

    def text(
        self, sender: str, number: str, body: str, media: tuple[str, ...] = ()
    ) -> requests.Response:
        if media:
            return super().text(sender, number, body, media)
        fields = {"type": "text", "msisdn": sender[1:], "to": number[1:]}
        texts = textwrap.wrap(body, 153) if len(body) > 160 else [body]
        long = {"concat": "true", "concat-ref": "9", "concat-total": str(len(texts))}
        # The last comes first: the network keeps no order.
        for part, text in reversed([*enumerate(texts, 1)]):
            one = fields | {"messageId": f"in-{next(self._ids)}", "text": text}
            one |= long | {"concat-part": str(part)} if len(texts) > 1 else {}
            answer = self._signed("Message", one)
            if answer.status_code != 200:
                break
        return answer

    def report(self, sent: Sent, arrived: bool) -> requests.Response:
        hook, _, reference = sent.hook.partition(" ")
        stopped = sent.recipient in self.opted_out
        status, code = ("rejected", "9") if stopped else ("failed", "11")
        fields = {"messageId": sent.id, "client-ref": reference, "msisdn": sent.recipient[1:]}
        if arrived:
            status, code = "delivered", "0"
        return self._signed(hook, fields | {"status": status, "err-code": code})
