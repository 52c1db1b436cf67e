"""Telnyx, played: its messaging API, TeXML and call control."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any
from urllib.parse import unquote, urlencode
from xml.etree.ElementTree import fromstring

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maskline.carriers.telnyx.events import Plan, packed
from maskline.voice.instructions import Response
from tests.support.vendors.vendor import Asked, Connected, Sent, Vendor
from tests.support.world import eventually


class Telnyx(Vendor):
    """Calls are steered by TeXML."""

    kind = "telnyx"
    voice = "texml"

    def __init__(self) -> None:
        super().__init__()
        self._key = Ed25519PrivateKey.generate()
        self._count = 0
        self._lock = threading.Lock()
        self.numbers: dict[str, dict[str, Any]] = {
            f"id{number}": {
                "id": f"id{number}",
                "phone_number": number,
                "connection_id": "old" if number == self.spare else "",
                "messaging_profile_id": None,
            }
            for number in (self.near, self.far, self.spare)
        }

    @property
    def settings(self) -> dict[str, str]:
        public = self._key.public_key().public_bytes_raw()
        return {
            "public_key": base64.b64encode(public).decode(),
            "base_url": self.url,
            "allow_private": "true",
            "voice": self.voice,
            "messaging_profile": "profile-1",
            "connection": "app-1",
            "account_id": "acc-1",
        }

    @property
    def secrets(self) -> dict[str, str]:
        return {"MASKLINE_TELNYX_API_KEY": "KEY-of-the-account"}

    def application(self, number: str) -> str:
        return str(self.numbers[f"id{number}"]["connection_id"])

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.headers.get("authorization") != "Bearer KEY-of-the-account":
            return 401, {"errors": [{"code": "10009"}]}
        match asked.method, asked.path.split("/")[2:]:
            case "GET", ["phone_numbers", "messaging"]:
                features = {"sms": {"domestic_two_way": True}, "mms": {"domestic_two_way": True}}
                rows = [
                    {"phone_number": one["phone_number"], "features": features}
                    for one in self.numbers.values()
                ]
                return 200, {"data": rows, "meta": {"total_pages": 1}}
            case "GET", ["phone_numbers"]:
                rows = list(self.numbers.values())
                return 200, {"data": rows, "meta": {"total_pages": 1}}
            case "PATCH", ["phone_numbers", number, *_]:
                self.numbers[unquote(number)].update(asked.json)
                return 200, {"data": self.numbers[unquote(number)]}
            case "POST", ["messages"]:
                return self._take(asked.json)
            case "GET", ["balance"]:
                return 200, {"data": {"balance": "1.00", "currency": "USD"}}
            case "POST", ["texml", "Accounts", "acc-1", "Calls"]:
                said = self._form(asked.json["Url"], {"CallSid": "v3:out"})
                self.spoken.append(said.text)
                return 200, {"call_sid": "v3:out"}
            case "GET", ["texml", "Accounts", "acc-1", "Calls", _]:
                return 200, {"sid": "v3:out", "status": "in-progress"}
            case "GET", ["calls", _]:
                # It speaks: somebody has answered.
                state = packed(Plan("", None, "call.speak.ended", Response()))
                return 200, {"data": {"is_alive": True, "client_state": state}}
            case "POST", ["calls"]:
                return 200, {"data": {"call_control_id": "v3:out"}}
            case _, ["calls", *_]:
                return 200, {"data": {"result": "ok"}}
        return 404, {"errors": [{"code": "10005"}]}

    def _take(self, fields: dict[str, Any]) -> tuple[int, Any]:
        if fields["to"] in self.opted_out:
            return 400, {"errors": [{"code": "40300", "title": "Blocked due to STOP message"}]}
        name = self._id()
        self.sent.append(
            Sent(
                name,
                fields["from"],
                fields["to"],
                fields.get("text", ""),
                fields.get("media_urls", []),
                fields["webhook_url"],
            )
        )
        return 200, {"data": {"id": name, "to": [{"status": "queued"}]}}

    def _id(self) -> str:
        with self._lock:
            self._count += 1
            return f"msg-{self._count}"

    def _signed(self, path: str, body: bytes, kind: str) -> requests.Response:
        stamp = str(int(time.time()))
        signature = self._key.sign(f"{stamp}|".encode() + body)
        headers = {
            "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
            "telnyx-timestamp": stamp,
            "content-type": kind,
        }
        return self.post(path, body, headers)

    def _event(self, path: str, kind: str, payload: dict[str, Any]) -> requests.Response:
        data = {"record_type": "event", "event_type": kind, "id": self._id(), "payload": payload}
        body = json.dumps({"data": data, "meta": {"attempt": 1}}).encode()
        return self._signed(path, body, "application/json")

    def text(
        self, sender: str, number: str, body: str, media: tuple[str, ...] = ()
    ) -> requests.Response:
        payload = {
            "id": self._id(),
            "direction": "inbound",
            "from": {"phone_number": sender},
            "to": [{"phone_number": number, "status": "webhook_delivered"}],
            "text": body,
            "media": [{"url": url, "content_type": "image/png"} for url in media],
        }
        return self._event("Message", "message.received", payload)

    def report(self, sent: Sent, arrived: bool) -> requests.Response:
        status = "delivered" if arrived else "delivery_failed"
        to = [{"phone_number": sent.recipient, "status": status}]
        payload = {"id": sent.id, "to": to, "errors": [] if arrived else [{"code": "40001"}]}
        return self._event(sent.hook, "message.finalized", payload)

    def call(self, caller: str, number: str) -> Connected:
        form = {"CallSid": f"v3:{self._id()}", "From": caller, "To": number}
        answer = self._form("Call", form | {"CallStatus": "ringing"})
        (dial,) = fromstring(answer.text)
        (target,) = dial
        return Connected(
            dial.attrib["callerId"],
            target.text or "",
            answer.text,
            target.attrib["statusCallback"],
            dial.attrib["action"],
        )

    def _form(self, path: str, fields: dict[str, str]) -> requests.Response:
        body = urlencode(fields).encode()
        answer = self._signed(path, body, "application/x-www-form-urlencoded")
        assert answer.status_code == 200, answer.text
        return answer

    def leg(self, connected: Connected, event: str) -> None:
        sid = {"CallSid": "v3:leg"}
        if event == "answers":
            self._form(connected.hook, sid | {"CallStatus": "in-progress"})
            return
        status = "completed" if event == "ends" else event
        self._form(connected.hook, sid | {"CallStatus": status})
        self._form(connected.done, {"DialCallSid": "v3:leg", "DialCallStatus": status})


class CallControl(Telnyx):
    """Calls are steered by commands."""

    voice = "call-control"

    def call(self, caller: str, number: str) -> Connected:
        call = f"v3:{self._id()}"
        payload = {"call_control_id": call, "connection_id": "app-1", "from": caller, "to": number}
        payload |= {"direction": "incoming", "state": "parked"}
        assert self._event("Call", "call.initiated", payload).status_code == 200

        def commanded() -> Asked | None:
            path = f"/v2/calls/{call}/actions/transfer"
            return next((one for one in self.asked if unquote(one.path) == path), None)

        asked = eventually(commanded)
        fields = asked.json
        state = base64.b64decode(fields["target_leg_client_state"]).decode()
        return Connected(
            fields["from"],
            fields["to"],
            asked.body.decode() + state,
            state=fields["target_leg_client_state"],
        )

    def leg(self, connected: Connected, event: str) -> None:
        payload = {"call_control_id": "v3:leg", "client_state": connected.state}
        if event == "answers":
            self._event("Call", "call.answered", payload)
            self._event("Call", "call.bridged", payload)
            return
        cause = "user_busy" if event == "busy" else "normal_clearing"
        self._event("Call", "call.hangup", payload | {"hangup_cause": cause})
