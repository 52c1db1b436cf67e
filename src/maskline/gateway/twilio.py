"""The door for carriers that speak as Twilio does to Proxy, and for live calls that a program hands
over.

`/webhooks/v1/Accounts/{AC}/Proxy/{KS}/Webhooks/Message`, `/Call`, and under the latter `/Leg` and
`/Done`, where the carrier reports on the calls that it was told to dial, `/Status`, where it tells
that a call is over, and `/Whisper`. What is signed with the account's own token is taken in under
the carrier's name `twilio`; what an account at a Twilio-shaped carrier signed, under its name.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from maskline.carriers.contract import CallAnswer, Host, Inbound, Webhooks
from maskline.carriers.request import Answer, Params, Request, text
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.carriers.twilio.documents import through
from maskline.carriers.twilio.webhooks import Reader
from maskline.gateway.documents import Documents
from maskline.gateway.doors import Door
from maskline.gateway.hosts import Receive, Scope
from maskline.gateway.media import MediaDesk
from maskline.gateway.unsigned import Unsigned
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.meter import Meter
from maskline.model.signature import verify
from maskline.model.traffic import (
    CallEvent,
    DocumentWanted,
    InboundCall,
    InboundMessage,
    Intake,
    Told,
)
from maskline.numbers.e164 import mask
from maskline.voice.instructions import Hangup, Response
from maskline.voice.twiml import render

CARRIER: Final = "twilio"
PREFIX: Final = "/webhooks/v1/"

_PATH: Final = re.compile(
    r"/webhooks/v1/Accounts/(AC[0-9a-fA-F]{32})/Proxy/(KS[0-9a-fA-F]{32})/Webhooks/"
    r"(Message|Call|Call/Leg|Call/Done|Call/Status|Call/Whisper|Call/Next|Call/Told)/?"
)
_EMPTY: Final = Answer(render(Response()).encode())
_HANGUP: Final = Answer(render(Response((Hangup(),))).encode())


class TokenSource(Protocol):
    """Where auth tokens come from."""

    async def token(self, account_sid: str) -> str | None:
        """The account's token; null when there is no such account."""


class TwilioDoor(Door):
    """Takes in what such a carrier posts. Every request must be signed with the account's token,
    or by one of `carriers`."""

    def __init__(
        self,
        host: Host,
        tokens: TokenSource,
        public_url: str | None,
        max_body_bytes: int,
        on_unsigned: Callable[[Unsigned], Awaitable[None]],
        new_id: Callable[[], str],
        meter: Meter | None = None,
        carriers: Mapping[str, Webhooks] | None = None,
        media: MediaDesk | None = None,
        whisper: Response | None = None,
        documents: Documents | None = None,
    ) -> None:
        super().__init__(public_url, max_body_bytes, new_id, meter or Meter())
        self._host = host
        self._on_unsigned = on_unsigned
        self._tokens = tokens
        self._carriers = carriers or {}
        self._media = media
        self._documents = documents
        self._whisper = Answer(render(whisper or Response()).encode())

    async def refused(self, fault: Fault, request_id: str) -> None:
        """The account is told of a request that is not signed."""
        if isinstance(fault, Unsigned):
            fault.request_id = request_id
            await self._on_unsigned(fault)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """TwiML."""
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            raise Fault(20404)
        if scope["method"] != "POST":
            raise Fault(20004)
        account_sid, service_sid, what = found.groups()
        request = await self.request(scope, receive, what)
        if request.body and request.content_type != "application/x-www-form-urlencoded":
            raise Fault(20415)
        params = request.form
        token = await self._tokens.token(account_sid)
        if token is None:
            raise Fault(80625)
        name, answered = CARRIER, False
        carrier: TwilioShaped | None = None
        speaks_for: str | None = account_sid
        if not _is_signed(token, request, params):
            carrier = self._signer(request)
            if carrier is None:
                exchange = _exchange(request, params)
                raise Unsigned(account_sid, service_sid, exchange)
            # It speaks for its own numbers, whatever account's door it comes to.
            name, speaks_for = carrier.name, None
            answered = carrier.capabilities.opt_outs != "none"
        reader = Reader(name, speaks_for, service_sid, answered=answered)
        inbound: Sequence[Inbound] = reader.read(request)
        if self._media is not None and what == "Message" and name in self._carriers:
            inbound = self._media.covered(self._carriers[name], inbound)
        for one in inbound:
            match one:
                case InboundMessage():
                    if await self._host.message(one) is Intake.UNKNOWN_NUMBER:
                        raise Fault(20404, f"no account owns {mask(one.number)}")
                case InboundCall():
                    call = await self._host.call(one)
                    if call is None:
                        raise Fault(20404, f"no account owns {mask(one.number)}")
                    return self._led(carrier, account_sid, service_sid, call)
                case CallEvent():
                    await self._host.call_events([one])
                case Told():
                    if self._documents is not None:
                        self._documents.told(one)
                case DocumentWanted():
                    if self._documents is not None:
                        document = await self._documents.wanted(one)
                        return self._led(carrier, account_sid, service_sid, document)
        if what == "Call/Whisper":
            return self._whisper
        return _HANGUP if what == "Call/Done" else _EMPTY

    def _led(
        self,
        carrier: TwilioShaped | None,
        account_sid: str,
        service_sid: str,
        answer: CallAnswer,
    ) -> Answer:
        """A document whose addresses are those of a door of ours: the carrier's own, or this one
        for a program's own carrier, which signs with the account's token."""
        if carrier is not None:
            return carrier.document(answer)
        response = answer.response
        if self._documents is not None:
            response = through(answer, self._documents.door(account_sid, service_sid))
        return Answer(render(response).encode())

    def _signer(self, request: Request) -> TwilioShaped | None:
        """The account at a carrier that signed a request: one whose numbers were pointed here."""
        for carrier in self._carriers.values():
            if isinstance(carrier, TwilioShaped) and carrier.verify(request):
                return carrier
        return None


def _is_signed(token: str, request: Request, params: Params) -> bool:
    signature = request.headers.get("x-twilio-signature", "")
    body = request.body
    return any(verify(token, url, params, signature, raw=body) for url in request.urls)


def _exchange(request: Request, params: Params) -> Exchange:
    """The request that was refused, for the debugger."""
    return Exchange(
        method="POST",
        url=request.urls[0],
        request_headers=request.headers,
        parameters=[(name, text(params, name)) for name in params],
        status=403,
    )
