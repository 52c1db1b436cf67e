"""Plivo's adapter: all that an account there does for us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.addresses import with_plus, without_plus
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
from maskline.carriers.json_api import JsonApi, basic
from maskline.carriers.plivo import placing, signature, xml
from maskline.carriers.plivo.webhooks import Reader
from maskline.carriers.redaction import HEARD, Secrets
from maskline.carriers.rendering import document_of, document_query, prepared
from maskline.carriers.request import Answer, Request
from maskline.model.http import HttpFailure, HttpResponse
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    InboundCall,
    OutboundCall,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.voice.instructions import Hangup, Response

if TYPE_CHECKING:
    from maskline.carriers.plivo import Credentials, Settings

_EMPTY: Final = Answer(xml.plain(Response()))
_HANGUP: Final = Answer(xml.plain(Response((Hangup(),))))
#: Where files of messages lie, beside the API itself.
_MEDIA_HOST: Final = "https://media.plivo.com/"
_PAGE: Final = 20


class _Sent(msgspec.Struct):
    """A message as the API answers with it, or an error."""

    message_uuid: list[str] | str | None = None
    error: Any = None


class Plivo:
    """One account."""

    secrets = Secrets(signature.HEADERS, HEARD)

    def __init__(
        self, name: str, settings: Settings, credentials: Credentials, tools: Tools
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sms=True,
            mms=True,
            voice=True,
            dlr=True,
            opt_outs=settings.opt_outs,
            rate=settings.rate,
        )
        self._settings = settings
        self._tokens = (credentials.auth_token, credentials.main_auth_token)
        self._root = f"{settings.base_url}/v1/Account/{settings.auth_id}"
        self._tools = tools
        self._door = tools.door
        authorization = basic(settings.auth_id, credentials.auth_token)
        self._api = JsonApi(tools.http, lambda: authorization, settings.timeout)
        self._reader = Reader(name, tools.door, settings.opt_outs != "none")

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. The API has no idempotency keys."""
        fields: dict[str, object] = {
            "src": without_plus(message.sender),
            "dst": without_plus(message.recipient),
            "type": "mms" if message.media else "sms",
            "url": f"{self._door}/Status?Leg={message.reference}",
            "method": "POST",
        }
        if message.body:
            fields["text"] = message.body
        if message.media:
            fields["media_urls"] = list(message.media)
        try:
            response = await self._api.post(f"{self._root}/Message/", fields)
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return _outcome(response)

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Connections are the server's."""

    # In

    def verify(self, request: Request) -> bool:
        """A signature over any of our addresses."""
        return signature.verify(self._tokens, request, accept_v2=self._settings.accept_v2)

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        return self._reader.read(request)

    def acknowledge(self, request: Request) -> Answer:
        """A document: nothing to do, or at the end of a Dial, to hang up."""
        match request.path:
            case "Call/Whisper" if self._tools.whisper is not None:
                return Answer(xml.plain(self._tools.whisper))
            case "Call/Document":
                return Answer(xml.plain(document_of(request)))
            case "Call/Done":
                return _HANGUP
        return _EMPTY

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """A document."""
        return await self._told(answer)

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        """The same. A call with nothing left to do ends."""
        return await self._told(answer) if answer.response.verbs else _HANGUP

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """The same."""
        return await self._told(answer) if answer.response.verbs else _HANGUP

    async def _told(self, answer: CallAnswer) -> Answer:
        answer = await prepared(answer, self._tools, xml.VERBS, self.name, "in-progress")
        whisper = self._tools.whisper is not None
        return Answer(xml.render(answer, self._door, whisper=whisper))

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """What Plivo does by itself."""
        return placing.OPTIONS

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. The API has no idempotency keys."""
        fields = placing.fields_of(call, self._door)
        try:
            response = await self._api.post(f"{self._root}/Call/", fields)
        except HttpFailure as failure:
            return outcomes.lost(failure)
        return placing.outcome(response)

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a leg, which may still be in a queue there. Plivo ends whatever it is: one that is
        to go on if it was answered is looked at before."""
        if provider_id is None:
            return False
        try:
            if not answered:
                live = await self._order("GET", provider_id, "?status=live")
                if live.get("call_status") == "in-progress":
                    return False
        except ApiMissing:
            pass
        return await placed.is_done(self._order("DELETE", provider_id))

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has it ask what it does; whom it dialled is let go."""
        url = placed.ask_at(self._door, call_sid)
        to = {"legs": "aleg", "aleg_url": url, "aleg_method": "POST"}
        return await placed.is_done(self._order("POST", provider_id, document=to))

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it, on the line, in the queue, or of one that is over."""
        uuid = placed.named(provider_id)
        for state in ("live", "queued"):
            try:
                record = await self._order("GET", uuid, f"?status={state}")
            except ApiMissing:
                continue
            return placing.standing(call_sid, record, self.name)
        return placing.past(call_sid, await self._order("GET", uuid), self.name)

    async def _order(
        self, method: str, provider_id: str | None, query: str = "", document: object = None
    ) -> dict[str, Any]:
        """Raises ApiRefused, and ApiMissing for a call that is not there."""
        uuid = quote(placed.named(provider_id), safe="")
        return await self._api.ask(method, f"{self._root}/Call/{uuid}/{query}", document)

    # Media

    def keeps(self, url: str) -> bool:
        """Whether it lies at Plivo."""
        return url.startswith((f"{self._settings.base_url}/", _MEDIA_HOST))

    async def fetch(self, url: str) -> Medium:
        """Gets one."""
        return await self._api.medium(url, self.keeps)

    # The account

    def hooks(self) -> Mapping[str, str]:
        """Numbers are on an application, which names our door."""
        return {"app_id": self._settings.application} if self._settings.application else {}

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of them, page by page."""
        found: list[OwnedNumber] = []
        while True:
            query = f"limit={_PAGE}&offset={len(found)}"
            page = await self._api.ask("GET", f"{self._root}/Number/?{query}")
            rows = page.get("objects") or []
            found += [_owned(one) for one in rows]
            if len(rows) < _PAGE:
                return found

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Puts a number on another application."""
        if not self._settings.application:
            raise ApiRefused("application is not set")
        number = quote(provider_id, safe="")
        await self._api.ask("POST", f"{self._root}/Number/{number}/", dict(hooks))

    async def check(self) -> str:
        """The account's name and credit."""
        account = await self._api.ask("GET", f"{self._root}/")
        credit = account.get("cash_credits", "unknown")
        return f"{account.get('name', '')}, credit {credit}".lstrip(", ")

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call."""
        document = f"{self._door}/Call/Document?{document_query(response)}"
        fields = placing.begun(sender, recipient, document)
        made = await self._api.ask("POST", f"{self._root}/Call/", fields)
        return str(made.get("request_uuid") or "")


def _outcome(response: HttpResponse) -> SendResult:
    """What an answer to a send means."""
    general = outcomes.by_status(response)
    if general is not None:
        return general
    sent = outcomes.read(response, _Sent)
    if 200 <= response.status < 300:
        return outcomes.taken(placing.first_of(sent.message_uuid))
    if response.status == 402:
        # The operator can pay.
        return Refused(outcomes.UNPAID, retry=True)
    # The errors of requests have no codes: they name the parameter that is wrong.
    about = str(sent.error or "").lower()
    if "stop" in about.split() or "opted" in about:
        return Refused(outcomes.OPTED_OUT, retry=False)
    if "src" in about or "source" in about:
        return Refused(21606, retry=False)
    if "dst" in about or "destination" in about:
        return Refused(21211, retry=False)
    return Refused(outcomes.UNKNOWN, retry=False)


def _owned(one: Mapping[str, Any]) -> OwnedNumber:
    number = str(one["number"])
    # An application is named by its path, which its id is the end of.
    application = str(one.get("application") or "").strip("/").rpartition("/")[2]
    return OwnedNumber(
        provider_id=number,
        number=with_plus(number),
        friendly_name=str(one.get("alias") or ""),
        sms=bool(one.get("sms_enabled")),
        mms=bool(one.get("mms_enabled")),
        voice=bool(one.get("voice_enabled")),
        hooks={"app_id": application},
    )
