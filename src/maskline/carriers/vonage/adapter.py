"""Vonage's adapter: all that an account there does for us.

Paths under the door: `Message` and `Status` for messages, and for calls `Call` (the answer URL),
`Call/Status` (the event URL), `Call/Leg`, `Call/Next` (a place of a script that a call has come
to), `Call/Recorded` (a recording that is ready) and `Call/Whisper`; for calls that we place
`Call/Placed` (their answer URL) and `Call/Placed/Status` (their event URL).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.addresses import with_plus
from maskline.carriers.assembly import Assembly
from maskline.carriers.contract import (
    ApiMissing,
    ApiRefused,
    CallAnswer,
    Capabilities,
    Host,
    HostUnavailable,
    Inbound,
    Medium,
    OwnedNumber,
    Tools,
)
from maskline.carriers.json_api import JsonApi, basic
from maskline.carriers.placed import ask_at, is_done, named
from maskline.carriers.redaction import HEARD, Secrets
from maskline.carriers.rendering import prepared
from maskline.carriers.request import JSON, Answer, Malformed, Request, required, text
from maskline.carriers.vonage import calls, messages, ncco, placing, signature, sms, tokens
from maskline.carriers.vonage.tokens import Tokens
from maskline.model.call import CallStatus
from maskline.model.http import HttpFailure
from maskline.model.parts import MessagePart
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    InboundCall,
    Intake,
    OutboundCall,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.voice.instructions import Response

if TYPE_CHECKING:
    from maskline.carriers.vonage import Credentials, Settings

log = logging.getLogger(__name__)

_TAKEN: Final = Answer(b"{}", JSON)
_NOTHING: Final = Answer(b"[]", JSON)
_MESSAGES: Final = frozenset({"Message", "Status"})
_PLACED: Final = frozenset({"Call/Placed", "Call/Placed/Status"})
_PAGE: Final = 100
#: Where recordings are.
_REGIONS: Final = re.compile(r"https://api(-[a-z]{2,4}(-\d)?)?\.(nexmo|vonage)\.com/")
#: Vonage posts again for a day what was not answered with a success (seconds).
_MEMORY: Final = 86_400.0


class Vonage:
    """One account."""

    secrets = Secrets(fields=HEARD | {signature.FIELD})

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        application: Tokens | None,
        tools: Tools,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sms=True,
            mms=settings.api == "messages",
            voice=application is not None,
            dlr=True,
            opt_outs=settings.opt_outs,
            rate=settings.rate,
        )
        self._settings = settings
        self._credentials = credentials
        self._tools = tools
        self._door = tools.door
        self._answered = settings.opt_outs != "none"
        account = basic(settings.api_key, credentials.api_secret)
        self._rest = JsonApi(tools.http, lambda: account, settings.timeout)
        self._has_application = application is not None
        bearer = application.authorization if application is not None else lambda: account
        self._api = JsonApi(tools.http, bearer, settings.timeout)
        own = {"api_key": settings.api_key, "application_id": settings.application_id}
        self._own = {claim: value for claim, value in own.items() if value}
        self._assembly: Assembly | None = None
        self._watch: asyncio.Task[None] | None = None

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. Neither API has idempotency keys."""
        settings = self._settings
        try:
            if settings.api == "messages":
                fields = messages.document(message, self._door)
                url = f"{settings.api_url}/v1/messages"
                return messages.outcome(await self._api.post(url, fields))
            form = sms.fields(message, self._door, settings.api_key, self._credentials.api_secret)
            return sms.outcome(await self._rest.post_form(f"{settings.rest_url}/sms/json", form))
        except HttpFailure as failure:
            return outcomes.lost(failure)

    async def start(self, host: Host) -> None:
        """What comes in comes by the door. Parts that wait in vain are looked after."""
        ledger = self._tools.ledger
        if ledger is None:
            return
        self._assembly = Assembly(
            self.name,
            host,
            ledger,
            self._tools.clock,
            sms.read_part,
            timeout=self._settings.concatenation_timeout,
            memory=_MEMORY,
            answered=self._answered,
        )
        self._watch = asyncio.create_task(self._assembly.watch())

    async def close(self) -> None:
        """Connections are the server's."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch

    async def assemble(self, part: MessagePart) -> Intake | None:
        """Takes a part of a message in. Raises HostUnavailable."""
        if self._assembly is None:
            raise HostUnavailable("it was not started")
        return await self._assembly.take(part)

    # In

    def verify(self, request: Request) -> bool:
        """A token, or of the SMS API's hooks a signature among the parameters."""
        secret, now = self._credentials.signature_secret, self._tools.clock()
        if "authorization" in request.headers:
            return tokens.verify(request, secret, self._own, now)
        if request.path not in _MESSAGES:
            return False
        try:
            params = _params(request)
        except Malformed:
            return False
        return signature.verify(secret, params, self._settings.signature_method, now)

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        match request.path:
            case "Message" if self._is_by_messages(request):
                return [messages.message(request.json(messages.Hook), self.name, self._answered)]
            case "Message":
                now = self._tools.clock()
                return [sms.message(_params(request), self.name, self._answered, now)]
            case "Status" if self._is_by_messages(request):
                return messages.receipt(request.json(messages.Hook), self.name)
            case "Status":
                return sms.receipt(_params(request), self.name)
            case "Call":
                return [calls.call(_params(request), self.name, self._door)]
            case "Call/Leg":
                return calls.leg(_params(request), request.query, self.name)
            case "Call/Next" | "Call/Recorded":
                return [calls.turn(request, self.name)]
            case "Call/Status":
                return calls.ended(_params(request), self.name)
            case "Call/Placed":
                return calls.asks(_params(request), request.query, self.name)
            case "Call/Placed/Status":
                return calls.became(_params(request), request.query, self.name)
            case "Call/Whisper":
                return []
        raise LookupError(request.path)

    def acknowledge(self, request: Request) -> Answer:
        """Nothing, or what somebody hears who is called."""
        if request.path == "Call/Whisper":
            whisper = self._tools.whisper
            if whisper is None:
                return _NOTHING
            return Answer(msgspec.json.encode(ncco.plain(whisper)), JSON)
        if request.path == "Call/Placed":
            # Somebody else says what it does: while it waits for who answered, or was too late.
            later = ask_at(self._door, required(request.query, "Call"), **{calls.LATE: "1"})
            held = ncco.held(calls.wait_of(request.query), later)
            return Answer(msgspec.json.encode(held), JSON)
        return _TAKEN

    def named(self, request: Request) -> tuple[str, str] | None:
        """The call of an address of one that we place, and the one that is told of, if it is."""
        theirs = ""
        if request.path in _PLACED:
            theirs = calls.uuid_of(_params(request))
        return (required(request.query, "Call"), theirs) if theirs else None

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """A document."""
        return Answer(msgspec.json.encode(await self._actions(answer)), JSON)

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        """The same. What comes after a recording takes the place of the document by a request of
        ours; a call that is over by then can't go on."""
        actions = await self._actions(answer)
        if request.path != "Call/Recorded":
            return Answer(msgspec.json.encode(actions), JSON)
        try:
            await self._replace(answer.call_id, actions)
        except ApiRefused as refused:
            log.info("a call at %s did not go on after its recording: %s", self.name, refused)
        return _TAKEN

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """The same. Where it was told who answered, the call waits, and its document takes the
        place of that by a request of ours."""
        actions = await self._actions(answer)
        if request.path == "Call/Placed":
            return Answer(msgspec.json.encode(actions), JSON)
        try:
            await self._replace(calls.uuid_of(_params(request)), actions)
        except ApiMissing as over:
            log.info("a call at %s was over before its document: %s", self.name, over)
        except ApiRefused as refused:
            # It is told again.
            raise HostUnavailable(str(refused)) from None
        return _TAKEN

    async def _replace(self, provider_id: str | None, actions: list[ncco.Action]) -> None:
        """Has a live call do something else. Raises ApiRefused, and ApiMissing for a call that is
        not there."""
        asked: dict[str, Any] = {"action": "hangup"}
        if actions:
            asked = {"action": "transfer", "destination": {"type": "ncco", "ncco": actions}}
        await self._api.ask("PUT", self._call_url(provider_id), asked)

    def _call_url(self, provider_id: str | None) -> str:
        return f"{self._settings.api_url}/v1/calls/{quote(named(provider_id), safe='')}"

    async def _actions(self, answer: CallAnswer) -> list[ncco.Action]:
        answer = await prepared(answer, self._tools, ncco.VERBS, self.name, "in-progress")
        return ncco.actions(answer, self._door, whisper=self._tools.whisper is not None)

    def _is_by_messages(self, request: Request) -> bool:
        """The SMS API signs its hooks by a parameter, the Messages API by a token."""
        return "authorization" in request.headers and request.content_type == JSON

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """Calls need the application."""
        return placing.OPTIONS if self._has_application else None

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody."""
        if not placing.can_be_keyed(call.send_digits):
            return Refused(outcomes.WRONG_KEYS, retry=False)
        url = f"{self._settings.api_url}/v1/calls"
        try:
            return placing.outcome(await self._api.post(url, placing.fields_of(call, self._door)))
        except HttpFailure as failure:
            return outcomes.lost(failure)

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Hangs up. Vonage does so whether somebody answered or not: it is looked at before."""
        try:
            found = None if answered else await self.look(call_sid, provider_id)
        except ApiMissing:
            return False
        if found is not None and found.status == CallStatus.IN_PROGRESS:
            return True
        return await is_done(self._replace(provider_id, []))

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has it ask at our door, by an action that does so with a signature."""
        asks = [ncco.notify(ask_at(self._door, call_sid))]
        return await is_done(self._replace(provider_id, asks))

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it."""
        record = await self._api.ask("GET", self._call_url(provider_id))
        return calls.standing(call_sid, record, self.name, provider_id)

    # Media

    def keeps(self, url: str) -> bool:
        """Whether it lies at the API, in whatever region."""
        if not self._has_application:
            return False
        return url.startswith(f"{self._settings.api_url}/") or bool(_REGIONS.match(url))

    async def fetch(self, url: str) -> Medium:
        """Gets one."""
        return await self._api.medium(url, self.keeps)

    # The account

    def hooks(self) -> Mapping[str, str]:
        """Numbers are on an application, if there is one, and have no address of their own that
        goes before its or the account's."""
        wanted = {"moHttpUrl": ""}
        if self._has_application:
            wanted["app_id"] = self._settings.application_id
        return wanted

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of them, page by page."""
        found: list[OwnedNumber] = []
        index = 1
        while True:
            url = f"{self._settings.rest_url}/account/numbers?index={index}&size={_PAGE}"
            page = await self._rest.ask("GET", url)
            rows = page.get("numbers") or []
            found += [_owned(one) for one in rows]
            if len(rows) < _PAGE:
                return found
            index += 1

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Puts a number on another application."""
        country, _, msisdn = provider_id.partition(".")
        fields = {"country": country, "msisdn": msisdn, **hooks}
        await self._rest.submit(f"{self._settings.rest_url}/number/update", fields)

    async def check(self) -> str:
        """The account's balance."""
        page = await self._rest.ask("GET", f"{self._settings.rest_url}/account/get-balance")
        return f"balance {page.get('value', 'unknown')} EUR"

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call."""
        if not self._has_application:
            raise ApiRefused("application_id must be set to call somebody")
        fields = placing.parties(sender, recipient) | {"ncco": ncco.plain(response)}
        made = await self._api.ask("POST", f"{self._settings.api_url}/v1/calls", fields)
        return str(made.get("uuid") or "")


def _params(request: Request) -> dict[str, str]:
    """A hook's parameters: in its query, its form or its JSON, as the account has it. Raises
    Malformed."""
    if request.method != "POST":
        params = request.query
    elif request.content_type == JSON:
        return sms.scalars(request.json())
    else:
        params = request.form
    return {name: text(params, name) for name in params}


def _owned(one: Mapping[str, Any]) -> OwnedNumber:
    digits = str(one["msisdn"])
    features = one.get("features") or []
    return OwnedNumber(
        provider_id=f"{one.get('country', '')}.{digits}",
        number=with_plus(digits),
        friendly_name="",
        sms="SMS" in features,
        mms="MMS" in features,
        voice="VOICE" in features,
        hooks={name: str(one.get(name) or "") for name in ("app_id", "moHttpUrl")},
    )
