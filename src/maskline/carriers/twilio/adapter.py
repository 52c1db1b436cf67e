"""Adapters of Twilio-shaped carriers: all that an account there does for us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import (
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
from maskline.carriers.placed import is_done, named
from maskline.carriers.redaction import Secrets
from maskline.carriers.request import Answer, Malformed, Params, Request, whole
from maskline.carriers.twilio.api import Api, Doubt, settled
from maskline.carriers.twilio.documents import through
from maskline.carriers.twilio.placing import fields_of
from maskline.carriers.twilio.webhooks import Reader, state_of
from maskline.model.placed_call import CALL_OPTIONS
from maskline.model.signature import verify
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    InboundCall,
    OutboundCall,
    OutboundMessage,
    Refused,
    SendResult,
    Unclear,
)
from maskline.voice.instructions import FEATURES, Hangup, Response
from maskline.voice.twiml import render

_EMPTY: Final = Answer(render(Response()).encode())
_HANGUP: Final = Answer(render(Response((Hangup(),))).encode())

#: How many messages of doubtful fate are remembered, and how many are looked through for one.
_MOST_DOUBTS: Final = 10_000
_LOOK_BACK: Final = 20
#: The carrier's clock and ours may differ by so much (ms).
_SKEW: Final = 30_000

#: Fields of an IncomingPhoneNumber that say where its traffic goes. A trunk goes before an
#: application, an application before a URL.
_HOOKS: Final = (
    "SmsUrl",
    "SmsMethod",
    "SmsFallbackUrl",
    "SmsFallbackMethod",
    "SmsApplicationSid",
    "VoiceUrl",
    "VoiceMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "VoiceApplicationSid",
    "TrunkSid",
    "StatusCallback",
    "StatusCallbackMethod",
)

#: The instructions that such carriers carry out: they were made for them.
VERBS: Final = FEATURES | {"Dial.answerOnBridge"}


class Shape(msgspec.Struct, frozen=True):
    """In what two carriers of this shape differ. `headers` may have the signature; `keys` are what
    it may be made with."""

    headers: tuple[str, ...]
    keys: tuple[str, ...]
    capabilities: Capabilities


class TwilioShaped:
    """One account."""

    def __init__(self, name: str, api: Api, shape: Shape, tools: Tools) -> None:
        self.name = name
        self.capabilities = shape.capabilities
        self.secrets = Secrets(headers=frozenset(shape.headers))
        self._api = api
        self._shape = shape
        self._tools = tools
        self._door = tools.door
        answered = shape.capabilities.opt_outs != "none"
        self._reader = Reader(name, doors=f"{tools.door}/Call", answered=answered)
        #: When messages were first handed over whose fate is not known (ms), by reference.
        self._doubts: dict[str, int] = {}

    # Out

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. The API has no idempotency keys: one that may have arrived is
        looked for before it is sent again."""
        since = self._doubts.get(message.reference, message.since)
        if since is not None:
            try:
                found = await self._find(message, since)
            except (ApiRefused, HostUnavailable):
                return Refused(20503, retry=True)
            if found is not None:
                self._doubts.pop(message.reference, None)
                return Accepted(found, found=True)
        now = self._tools.clock()
        outcome = await self._api.send(self._fields(message))
        if isinstance(outcome, Doubt):
            self._doubts.setdefault(message.reference, now)
            if len(self._doubts) > _MOST_DOUBTS:
                del self._doubts[next(iter(self._doubts))]
        else:
            self._doubts.pop(message.reference, None)
        return settled(outcome)

    def _fields(self, message: OutboundMessage) -> list[tuple[str, str]]:
        fields = [("To", message.recipient), ("From", message.sender)]
        if message.body:
            fields.append(("Body", message.body))
        fields += [("MediaUrl", url) for url in message.media]
        fields.append(("StatusCallback", f"{self._door}/Status?Leg={message.reference}"))
        return fields

    async def _find(self, message: OutboundMessage, since: int) -> str | None:
        known = self._tools.known
        sent = await self._api.find_sent(message.sender, message.recipient, _LOOK_BACK)
        for one in sent:
            # What it was sent for is not told. The same text may have been sent before, but not by
            # this message where another has its id.
            sid = str(one.get("sid"))
            if (
                one.get("body") == message.body
                and one.get("status") not in ("failed", "canceled")
                and str(one.get("direction", "")).startswith("outbound")
                and _made(one) >= since - _SKEW
                and not (known is not None and await known(sid))
            ):
                return sid
        return None

    async def start(self, host: Host) -> None:
        """What comes in comes by the door."""

    async def close(self) -> None:
        """Connections are the server's."""

    # In

    def verify(self, request: Request) -> bool:
        """X-Twilio-Signature over any of our addresses."""
        signature = next(
            (found for name in self._shape.headers if (found := request.headers.get(name))), ""
        )
        try:
            form: Params | bytes = request.form if request.method == "POST" else {}
        except Malformed:
            form = request.body
        return any(
            verify(key, url, form, signature, raw=request.body)
            for key in self._shape.keys
            for url in request.urls
        )

    def read(self, request: Request) -> Sequence[Inbound]:
        """What it says."""
        return self._reader.read(request)

    def acknowledge(self, request: Request) -> Answer:
        """TwiML: nothing to do, or at the end of a Dial, to hang up."""
        if request.path == "Call/Whisper" and self._tools.whisper is not None:
            return Answer(render(self._tools.whisper).encode())
        return _HANGUP if request.path == "Call/Done" else _EMPTY

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """TwiML."""
        return self.document(answer)

    async def lead(self, request: Request, answer: CallAnswer) -> Answer:
        """TwiML."""
        return self.document(answer)

    def document(self, answer: CallAnswer) -> Answer:
        """TwiML, whose further documents are fetched from the door: where the carrier asks programs
        by itself, it asks as its own account, and shows a caller's number where a Dial names no
        other."""
        return Answer(render(through(answer, f"{self._door}/Call")).encode())

    # Calls

    @property
    def call_options(self) -> frozenset[str] | None:
        """All."""
        return CALL_OPTIONS

    async def place(self, call: OutboundCall) -> SendResult:
        """Calls somebody. The API has no idempotency keys: where no answer comes, nobody knows."""
        outcome = await self._api.call(fields_of(call, f"{self._door}/Call"))
        if not isinstance(outcome, Doubt):
            return outcome
        # After a 5xx the call may ring all the same.
        return Unclear()

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        """Ends a leg."""
        status = "completed" if answered else "canceled"
        return await is_done(self._change(provider_id, [("Status", status)]))

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        """Has it fetch its next document."""
        url = f"{self._door}/Call/Next?{urlencode({'Call': call_sid})}"
        return await is_done(self._change(provider_id, [("Url", url), ("Method", "POST")]))

    async def limit(self, call_sid: str, provider_id: str | None, seconds: int) -> bool:
        """Changes its time limit."""
        return await is_done(self._change(provider_id, [("TimeLimit", str(seconds))]))

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        """The API's record of it."""
        found = await self._api.get(f"/Calls/{named(provider_id)}.json")
        status, duration = state_of(str(found.get("status"))), str(found.get("duration") or "")
        if status is None:
            return None
        return CallEvent(call_sid, status, provider_id, whole(duration), carrier=self.name)

    async def _change(self, provider_id: str | None, fields: Sequence[tuple[str, str]]) -> None:
        """Raises ApiRefused, and ApiMissing for a call that is not there."""
        await self._api.post(f"/Calls/{named(provider_id)}.json", fields)

    # Media

    def keeps(self, url: str) -> bool:
        """Whether it lies at the API's host."""
        return self._api.is_own(url)

    async def fetch(self, url: str) -> Medium:
        """Gets one."""
        return await self._api.medium(url)

    async def forget(self, url: str) -> None:
        """Deletes one."""
        await self._api.delete(url)

    # The account

    def hooks(self) -> Mapping[str, str]:
        """All that comes to a number comes to the door; nothing goes before it."""
        blank = dict.fromkeys(_HOOKS, "")
        methods = {name: "POST" for name in _HOOKS if name.endswith("Method")}
        return {
            **blank,
            **methods,
            "SmsUrl": f"{self._door}/Message",
            "VoiceUrl": f"{self._door}/Call",
            "StatusCallback": f"{self._door}/Call/Status",
        }

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All of them, page by page."""
        found: list[OwnedNumber] = []
        path: str | None = "/IncomingPhoneNumbers.json?PageSize=1000"
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            page = await self._api.get(path)
            found += [_owned(one) for one in page.get("incoming_phone_numbers", [])]
            path = page.get("next_page_uri")
        return found

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Sets hooks of a number."""
        await self._api.post(f"/IncomingPhoneNumbers/{provider_id}.json", list(hooks.items()))

    async def check(self) -> str:
        """The account's name and state."""
        account = await self._api.get(".json")
        return f"{account.get('friendly_name', '')} ({account.get('status', 'unknown')})"

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Begins a call."""
        fields = [("To", recipient), ("From", sender), ("Twiml", render(response))]
        call = await self._api.post("/Calls.json", fields)
        return str(call.get("sid", ""))


def _made(message: Mapping[str, Any]) -> int:
    """When a message was made (ms); now and ever where the carrier does not say."""
    try:
        return int(parsedate_to_datetime(str(message.get("date_created"))).timestamp() * 1000)
    except ValueError:
        return 1 << 62


def _owned(one: Mapping[str, Any]) -> OwnedNumber:
    can = one.get("capabilities") or {}
    return OwnedNumber(
        provider_id=str(one["sid"]),
        number=str(one["phone_number"]),
        friendly_name=str(one.get("friendly_name") or ""),
        sms=_can(can, "sms"),
        mms=_can(can, "mms"),
        voice=_can(can, "voice"),
        hooks={name: str(one.get(_snake(name)) or "") for name in _HOOKS},
    )


def _can(capabilities: Mapping[str, Any], name: str) -> bool:
    return bool(capabilities.get(name) or capabilities.get(name.upper()))


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
