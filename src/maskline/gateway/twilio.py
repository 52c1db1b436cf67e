"""The door for Twilio-shaped carriers, and for live calls that a program hands over.

`/webhooks/v1/Accounts/{AC}/Proxy/{KS}/Webhooks/Message`, `/Call`, and under the latter `/Leg` and
`/Done`, where the carrier reports on the calls that it was told to dial. It stands in front of the
framework because every message of such a carrier passes it: bare ASGI costs it 18 µs less.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Final, Protocol

import msgspec
from falcon.util.uri import parse_query_string

from maskline.carriers.contract import Host, HostUnavailable
from maskline.gateway.hosts import Receive, Scope, Send
from maskline.gateway.unsigned import Unsigned
from maskline.model.call import CallStatus
from maskline.model.errors import MORE_INFO, Fault
from maskline.model.exchange import Exchange
from maskline.model.meter import Meter, status_class
from maskline.model.request_id import accepted
from maskline.model.traffic import Adopted, CallEvent, InboundCall, InboundMessage, Intake
from maskline.numbers.e164 import mask
from maskline.store.contract import StoreUnavailable
from maskline.voice.instructions import Hangup, Response
from maskline.voice.twiml import render

log = logging.getLogger(__name__)

Params = Mapping[str, str | list[str]]

#: Given token, URL, form, signature and the form as it came: whether they belong together.
Verify = Callable[[str, str, Params, str, bytes], bool]

CARRIER: Final = "twilio"
#: What the meter calls the door.
_PRODUCT: Final = "carriers"
PREFIX: Final = "/webhooks/v1/"

_PATH: Final = re.compile(
    r"/webhooks/v1/Accounts/(AC[0-9a-fA-F]{32})/Proxy/(KS[0-9a-fA-F]{32})/Webhooks/"
    r"(Message|Call|Call/Leg|Call/Done)/?"
)
_EMPTY: Final = render(Response()).encode()
_HANGUP: Final = render(Response((Hangup(),))).encode()

#: A call's states as carriers of this shape tell them, where ours differ.
_STATES: Final = {"answered": CallStatus.IN_PROGRESS.value, "queued": CallStatus.INITIATED.value}
_KNOWN: Final = frozenset(status.value for status in CallStatus)


#: What a program is told of a call that it handed to us, beside whose it is.
_DETAILS: Final = frozenset(
    {
        "CallStatus",
        "Confidence",
        "DialCallDuration",
        "DialCallSid",
        "DialCallStatus",
        "Digits",
        "FinishedOnKey",
        "ForwardedFrom",
        "RecordingDuration",
        "RecordingSid",
        "RecordingUrl",
        "SpeechResult",
        "StirVerstat",
        "msg",
    }
)


class TokenSource(Protocol):
    """Where auth tokens come from."""

    async def token(self, account_sid: str) -> str | None:
        """The account's token; null when there is no such account."""


class TwilioDoor:
    """Takes in what such a carrier posts. Every request must be signed with the account's token."""

    def __init__(
        self,
        host: Host,
        tokens: TokenSource,
        verify: Verify,
        public_url: str | None,
        max_body_bytes: int,
        on_unsigned: Callable[[Unsigned], Awaitable[None]],
        new_id: Callable[[], str],
        meter: Meter | None = None,
    ) -> None:
        self._host = host
        self._new_id = new_id
        self._on_unsigned = on_unsigned
        self._meter = meter or Meter()
        self._tokens = tokens
        self._verify = verify
        self._public_url = public_url
        self._max_body = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        began = perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        name = (given and accepted(given.decode("latin-1"))) or self._new_id()
        status = 200
        try:
            answer = await self._answer(scope, headers, receive)
        except Fault as fault:
            status = fault.status
            await _send(send, name, status, *_error(fault.code, fault.message, fault.status))
            if isinstance(fault, Unsigned):
                # Only now, so that the time it takes tells nobody which accounts there are.
                fault.request_id = name
                await self._on_unsigned(fault)
        except (HostUnavailable, StoreUnavailable):
            # The token by which the request is verified is in the store as well.
            status = 503
            log.warning("request %s: the store is unavailable", name, extra={"request_id": name})
            body = _error(20503, "Nothing was stored: send it again", 503)
            await _send(send, name, 503, *body, retry_after=True)
        except Exception as error:
            status = 500
            what = type(error).__name__
            log.error("request %s of a carrier failed: %s", name, what, extra={"request_id": name})
            await _send(send, name, 500, *_error(20500, "An internal error occurred", 500))
        else:
            await _send(send, name, 200, answer, b"text/xml; charset=utf-8")
        finally:
            method = "POST" if scope["method"] == "POST" else "other"
            seconds = perf_counter() - began
            self._meter.requests[_PRODUCT, method, status_class(status)] += 1
            self._meter.request_seconds[_PRODUCT,].add(seconds)
            if log.isEnabledFor(logging.DEBUG):
                log.debug(
                    "request %s: %s by a carrier %d in %.1f ms",
                    name,
                    method,
                    status,
                    seconds * 1000,
                    extra={"request_id": name},
                )

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> bytes:
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            raise Fault(20404)
        if scope["method"] != "POST":
            raise Fault(20004)
        account_sid, service_sid, what = found.groups()
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        body = await self._read(headers, receive)
        if body and kind != b"application/x-www-form-urlencoded":
            raise Fault(20415)
        try:
            params: Params = parse_query_string(body.decode("ascii"), keep_blank=True, csv=False)
        except UnicodeDecodeError:
            raise Fault(20001, "the form is not URL-encoded") from None
        signature = headers.get(b"x-twilio-signature", b"").decode("latin-1")
        token = await self._tokens.token(account_sid)
        if token is None:
            raise Fault(80625)
        urls = self._urls(scope, headers)
        if not any(self._verify(token, url, params, signature, body) for url in urls):
            raise Unsigned(account_sid, service_sid, _exchange(urls[0], headers, params))
        if what == "Message":
            return await self._message(params, account_sid)
        if what == "Call":
            return await self._call(params, account_sid, service_sid)
        query = parse_query_string(scope["query_string"].decode("latin-1"))
        return await self._leg(params, account_sid, query, done=what == "Call/Done")

    async def _message(self, params: Params, account_sid: str) -> bytes:
        count = _text(params, "NumMedia")
        media = tuple(
            (_text(params, f"MediaUrl{i}"), _text(params, f"MediaContentType{i}"))
            for i in range(min(int(count), 10) if count.isdigit() else 0)
        )
        intake = await self._host.message(
            InboundMessage(
                carrier=CARRIER,
                provider_id=_required(params, "MessageSid"),
                sender=_required(params, "From"),
                number=_required(params, "To"),
                body=_text(params, "Body"),
                media=media,
                account_sid=account_sid,
            )
        )
        if intake is Intake.UNKNOWN_NUMBER:
            raise Fault(20404, f"no account owns {mask(_text(params, 'To'))}")
        return _EMPTY

    async def _call(self, params: Params, account_sid: str, service_sid: str) -> bytes:
        answer = await self._host.call(
            InboundCall(
                carrier=CARRIER,
                provider_id=_required(params, "CallSid"),
                # Callers may withhold their number, in whatever way.
                caller=_text(params, "From")[:255],
                number=_required(params, "To"),
                account_sid=account_sid,
                service_sid=service_sid,
                details=tuple((name, _text(params, name)) for name in params if name in _DETAILS),
            )
        )
        if answer is None:
            raise Fault(20404, f"no account owns {mask(_text(params, 'To'))}")
        return render(answer.response).encode()

    async def _leg(self, params: Params, account_sid: str, query: Params, *, done: bool) -> bytes:
        """A report on a leg that was dialled, or that its Dial is over. A leg that a program's own
        document dialled is named by the call that it was dialled for."""
        prefix = "Dial" if done else ""
        status = _text(params, f"{prefix}CallStatus")
        status = _STATES.get(status, status)
        if done and status == CallStatus.IN_PROGRESS:
            status = CallStatus.COMPLETED.value
        if status not in _KNOWN:
            raise Fault(20001, f"{prefix}CallStatus is not known")
        duration = _text(params, f"{prefix}CallDuration")
        parent_sid = _text(query, "Parent")
        adopted = None
        if parent_sid:
            numbers = [_text(params, name)[:255].replace("\0", "") for name in ("From", "To")]
            adopted = Adopted(parent_sid, *numbers)
        await self._host.call_events(
            [
                CallEvent(
                    call_sid=_text(query, "CallLeg"),
                    status=status,
                    provider_id=_text(params, f"{prefix}CallSid") or None,
                    duration=int(duration) if duration.isdigit() else None,
                    with_parent=done or status == CallStatus.IN_PROGRESS,
                    account_sid=account_sid,
                    adopted=adopted,
                )
            ]
        )
        return _HANGUP if done else _EMPTY

    def _urls(self, scope: Scope, headers: Mapping[bytes, bytes]) -> list[str]:
        """The addresses that the carrier may have signed: the public one, and the one it called."""
        query = scope["query_string"].decode("latin-1")
        tail = f"?{query}" if query else ""
        path = scope.get("maskline.path", scope["path"])
        called = f"{scope['scheme']}://{headers.get(b'host', b'').decode('latin-1')}{path}{tail}"
        if self._public_url is None:
            return [called]
        return [f"{self._public_url}{scope['path']}{tail}", called]

    async def _read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._max_body:
            raise Fault(20413)
        body = bytearray()
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise Fault(20001, "the request ended early")
            body += event.get("body", b"")
            if len(body) > self._max_body:
                raise Fault(20413)
            if not event.get("more_body"):
                return bytes(body)


def _exchange(url: str, headers: Mapping[bytes, bytes], params: Params) -> Exchange:
    """The request that was refused, for the debugger."""
    return Exchange(
        method="POST",
        url=url,
        request_headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()
        },
        parameters=[(name, _text(params, name)) for name in params],
        status=403,
    )


def _text(params: Params, name: str) -> str:
    """A text without the zero character, which no carrier means and no database keeps."""
    return _sent(params, name).replace("\0", "")


def _sent(params: Params, name: str) -> str:
    value = params.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _required(params: Params, name: str) -> str:
    value = _sent(params, name)
    if not value or len(value) > 255 or "\0" in value:
        raise Fault(20001, f"{name} is required")
    return value


def _error(code: int, message: str, status: int) -> tuple[bytes, bytes]:
    more = f"{MORE_INFO}{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return msgspec.json.encode(body), b"application/json"


async def _send(
    send: Send,
    name: str,
    status: int,
    body: bytes,
    content_type: bytes,
    *,
    retry_after: bool = False,
) -> None:
    headers: Sequence[tuple[bytes, bytes]] = [
        (b"twilio-request-id", name.encode()),
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
    ]
    if retry_after:
        headers = [*headers, (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
