"""Pigeon: a carrier that does not exist, with a JSON API and signed hooks."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.carriers.contract import CallAnswer, Capabilities, Host, Inbound, Kind, Tools
from maskline.carriers.redaction import Secrets
from maskline.carriers.request import JSON, Answer, Malformed, Request
from maskline.model.http import HttpFailure, HttpRequest
from maskline.model.traffic import (
    Accepted,
    InboundCall,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)

_STATUSES: Final = {"flying": "sent", "landed": "delivered", "eaten": "undelivered"}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`loft` is the address of the carrier's API."""

    loft: str = "https://api.pigeon.example"
    allow_private: bool = False


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`token` makes requests, and signs hooks."""

    token: str

    def __repr__(self) -> str:
        return "Credentials()"


class Hook(msgspec.Struct):
    """What the carrier posts: a letter that came, or what became of one of ours."""

    id: str
    event: str
    sender: str = ""
    recipient: str = ""
    text: str = ""
    reference: str = ""


class Pigeon:
    """One account."""

    capabilities = Capabilities(sms=True)
    secrets = Secrets(headers=frozenset({"x-pigeon-signature"}))

    def __init__(self, name: str, settings: Settings, token: str, tools: Tools) -> None:
        self.name = name
        self._url = f"{settings.loft}/letters"
        self._token = token
        self._tools = tools

    async def send(self, message: OutboundMessage) -> SendResult:
        """The carrier knows a letter that comes again by its `key`."""
        letter = {
            "key": message.reference,
            "from": message.sender,
            "to": message.recipient,
            "text": message.body,
            "hook": f"{self._tools.door}/hooks",
        }
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": JSON}
        body = msgspec.json.encode(letter)
        try:
            response = await self._tools.http.send(HttpRequest("POST", self._url, headers, body))
        except HttpFailure as failure:
            return Unclear(repeatable=True) if failure.maybe_sent else Refused(20503, retry=True)
        if response.status == 202:
            return Accepted(msgspec.json.decode(response.body, type=Hook).id)
        if response.status == 429:
            return Throttled()
        code = 21610 if response.status == 410 else 30008
        return Refused(code, retry=response.status >= 500)

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Nothing is open."""

    def verify(self, request: Request) -> bool:
        """A hex HMAC-SHA256 of the body."""
        ours = hmac.digest(self._token.encode(), request.body, "sha256").hex()
        return hmac.compare_digest(ours, request.headers.get("x-pigeon-signature", "").lower())

    def read(self, request: Request) -> Sequence[Inbound]:
        """Events that nobody knew say nothing."""
        if request.path != "hooks":
            raise LookupError(request.path)
        hook: Hook = request.json(Hook)
        if hook.event == "received":
            if not (hook.sender and hook.recipient):
                raise Malformed("sender and recipient are required")
            return [InboundMessage(self.name, hook.id, hook.sender, hook.recipient, hook.text)]
        if (status := _STATUSES.get(hook.event)) is None:
            return []
        lost = 30003 if status == "undelivered" else None
        return [LegReport(self.name, status, hook.reference or None, hook.id, lost)]

    def acknowledge(self, request: Request) -> Answer:
        """Any 2xx."""
        return Answer(b"{}", JSON)

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """Pigeons carry no calls."""
        raise LookupError("call")


def build(name: str, settings: Settings, credentials: Credentials, tools: Tools) -> Pigeon:
    """The adapter."""
    return Pigeon(name, settings, credentials.token, tools)


KIND: Final = Kind("pigeon", "Pigeon", Settings, Credentials, frozenset(), build)
