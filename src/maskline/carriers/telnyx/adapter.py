"""Telnyx's adapter: all that an account there does for us.

Paths under the door: `Message` and `Status` for messages, and for calls `Call` (which call control
has for all of its events), `Call/Leg`, `Call/Done`, `Call/Status`, `Call/Whisper`, `Call/Next`,
`Call/Told`; for calls that programs place `Call/Placed`, `Call/Placed/Status` (which call control
has for all of theirs) and `Call/Placed/Machine`; and `Call/Document`, which is what a call says
that `maskline carriers test` begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from maskline.carriers import outcomes
from maskline.carriers.contract import (
    ApiMissing,
    ApiRefused,
    CallAnswer,
    Capabilities,
    Host,
    Inbound,
    Medium,
    MediumGone,
    OwnedNumber,
    Tools,
)
from maskline.carriers.json_api import JsonApi
from maskline.carriers.placed import named
from maskline.carriers.redaction import HEARD, Secrets
from maskline.carriers.rendering import document_of, document_query
from maskline.carriers.request import JSON, Answer, Request, text
from maskline.carriers.telnyx import messages, signature, texml
from maskline.carriers.telnyx.call_control import CallControl
from maskline.carriers.telnyx.events import Event, Leg, unpacked
from maskline.carriers.telnyx.plans import VERBS
from maskline.carriers.telnyx.texml_calls import TexmlCalls
from maskline.model.http import HttpFailure
from maskline.model.traffic import (
    CallEvent,
    InboundCall,
    OutboundCall,
    OutboundMessage,
    SendResult,
)
from maskline.voice.instructions import Hangup, Response

if TYPE_CHECKING:
    from maskline.carriers.telnyx import Settings

__all__ = ["VERBS", "Telnyx"]

_TAKEN: Final = Answer(b"{}", JSON)
_EMPTY: Final = Answer(texml.render(Response()))
_HANGUP: Final = Answer(texml.render(Response((Hangup(),))))
_PAGE: Final = 250
#: What is told, or wanted, of a call that the address names.
_OF_CALLS: Final = frozenset(
    {"Call", "Call/Next", "Call/Placed", "Call/Placed/Machine", "Call/Placed/Status"}
)
#: As TeXML names what callers said, and where a recording of them lies.
_HEARD_BY_TEXML: Final = frozenset({"publicrecordingurl", "recordingurl", "speechresult"})


class Telnyx:
    """One account."""

    secrets = Secrets(frozenset({signature.SIGNATURE}), HEARD | _HEARD_BY_TEXML)

    def __init__(
        self, name: str, settings: Settings, public_key: bytes, api_key: str, tools: Tools
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sms=True,
            mms=True,
            voice=settings.voice != "none",
            dlr=True,
            opt_outs=settings.opt_outs,
            rate=settings.rate,
        )
        self._settings = settings
        self._public_key = public_key
        self._root = settings.base_url
        self._tools = tools
        self._door = tools.door
        self._api = JsonApi(tools.http, lambda: f"Bearer {api_key}", settings.timeout)
        application = settings.connection
        self._control = CallControl(name, self._api, self._root, application, tools)
        self._texml = TexmlCalls(
            name, self._api, self._root, settings.account_id, application, tools
        )

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. The API has no idempotency keys."""
        fields = messages.document(message, self._door, self._settings.messaging_profile)
        try:
            response = await self._api.post(f"{self._root}/v2/messages", fields)
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return messages.outcome(response)

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Calls' steps that are under way are ended first."""
        await self._control.settle()
        await self._texml.settle()

    # In

    def verify(self, request: Request) -> bool:
        """Ed25519 over the body."""
        return signature.verify(self._public_key, request, self._tools.clock())

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        match request.path:
            case "Message" | "Status":
                hook: messages.Hook = request.json(messages.Hook)
                answered = self._settings.opt_outs != "none"
                unconfirmed = self._settings.unconfirmed
                return messages.read(hook, request.query, self.name, answered, unconfirmed)
            case "Call" | "Call/Placed/Status" if self._is_control(request):
                return self._control.read(request.json(Event), request.query)
            case "Call/Document":
                document_of(request)
                return []
        return self._texml.read(request)

    def acknowledge(self, request: Request) -> Answer:
        """Nothing, or a document."""
        match request.path:
            case "Message" | "Status":
                return _TAKEN
            case "Call" | "Call/Placed/Status" if self._is_control(request):
                self._control.follow(request.json(Event), request.query)
                return _TAKEN
            case "Call/Whisper" if self._tools.whisper is not None:
                return Answer(texml.render(self._tools.whisper))
            case "Call/Document":
                return Answer(texml.render(document_of(request)))
            case "Call/Done":
                return _HANGUP
        return self._texml.acknowledge(request) or _EMPTY

    def named(self, request: Request) -> tuple[str, str] | None:
        """The call of an address, and the one that is told of, if that is no leg of it."""
        sid = text(request.query, "Call")
        if not sid or request.path not in _OF_CALLS:
            return None
        if self._is_control(request):
            call = request.json(Event).data.payload
            is_leg = isinstance(unpacked(call.client_state), Leg)
            return None if is_leg else (sid, call.call_control_id)
        theirs = text(request.form, "CallSid")
        return (sid, theirs) if theirs and not text(request.query, "Leg") else None

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """A document, or the first command."""
        if not self._is_control(request):
            return self._document(answer)
        event: Event = request.json(Event)
        self._control.begin(call.provider_id, event.data.payload.connection_id, answer)
        return _TAKEN

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """A document: call control asks for none."""
        return self._document(answer)

    def _document(self, answer: CallAnswer) -> Answer:
        return Answer(texml.led(answer, f"{self._door}/Call"))

    def _is_control(self, request: Request) -> bool:
        return self._settings.voice == "call-control" and request.content_type == JSON

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """What the way in which calls are steered can do."""
        settings = self._settings
        by_texml = settings.voice == "texml"
        if settings.voice == "none" or not settings.connection:
            return None
        if by_texml and not settings.account_id:
            return None
        return self._lines.options

    @property
    def _lines(self) -> CallControl | TexmlCalls:
        return self._control if self._settings.voice == "call-control" else self._texml

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody."""
        return await self._lines.place(call)

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a leg."""
        if provider_id is None:
            return False
        try:
            return await self._lines.end(call_sid, provider_id, answered=answered)
        except ApiMissing:
            return False

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has a call do what its program says now."""
        return provider_id is not None and await self._lines.steer(call_sid, provider_id)

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it."""
        return await self._lines.look(call_sid, named(provider_id))

    # Media

    def keeps(self, url: str) -> bool:
        """Whether it is a recording, by its id."""
        return url.startswith(f"{self._root}/v2/recordings/") or self._texml.keeps(url)

    async def fetch(self, url: str) -> Medium:
        """Gets one: the API says for some minutes where it is."""
        try:
            if self._texml.keeps(url):
                where = await self._texml.lies_at(url)
            else:
                found = (await self._api.ask("GET", url)).get("data") or {}
                where = str((found.get("download_urls") or {}).get("mp3") or "")
        except ApiRefused as refused:
            raise MediumGone(str(refused)) from None
        if not where:
            raise MediumGone("it has no address")
        return await self._api.medium(where, lambda _: False)

    # The account

    def hooks(self) -> Mapping[str, str]:
        """Numbers are on a messaging profile and on an application, which name our door."""
        wanted = {
            "messaging_profile_id": self._settings.messaging_profile,
            "connection_id": self._settings.connection,
        }
        return {name: value for name, value in wanted.items() if value}

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of them, page by page. What they can do stands in another list."""
        features = {
            str(one.get("phone_number")): one.get("features") or {}
            for one in await self._pages("phone_numbers/messaging")
        }
        return [
            _owned(one, features.get(str(one["phone_number"])))
            for one in await self._pages("phone_numbers")
        ]

    async def _pages(self, what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number, last = 1, 1
        while number <= last:
            query = urlencode({"page[number]": number, "page[size]": _PAGE})
            page = await self._api.ask("GET", f"{self._root}/v2/{what}?{query}")
            found += page.get("data") or []
            last = int((page.get("meta") or {}).get("total_pages") or 1)
            number += 1
        return found

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Puts a number on other applications."""
        if not self.hooks():
            raise ApiRefused("neither messaging_profile nor connection is set")
        number = f"{self._root}/v2/phone_numbers/{quote(provider_id, safe='')}"
        if "messaging_profile_id" in hooks:
            fields = {"messaging_profile_id": hooks["messaging_profile_id"]}
            await self._api.ask("PATCH", f"{number}/messaging", fields)
        if "connection_id" in hooks:
            await self._api.ask("PATCH", number, {"connection_id": hooks["connection_id"]})

    async def check(self) -> str:
        """The account's balance."""
        data = (await self._api.ask("GET", f"{self._root}/v2/balance")).get("data") or {}
        return f"balance {data.get('balance', 'unknown')} {data.get('currency', '')}".strip()

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call."""
        settings = self._settings
        if settings.voice == "none" or not settings.connection:
            raise ApiRefused("voice and connection must be set to call somebody")
        if settings.voice == "call-control":
            return await self._control.call(sender, recipient, response)
        if not settings.account_id:
            raise ApiRefused("account_id must be set to call somebody by TeXML")
        url = f"{self._door}/Call/Document?{document_query(response)}"
        return await self._texml.call(sender, recipient, url)


def _owned(one: Mapping[str, Any], features: Mapping[str, Any] | None) -> OwnedNumber:
    return OwnedNumber(
        provider_id=str(one["id"]),
        number=str(one["phone_number"]),
        friendly_name=str(one.get("customer_reference") or ""),
        sms=bool((features or {}).get("sms")),
        mms=bool((features or {}).get("mms")),
        voice=True,
        hooks={
            name: str(one.get(name) or "") for name in ("messaging_profile_id", "connection_id")
        },
    )
