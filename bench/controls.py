"""The controls: the least that any server with the same parts must do.

The doors' control: same uvicorn, same compiled form parser, same signature check, and one row in
one durable group commit. The API's: the same Falcon with Basic authorization, a form and such a
row. The loop's: the HTTP calls of a relayed message, and no store. There are no rules in any, and
no error is handled.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import aiohttp
import falcon
import falcon.asgi
from falcon.util.uri import parse_query_string

from bench.ledger import Ledger, ledger
from bench.population import ACCOUNT_SID, SERVICE_SID, TOKEN
from bench.postgres_rows import PostgresLedger
from maskline.model.http import form
from maskline.model.signature import HEADER, sign, verify
from maskline.settings import DeliverySettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
_DIAL: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?><Response><Dial callerId="+12015558000" '
    b'answerOnBridge="true" timeout="30" action="http://127.0.0.1:8080/webhooks/v1/Accounts/'
    b"ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Proxy/KSbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Webhooks/Call/"
    b'Done?CallLeg=CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"><Number>+12025550000</Number></Dial>'
    b"</Response>"
)
_HEADERS: Final = (b"content-type", b"text/xml; charset=utf-8")

_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_SID: Final = "KI" + "c" * 32
_MESSAGE_URL: Final = f"http://127.0.0.1:8080/api/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/SM"
#: What the product tells of an interaction, with nothing looked up.
_CALLBACK: Final = (
    ("interactionSid", _SID),
    ("interactionSessionSid", "KC" + "c" * 32),
    ("interactionServiceSid", SERVICE_SID),
    ("interactionAccountSid", ACCOUNT_SID),
    ("interactionType", "Message"),
    ("interactionDateCreated", "2027-01-15T08:00:00Z"),
    ("interactionDateUpdated", "2027-01-15T08:00:00.000Z"),
    ("interactionNumMedia", "0"),
    ("inboundParticipantSid", "KP" + "c" * 32),
    ("inboundResourceSid", "SM" + "c" * 32),
    ("inboundResourceStatus", "received"),
    ("inboundResourceType", "message"),
    ("inboundResourceUrl", f"{_MESSAGE_URL}{'c' * 32}.json"),
    ("outboundParticipantSid", "KP" + "d" * 32),
    ("outboundResourceSid", "SM" + "d" * 32),
    ("outboundResourceType", "message"),
    ("outboundResourceUrl", f"{_MESSAGE_URL}{'d' * 32}.json"),
)
#: A session of the size that the product answers with.
SESSION: Final = b'{"sid":"KC%b","padding":"%b"}' % (b"c" * 32, b"x" * 1000)


class Answer:
    """The fixed XML that a message or a call is answered with."""

    def __init__(self, *, call: bool) -> None:
        answer = _DIAL if call else _EMPTY
        length = (b"content-length", str(len(answer)).encode())
        self._start = {"type": "http.response.start", "status": 200, "headers": [_HEADERS, length]}
        self._body = {"type": "http.response.body", "body": answer}

    async def __call__(self, send: Send) -> None:
        """Sends it."""
        await send(self._start)
        await send(self._body)


class DoorControl:
    """Reads a signed form, writes one row, answers with fixed XML."""

    def __init__(self, url: str, *, call: bool) -> None:
        self.ledger = ledger(url)
        self._reference = "CallSid" if call else "MessageSid"
        self._answer = Answer(call=call)

    async def start(self) -> None:
        """Opens the ledger."""
        await self.ledger.open()

    async def stop(self) -> None:
        """Closes it."""
        await self.ledger.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        params = await read_form(scope, receive)
        await self.ledger.add(
            params[self._reference],
            params["From"],
            params["To"],
            params.get("Body", ""),
            time.time_ns() // 1_000_000,
        )
        await self._answer(send)


class CreateControl:
    """A Falcon application that checks Basic authorization, reads a form, writes one row and
    answers with 201 and fixed JSON."""

    def __init__(self, url: str) -> None:
        self.ledger = ledger(url)
        self._app: Any = falcon.asgi.App()
        self._app.add_route("/proxy/v1/Services/{service_sid}/Sessions", _Creates(self.ledger))

    async def start(self) -> None:
        """Opens the ledger."""
        await self.ledger.open()

    async def stop(self) -> None:
        """Closes it."""
        await self.ledger.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await self._app(scope, receive, send)


class _Creates:
    """The resource of `CreateControl`."""

    def __init__(self, ledger: Ledger | PostgresLedger) -> None:
        self._ledger = ledger

    async def on_post(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, service_sid: str
    ) -> None:
        """Creates a row."""
        authorize(req)
        body = (await req.stream.read()).decode("ascii")
        params = parse_query_string(body, keep_blank=True, csv=False)
        first, second = params["Participants"]
        now = time.time_ns() // 1_000_000
        await self._ledger.add(params["UniqueName"], first, second, service_sid, now)
        resp.status = 201
        resp.data = SESSION


class LoopControl:
    """Reads a signed form and answers it; then, with as many workers as the product may have under
    way, the calls of one relayed message: a callback, the carrier, a callback. Bare aiohttp."""

    def __init__(self, carrier_url: str, callback_url: str) -> None:
        self._carrier_url = carrier_url
        self._callback_url = callback_url
        self._queue: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._answer = Answer(call=False)

    async def start(self) -> None:
        """Starts the workers."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=512), cookie_jar=aiohttp.DummyCookieJar()
        )
        # A lane for the carrier and one for the callbacks.
        for _ in range(2 * DeliverySettings().concurrency):
            self._workers.append(asyncio.create_task(self._work()))

    async def stop(self) -> None:
        """Ends them."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._http.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        params = await read_form(scope, receive)
        self._queue.put_nowait((params["From"], params["To"], params["Body"]))
        await self._answer(send)

    async def _work(self) -> None:
        authorization = {"Authorization": basic_header(), "Content-Type": _FORM}
        while True:
            sender, number, text = await self._queue.get()
            await self._tell(text, "queued")
            body = form([("From", number), ("To", sender), ("Body", text)])
            await self._post(self._carrier_url, body, authorization)
            await self._tell(text, "sent")

    async def _tell(self, text: str, status: str) -> None:
        params = [*_CALLBACK, ("interactionData", text), ("outboundResourceStatus", status)]
        headers = {
            "Content-Type": _FORM,
            HEADER: sign(TOKEN, self._callback_url, params),
            "I-Twilio-Idempotency-Token": _SID,
        }
        await self._post(self._callback_url, form(params), headers)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        async with self._http.post(url, data=body, headers=headers) as answer:
            await answer.read()


def authorize(req: falcon.asgi.Request) -> None:
    """Lets nobody in but the benchmark's account."""
    if not hmac.compare_digest(req.get_header("Authorization") or "", _BASIC):
        raise falcon.HTTPUnauthorized


def basic_header() -> str:
    """The Authorization header of the benchmark's account."""
    return f"Basic {base64.b64encode(f'{ACCOUNT_SID}:{TOKEN}'.encode()).decode()}"


_BASIC: Final = basic_header()


async def read_form(scope: Scope, receive: Receive) -> dict[str, Any]:
    """The form of a request whose signature holds."""
    headers = dict(scope["headers"])
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    params: dict[str, Any] = parse_query_string(body.decode("ascii"), keep_blank=True, csv=False)
    url = f"http://{headers[b'host'].decode()}{scope['path']}"
    if not verify(TOKEN, url, params, headers[b"x-twilio-signature"].decode()):
        raise PermissionError
    return params
