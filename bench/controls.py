"""The controls: the least that any server with the same parts must do.

Same uvicorn, same compiled form parser, same signature check, and one row in one durable group
commit. No routing of paths, no rules, no error handling.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

from falcon.util.uri import parse_query_string

from bench.ledger import Ledger
from bench.population import TOKEN
from maskline.delivery.signature import verify

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


class DoorControl:
    """Reads a signed form, writes one row, answers with fixed XML."""

    def __init__(self, path: Path, *, call: bool) -> None:
        self.ledger = Ledger(path)
        self._reference = "CallSid" if call else "MessageSid"
        answer = _DIAL if call else _EMPTY
        length = (b"content-length", str(len(answer)).encode())
        self._start = {"type": "http.response.start", "status": 200, "headers": [_HEADERS, length]}
        self._body = {"type": "http.response.body", "body": answer}

    async def start(self) -> None:
        """Opens the ledger."""
        self.ledger.open()

    async def stop(self) -> None:
        """Closes it."""
        self.ledger.close()

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
        await send(self._start)
        await send(self._body)


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
