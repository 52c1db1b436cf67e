"""Bandwidth's adapter: all that an account there does for us."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.bandwidth import placing, sends
from maskline.carriers.bandwidth.bxml import VERBS, Doors, plain, render
from maskline.carriers.bandwidth.dashboard import Dashboard
from maskline.carriers.bandwidth.hooks import DIGITS, Event, Reader
from maskline.carriers.contract import (
    ApiMissing,
    ApiRefused,
    CallAnswer,
    Capabilities,
    Host,
    Inbound,
    Medium,
    OwnedNumber,
    Tools,
)
from maskline.carriers.json_api import JsonApi
from maskline.carriers.redaction import HEARD, Secrets
from maskline.carriers.rendering import document_of, document_query, prepared
from maskline.carriers.request import JSON, Answer, Request, text
from maskline.model.http import HttpFailure
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    InboundCall,
    OutboundCall,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.voice.instructions import Play, Response

if TYPE_CHECKING:
    from maskline.carriers.bandwidth import Settings

_NOTHING: Final = Answer(b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
_HANGUP: Final = Answer(plain(Response()))
_TAKEN: Final = Answer(b"{}", JSON)
_RING: Final = 30
#: The caller is a number by which nobody can be called.
_NO_CALLS: Final = 21212


class Gate(msgspec.Struct, frozen=True):
    """The door's public address, and what Bandwidth is to show there."""

    door: str
    username: str
    password: str

    def __repr__(self) -> str:
        return "Gate()"

    def opens(self, authorization: str) -> bool:
        """Whether a request may come in, by HTTP Basic."""
        scheme, _, shown = authorization.partition(" ")
        try:
            pair = base64.b64decode(shown.strip(), validate=True)
        except (binascii.Error, ValueError):
            pair = b""
        ours = f"{self.username}:{self.password}".encode()
        return hmac.compare_digest(pair, ours) and scheme.lower() == "basic"

    @property
    def doors(self) -> Doors:
        """Where its calls come back to."""
        return Doors(self.door, self.username, self.password)


class Bandwidth:
    """One account."""

    #: Callbacks are not signed: they carry credentials.
    secrets = Secrets(frozenset({"authorization"}), HEARD | {"mediaurl"})
    challenge = 'Basic realm="Maskline", charset="UTF-8"'

    def __init__(
        self,
        name: str,
        settings: Settings,
        gate: Gate,
        authorization: str,
        dashboard: Dashboard,
        tools: Tools,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sms=True, mms=True, voice=True, dlr=True, opt_outs=settings.opt_outs, rate=settings.rate
        )
        self._settings = settings
        self._messages = f"{settings.messaging_url}/users/{settings.account_id}"
        self._calls = f"{settings.voice_url}/accounts/{settings.account_id}"
        self._gate = gate
        self._dashboard = dashboard
        self._api = JsonApi(tools.http, lambda: authorization, settings.timeout)
        self._tools = tools
        self._reader = Reader(name, answered=settings.opt_outs != "none")

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. The API has no idempotency keys."""
        document = sends.document(message, self._settings.application_id)
        try:
            response = await self._api.post(f"{self._messages}/messages", document)
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return sends.outcome(response)

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Connections are the server's."""

    # In

    def verify(self, request: Request) -> bool:
        """The credentials that its applications were given."""
        return self._gate.opens(request.headers.get("authorization", ""))

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        if request.path == "Call/Document":
            document_of(request)
        return self._reader.read(request)

    def acknowledge(self, request: Request) -> Answer:
        """Any 2xx within ten seconds; events of calls ask what comes next."""
        match request.path:
            case "Message" | "Status":
                return _TAKEN
            case "Call/Done":
                return _HANGUP
            case "Call/Document":
                return Answer(plain(document_of(request)))
            case "Call/Leg" if self._tools.whisper is not None and text(request.query, "CallLeg"):
                if request.json(Event).kind == "transferAnswer":
                    return Answer(plain(self._tools.whisper))
        return _NOTHING

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """BXML."""
        answer = await prepared(answer, self._tools, VERBS, self.name, "ringing")
        return Answer(render(answer, self._gate.doors))

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        """The same. A call with nothing left to do ends."""
        answer = await prepared(answer, self._tools, VERBS, self.name, "in-progress")
        return Answer(render(answer, self._gate.doors))

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """The same. What is to be keyed in at the answer goes before all else."""
        if digits := text(request.query, DIGITS):
            response = Response((Play(digits=digits), *answer.response.verbs))
            answer = msgspec.structs.replace(answer, response=response)
        answer = await prepared(answer, self._tools, VERBS, self.name, "in-progress")
        return Answer(render(answer, self._gate.doors))

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """What Bandwidth does, for the voice application."""
        return placing.OPTIONS if self._settings.voice_application_id else None

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. The API has no idempotency keys."""
        application_id = self._settings.voice_application_id
        if not application_id:
            return Refused(_NO_CALLS, retry=False)
        fields = placing.fields_of(call, application_id, self._gate.doors)
        try:
            response = await self._api.post(f"{self._calls}/calls", fields)
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return placing.outcome(response)

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a leg. Bandwidth ends whatever it is: one that is to go on if it was answered is
        looked at before."""
        try:
            if not answered and placing.is_answered(await self._order("GET", provider_id)):
                return False
        except ApiMissing:
            return False
        return await placed.is_done(self._order("POST", provider_id, {"state": "completed"}))

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has it ask what it does."""
        to = placing.redirected(call_sid, self._gate.doors)
        return await placed.is_done(self._order("POST", provider_id, to))

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it."""
        return placing.standing(call_sid, await self._order("GET", provider_id), self.name)

    async def _order(
        self, method: str, provider_id: str | None, document: object = None
    ) -> dict[str, Any]:
        """Raises ApiRefused, and ApiMissing for a call that is not there."""
        call_id = quote(placed.named(provider_id), safe="")
        return await self._api.ask(method, f"{self._calls}/calls/{call_id}", document)

    # Media

    def keeps(self, url: str) -> bool:
        """Whether it lies at the account's part of the APIs, where credentials are asked for."""
        return url.startswith((f"{self._messages}/media/", f"{self._calls}/calls/"))

    async def fetch(self, url: str) -> Medium:
        """Gets one."""
        return await self._api.medium(url, self.keeps)

    # The account

    def hooks(self) -> Mapping[str, str]:
        """The location that a number is to be in, if it is to be moved, and what that has."""
        return self._dashboard.wanted.hooks

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of them."""
        return await self._dashboard.numbers()

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Moves a number to another location."""
        await self._dashboard.point(provider_id, hooks)

    async def check(self) -> str:
        """Whether the APIs take the credentials."""
        if not self._settings.voice_application_id:
            return "voice_application_id is not set: messages, and calls that come in"
        state = await self._api.ask("GET", f"{self._calls}/statistics")
        return f"{state.get('currentCallQueueSize', 'unknown')} calls are waiting"

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call. What is heard is asked for when it is answered, and is in the address that
        is asked."""
        settings, gate = self._settings, self._gate
        if not settings.voice_application_id:
            raise ApiRefused("voice_application_id must be set to call somebody")
        call = placing.begun(
            sender,
            recipient,
            settings.voice_application_id,
            f"{gate.door}/Call/Document?{document_query(response)}",
            f"{gate.door}/Call/Status",
            gate.doors,
        )
        begun = await self._api.ask("POST", f"{self._calls}/calls", call | {"callTimeout": _RING})
        return str(begun.get("callId", ""))
