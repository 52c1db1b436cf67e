"""The carriers' own doors: `/carriers/{name}/…`, each handed to its adapter."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from maskline.carriers.calling import Led, Unaddressed
from maskline.carriers.contract import (
    Assembles,
    Challenges,
    Host,
    HostUnavailable,
    Inbound,
    Media,
    MediumGone,
    Scripts,
    Turns,
    Webhooks,
)
from maskline.carriers.request import Answer, Malformed, Request
from maskline.gateway.documents import Documents
from maskline.gateway.doors import Door, refusal
from maskline.gateway.hosts import Receive, Scope
from maskline.gateway.media import MediaDesk
from maskline.gateway.ranges import ranged
from maskline.gateway.recordings import Recordings
from maskline.model.clock import SECOND, Clock
from maskline.model.errors import Fault
from maskline.model.http import HttpFailure
from maskline.model.meter import Meter
from maskline.model.parts import MessagePart
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    DocumentWanted,
    InboundCall,
    InboundMessage,
    Intake,
    LegReport,
    Told,
)
from maskline.numbers.e164 import mask
from maskline.store.contract import StoreUnavailable

log = logging.getLogger(__name__)

PREFIX: Final = "/carriers/"
_MEDIA: Final = "media/"
_NOTHING: Final[Sequence[Inbound]] = ()
#: A tuple, since each message is held against it: a union takes three times as long.
_TEXTS: Final = (InboundMessage, MessagePart)
#: How long (ms) nothing more is said of a carrier's requests that are not signed.
_QUIET: Final = 10 * SECOND

#: Told of each request that a carrier made: the status of the answer, and what it said.
Journal = Callable[[Webhooks, Request, int, Sequence[Inbound]], None]


class CarrierDoor(Door):
    """Verifies a request, has what it says stored, and answers it. `carriers` is looked up each
    time, since accounts come and go."""

    def __init__(
        self,
        host: Host,
        carriers: Mapping[str, Webhooks],
        media: MediaDesk,
        public_url: str | None,
        max_body_bytes: int,
        clock: Clock,
        new_id: Callable[[], str],
        meter: Meter,
        journal: Journal | None = None,
        scripts: Scripts | None = None,
        documents: Documents | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        super().__init__(public_url, max_body_bytes, new_id, meter)
        self._host = host
        self._carriers = carriers
        self._media = media
        self._clock = clock
        self._journal = journal
        self._scripts = scripts
        self._documents = documents
        self._recordings = recordings
        self._quiet: dict[str, int] = {}

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The carrier's answer."""
        name, _, path = scope["path"][len(PREFIX) :].partition("/")
        carrier = self._carriers.get(name)
        if carrier is None:
            raise Fault(20404)
        if path.startswith(_MEDIA):
            return await self._medium(carrier, path.removeprefix(_MEDIA), scope)
        request = await self.request(scope, receive, path.strip("/"))
        if not carrier.verify(request):
            self._tell(name)
            if isinstance(carrier, Challenges):
                return _challenged(carrier.challenge)
            raise Fault(80625)
        status, inbound = 500, _NOTHING
        try:
            inbound = await self._said(carrier, request)
            answer = await self._take(carrier, request, inbound)
            status = answer.status
        except (Fault, Malformed, LookupError, HostUnavailable, StoreUnavailable) as error:
            status = _status(error)
            raise
        finally:
            if self._journal is not None:
                self._journal(carrier, request, status, inbound)
        return answer

    async def replay(self, name: str, request: Request) -> str:
        """Takes in once more what was verified when it came; what became of it, in a word. Raises
        Fault: a call has been over for long."""
        carrier = self._carriers.get(name)
        if carrier is None:
            raise Fault(20404, "the carrier is not there any more")
        try:
            inbound = await self._said(carrier, request)
        except (Malformed, LookupError):
            raise Fault(20001, "the request can't be read") from None
        if any(isinstance(one, InboundCall | CallTurn | DocumentWanted) for one in inbound):
            raise Fault(20001, "a call can't be taken in once more")
        outcome = "taken" if inbound else "nothing to take in"
        for one in inbound:
            if isinstance(one, InboundMessage):
                outcome = (await self._host.message(one)).value
            elif isinstance(one, MessagePart):
                intake = await self._assembled(carrier, one)
                outcome = "waits for the other parts" if intake is None else intake.value
        await self._take_all(carrier, [one for one in inbound if not isinstance(one, _TEXTS)])
        return outcome

    async def _said(self, carrier: Webhooks, request: Request) -> Sequence[Inbound]:
        """What a request says, in our own names and addresses of files. Raises Malformed and
        LookupError."""
        inbound = carrier.read(request)
        if request.query_string and isinstance(carrier, Unaddressed):
            named = carrier.named(request)
            if named is not None and self._documents is not None:
                await self._documents.check(*named)
        if self._recordings is not None:
            inbound = await self._recordings.noted(carrier, inbound)
        return self._media.covered(carrier, inbound)

    async def _take(
        self, carrier: Webhooks, request: Request, inbound: Sequence[Inbound]
    ) -> Answer:
        if len(inbound) == 1 and isinstance(inbound[0], _TEXTS):
            message = inbound[0]
            intake: Intake | None
            if isinstance(message, InboundMessage):
                intake = await self._host.message(message)
            else:
                intake = await self._assembled(carrier, message)
            if intake is Intake.UNKNOWN_NUMBER:
                raise Fault(20404, f"no number {mask(message.number)} is reached by this carrier")
            return carrier.acknowledge(request)
        call = await self._take_all(carrier, inbound)
        if isinstance(call, CallTurn):
            return await self._go_on(carrier, request, call)
        if call is None:
            return await self._lead(carrier, request, inbound)
        answer = await self._host.call(call)
        if answer is None:
            raise Fault(20404, f"no number {mask(call.number)} is reached by this carrier")
        return await carrier.instruct(request, call, answer)

    async def _go_on(self, carrier: Webhooks, request: Request, turn: CallTurn) -> Answer:
        """The answer to a call that asks what comes next. Raises LookupError."""
        if self._scripts is None or not isinstance(carrier, Turns):
            raise LookupError("no scripts are kept")
        answer = await self._scripts.turn(turn)
        if answer is None:
            return carrier.acknowledge(request)
        return await carrier.go_on(request, turn, answer)

    async def _assembled(self, carrier: Webhooks, part: MessagePart) -> Intake | None:
        assert isinstance(carrier, Assembles)
        return await carrier.assemble(part)

    async def _lead(
        self, carrier: Webhooks, request: Request, inbound: Sequence[Inbound]
    ) -> Answer:
        """The document that is wanted, if one is."""
        for one in inbound:
            if (
                isinstance(one, DocumentWanted)
                and isinstance(carrier, Led)
                and self._documents is not None
                and await self._documents.is_to_be_told(one)
            ):
                return await carrier.lead(request, await self._documents.wanted(one))
        return carrier.acknowledge(request)

    async def _take_all(
        self, carrier: Webhooks, inbound: Sequence[Inbound]
    ) -> InboundCall | CallTurn | None:
        """All but the call that comes in, or asks what comes next, which is returned."""
        call: InboundCall | CallTurn | None = None
        reports: list[LegReport] = []
        events: list[CallEvent] = []
        told: list[Told] = []
        for one in inbound:
            match one:
                case InboundMessage():
                    await self._host.message(one)
                case MessagePart():
                    await self._assembled(carrier, one)
                case LegReport():
                    reports.append(one)
                case CallEvent():
                    events.append(one)
                case InboundCall() | CallTurn():
                    call = one
                case Told():
                    told.append(one)
                case DocumentWanted():
                    # It is fetched when all else is stored.
                    pass
        if reports:
            await self._host.receipts(reports)
        if events:
            await self._host.call_events(events)
        if self._documents is not None:
            for one_told in told:
                self._documents.told(one_told)
        return call

    async def _medium(self, carrier: Webhooks, ticket: str, scope: Scope) -> Answer:
        """A file of a message, or a part of it, for whoever was given its address."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            raise Fault(20004)
        url = self._media.url_of(carrier.name, ticket)
        if url is None or not isinstance(carrier, Media):
            raise Fault(20404)
        try:
            medium = await carrier.fetch(url)
        except (MediumGone, HttpFailure) as error:
            log.info("a medium of %s was not fetched: %s", carrier.name, error)
            raise Fault(20404) from None
        headers = {} if method == "HEAD" else dict(scope["headers"])
        wanted, condition = (headers.get(name) for name in (b"range", b"if-range"))
        return ranged(
            self._media.answer(medium),
            None if wanted is None else wanted.decode("latin-1"),
            None if condition is None else condition.decode("latin-1"),
        )

    def _tell(self, name: str) -> None:
        now = self._clock()
        if self._quiet.get(name, 0) <= now:
            self._quiet[name] = now + _QUIET
            log.warning(
                "a request at /carriers/%s is not signed as it must be: either it is not the "
                "carrier's, or the credentials or public_url are wrong",
                name,
            )


def _challenged(challenge: str) -> Answer:
    """The answer to a request without credentials, or with others."""
    headers = (("www-authenticate", challenge),)
    return msgspec.structs.replace(refusal(Fault(80625)), status=401, headers=headers)


def _status(error: Exception) -> int:
    match error:
        case Fault():
            return error.status
        case Malformed():
            return 400
        case HostUnavailable() | StoreUnavailable():
            return 503
    return 404
