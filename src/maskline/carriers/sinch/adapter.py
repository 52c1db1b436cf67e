"""Sinch's adapter: all that an account there does for us.

Paths under the door: `Message` and `Status` for the SMS API, `Call` for the Voice application.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.contract import (
    ApiMissing,
    ApiRefused,
    CallAnswer,
    Capabilities,
    Host,
    Inbound,
    OwnedNumber,
    Tools,
)
from maskline.carriers.json_api import JsonApi
from maskline.carriers.placed import is_done, named
from maskline.carriers.redaction import HEARD, Secrets
from maskline.carriers.rendering import led_on, limited, prepared
from maskline.carriers.request import JSON, Answer, Request
from maskline.carriers.sinch import calls, messages, placing, signature, svaml
from maskline.carriers.sinch.project import Project
from maskline.carriers.sinch.signature import Application
from maskline.model.http import HttpFailure
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    CallTurn,
    InboundCall,
    OutboundCall,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.voice.instructions import Response

if TYPE_CHECKING:
    from maskline.carriers.sinch import Settings

_TAKEN: Final = Answer(b"{}", JSON)
_HANGUP: Final = Answer(svaml.render(Response()), JSON)
#: How many messages of doubtful fate are remembered.
_MOST_DOUBTS: Final = 10_000


class Sinch:
    """One account."""

    secrets = Secrets(frozenset({signature.SIGNATURE, "authorization"}), HEARD | {"value"})

    def __init__(
        self,
        name: str,
        settings: Settings,
        token: str,
        hook_secret: str,
        application: Application | None,
        tools: Tools,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sms=True,
            mms=True,
            voice=application is not None,
            dlr=True,
            opt_outs=settings.opt_outs,
            rate=settings.rate,
        )
        host = settings.sms_url or f"https://{settings.region}.sms.api.sinch.com"
        self._batches = f"{host}/xms/v1/{settings.service_plan_id}/batches"
        self._settings = settings
        self._hook_secret = hook_secret
        self._application = application
        self._tools = tools
        self._api = JsonApi(tools.http, lambda: f"Bearer {token}", settings.timeout)
        self._voice: JsonApi | None = None
        if application is not None:
            shown = application.basic
            self._voice = JsonApi(tools.http, lambda: shown, settings.timeout)
        self._calling = f"{settings.voice_url}/calling/v1"
        #: Messages that were handed over and of which nobody knows whether they were taken.
        self._doubts: dict[str, None] = {}

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. The API has no idempotency keys: one that may have arrived is
        looked for by our reference before it is sent again."""
        reference = message.reference
        if message.since is not None or reference in self._doubts:
            try:
                found = await self._find(reference)
            except ApiRefused:
                return Refused(outcomes.UNREACHABLE, retry=True)
            if found:
                self._doubts.pop(reference, None)
                return Accepted(found, found=True)
        try:
            response = await self._api.post(
                self._batches, messages.document(message, self._tools.door)
            )
        except HttpFailure as failure:
            self._note(reference, doubtful=failure.maybe_sent)
            return outcomes.lost(failure, repeatable=True)
        result = messages.outcome(response)
        known = isinstance(result, Accepted) or 300 <= response.status < 500
        self._note(reference, doubtful=not known)
        return result

    def _note(self, reference: str, *, doubtful: bool) -> None:
        if doubtful:
            self._doubts[reference] = None
            if len(self._doubts) > _MOST_DOUBTS:
                del self._doubts[next(iter(self._doubts))]
        else:
            self._doubts.pop(reference, None)

    async def _find(self, reference: str) -> str:
        """The id of a batch that it has taken; "" when there is none. Raises ApiRefused."""
        query = urlencode({"client_reference": reference, "page_size": "10"})
        page = await self._api.ask("GET", f"{self._batches}?{query}")
        for one in page.get("batches") or ():
            if one.get("client_reference") == reference and not one.get("canceled"):
                return str(one.get("id") or "")
        return ""

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Connections are the server's."""

    # In

    def verify(self, request: Request) -> bool:
        """The signature of the API that posts to the path."""
        if request.path == "Call":
            application = self._application
            return application is not None and application.made(request, self._tools.clock())
        return signature.is_message(self._hook_secret, request)

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        match request.path:
            case "Message" | "Status":
                hook: messages.Hook = request.json(messages.Hook)
                settings = self._settings
                answered = settings.opt_outs != "none"
                return messages.read(hook, self.name, answered, settings.unknown)
            case "Call":
                return calls.read(request.json(calls.Event), self.name)
        raise LookupError(request.path)

    def acknowledge(self, request: Request) -> Answer:
        """Any 2xx; an answered call goes on, and one that was asked something is over."""
        if request.path == "Call":
            event: calls.Event = request.json(calls.Event)
            if event.event == "ace":
                return Answer(svaml.whispered(self._tools.whisper), JSON)
            if event.event == "pie":
                return _HANGUP
        return _TAKEN

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """SVAML. Its reports name the call and not the leg."""
        return await self._told(answer, "ringing")

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        """The same, of a call that was asked for keys."""
        return await self._told(answer, "in-progress")

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """The same, of a call that we placed and that was answered."""
        keeps = self._tools.scripts is not None
        answer = await led_on(answer, self._tools.fetch, "in-progress", keeps=keeps)
        begun = svaml.begun(limited(answer.response, svaml.VERBS, self.name))
        return await self._told(msgspec.structs.replace(answer, response=begun), "in-progress")

    async def _told(self, answer: CallAnswer, status: str) -> Answer:
        answer = await prepared(answer, self._tools, svaml.VERBS, self.name, status)
        is_new = status == "ringing"
        asks = bool(answer.script)
        return Answer(svaml.render(answer.response, asks=asks, is_new=is_new), JSON)

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """Calls need the application."""
        return None if self._voice is None else placing.OPTIONS

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody."""
        if self._voice is None:
            return Refused(outcomes.AUTHENTICATION, retry=False)
        if not placing.can_be_keyed(call.send_digits):
            return Refused(outcomes.WRONG_KEYS, retry=False)
        try:
            response = await self._voice.post(f"{self._calling}/callouts", placing.fields_of(call))
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return placing.outcome(response)

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Hangs up, whether somebody answered or not: Sinch does not say beforehand."""
        over = {"instructions": [], "action": svaml.HANGUP}
        return await is_done(self._order("PATCH", provider_id, over))

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """A live call can be told something and ended, and not be led elsewhere."""
        return False

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it. It has none of the leg that a call rings, and not of all calls:
        that it knows of none says nothing."""
        try:
            record = await self._order("GET", provider_id)
        except ApiMissing:
            return None
        return calls.standing(call_sid, record, self.name, provider_id)

    async def _order(
        self, method: str, provider_id: str | None, document: object = None
    ) -> dict[str, Any]:
        """Raises ApiRefused, and ApiMissing for a call that is not there."""
        call_id = quote(named(provider_id), safe="")
        if self._voice is None:
            raise ApiRefused("application_key must be set for calls")
        url = f"{self._calling}/calls/id/{call_id}"
        return await self._voice.ask(method, url, document)

    # The account

    async def check(self) -> str:
        """Whether the plan takes the token."""
        page = await self._api.ask("GET", f"{self._batches}?page_size=1")
        return f"{page.get('count', 'unknown')} batches today"

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call, with all that is to happen in it."""
        if self._voice is None:
            raise ApiRefused("application_key must be set to call somebody")
        # Who is called has answered already.
        heard = svaml.render(response, is_new=False).decode()
        callout = placing.callout({"number": recipient, "cli": sender}, ace=heard)
        begun = await self._voice.ask("POST", f"{self._calling}/callouts", callout)
        return str(begun.get("callId", ""))


class SyncedSinch(Sinch):
    """One account whose numbers can be listed and pointed at us."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        token: str,
        hook_secret: str,
        application: Application | None,
        tools: Tools,
        project: Project,
    ) -> None:
        super().__init__(name, settings, token, hook_secret, application, tools)
        self._project = project

    def hooks(self) -> Mapping[str, str]:
        """Numbers are on a service plan and on an application, which name our door."""
        return self._project.hooks()

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of the project."""
        return await self._project.numbers()

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Puts a number on another plan or application."""
        await self._project.point(provider_id, hooks)
