"""Plivo, played: its Message API, its numbers and its XML."""

from __future__ import annotations

import base64
import hmac
import itertools
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import fromstring

import requests

from tests.support.vendors.vendor import Asked, Connected, Sent, Vendor

AUTH_ID, TOKEN = "MAXXXXXXXXXXXXXXXXXX", "the-auth-token"


class Plivo(Vendor):
    """Numbers have no plus sign here. Pictures lie behind the account's credentials. That somebody
    opted out is told by a receipt."""

    kind = "plivo"
    tells_later = True

    def __init__(self) -> None:
        super().__init__()
        self._ids = itertools.count(1)
        self.applications = {self.near[1:]: "", self.far[1:]: "", self.spare[1:]: "old"}

    @property
    def settings(self) -> dict[str, str]:
        return {
            "auth_id": AUTH_ID,
            "application": "4711",
            "base_url": self.url,
            "allow_private": "true",
        }

    @property
    def secrets(self) -> dict[str, str]:
        return {"MASKLINE_PLIVO_AUTH_TOKEN": TOKEN}

    def application(self, number: str) -> str:
        return self.applications[number[1:]]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        pair = base64.b64encode(f"{AUTH_ID}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            return 401, {"error": "authentication failed"}
        if asked.path.startswith("/media/"):
            return 200, b"picture"
        match (
            asked.method,
            asked.path.removeprefix(f"/v1/Account/{AUTH_ID}/").strip("/").split("/"),
        ):
            case "GET", ["Number"]:
                rows = [
                    {
                        "number": number,
                        "application": application and f"/v1/Account/x/Application/{application}/",
                        "sms_enabled": True,
                        "mms_enabled": True,
                        "voice_enabled": True,
                    }
                    for number, application in self.applications.items()
                ]
                return 200, {"objects": rows, "meta": {"total_count": len(rows)}}
            case "POST", ["Number", number]:
                self.applications[number] = asked.json["app_id"]
                return 202, {"message": "changed"}
            case "GET", [""]:
                return 200, {"name": "Rides", "cash_credits": "1.00"}
            case "POST", ["Call"]:
                self.spoken.append(self._form(asked.json["answer_url"], {"CallUUID": "x"}).text)
                return 201, {"request_uuid": "call-out"}
            case "GET", ["Call", "call-out"] if asked.query == "status=live":
                return 200, {"call_uuid": "call-out", "call_status": "in-progress"}
            case "POST", ["Message"]:
                return self._take(asked.json)
        return 404, {"error": "not found"}

    def _take(self, fields: dict[str, Any]) -> tuple[int, Any]:
        assert "+" not in fields["src"] + fields["dst"]
        uuid = f"uuid-{next(self._ids)}"
        sender, recipient = f"+{fields['src']}", f"+{fields['dst']}"
        media = fields.get("media_urls", [])
        self.sent.append(
            Sent(uuid, sender, recipient, fields.get("text", ""), media, fields["url"])
        )
        return 202, {"message": "message(s) queued", "message_uuid": [uuid], "api_id": "x"}

    def _form(self, path: str, fields: dict[str, str]) -> requests.Response:
        url = path if path.startswith("http") else f"{self.door}/{path}"
        address, _, query = url.partition("?")
        tail = "".join(f"{name}{fields[name]}" for name in sorted(fields))
        if query:
            pairs = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(query)))
            signed = f"{address}?{pairs}.{tail}.nonce-1"
        else:
            signed = f"{address}?{tail}.nonce-1"
        digest = hmac.digest(TOKEN.encode(), signed.encode(), "sha256")
        signature = base64.b64encode(digest).decode()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "X-Plivo-Signature-V3": "b2xk",
            "X-Plivo-Signature-Ma-V3": signature,
            "X-Plivo-Signature-V3-Nonce": "nonce-1",
        }
        return self.post(url, urlencode(fields).encode(), headers)

    def text(
        self, sender: str, number: str, body: str, media: tuple[str, ...] = ()
    ) -> requests.Response:
        form = {
            "From": sender[1:],
            "To": number[1:],
            "Text": body,
            "Type": "mms" if media else "sms",
            "MessageUUID": f"in-{next(self._ids)}",
        }
        if media:
            form |= {f"Media{at}": url for at, url in enumerate(media)}
            form["MediaCount"] = str(len(media))
        return self._form("Message", form)

    def report(self, sent: Sent, arrived: bool) -> requests.Response:
        stopped = sent.recipient in self.opted_out
        lost = ("failed", "200") if stopped else ("undelivered", "90")
        status, code = ("delivered", "") if arrived else lost
        form = {"Status": status, "MessageUUID": sent.id, "ErrorCode": code}
        return self._form(sent.hook, form | {"From": sent.sender[1:], "To": sent.recipient[1:]})

    def call(self, caller: str, number: str) -> Connected:
        form = {
            "CallUUID": f"call-{next(self._ids)}",
            "From": caller[1:],
            "To": number[1:],
            "CallStatus": "ringing",
            "Direction": "inbound",
            "Event": "StartApp",
        }
        answer = self._form("Call", form)
        assert answer.status_code == 200, answer.text
        (dial,) = fromstring(answer.text)
        (target,) = dial
        assert dial.tag == "Dial"
        return Connected(
            dial.attrib["callerId"],
            target.text or "",
            answer.text,
            dial.attrib["callbackUrl"],
            dial.attrib["action"],
        )

    def leg(self, connected: Connected, event: str) -> None:
        form = {"DialBLegUUID": "leg-1", "DialALegUUID": "call-1"}
        if event == "answers":
            self._form(connected.hook, form | {"DialAction": "answer", "Event": "DialAnswer"})
            return
        status = "completed" if event == "ends" else event
        seconds = "12" if event == "ends" else "0"
        ended = {"DialAction": "hangup", "DialBLegDuration": seconds}
        ended["DialBLegHangupCauseCode"] = "4000" if event == "ends" else "3010"
        self._form(connected.hook, form | ended)
        answer = self._form(connected.done, form | {"DialStatus": status})
        assert fromstring(answer.text)[0].tag == "Hangup"
