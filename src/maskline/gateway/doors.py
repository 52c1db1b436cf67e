"""What the carriers' doors share: bare ASGI in front of the framework, since every message passes
one of them: that costs 18 µs less."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final

import msgspec

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.request import JSON, Answer, Malformed, Request
from maskline.gateway.hosts import Receive, Scope, Send
from maskline.model.errors import MORE_INFO, Fault
from maskline.model.meter import Meter, status_class
from maskline.model.request_id import accepted
from maskline.store.contract import StoreUnavailable

log = logging.getLogger(__name__)

#: What the meter calls the doors.
_PRODUCT: Final = "carriers"


class Door:
    """Answers requests with what `answer` returns or raises."""

    def __init__(
        self,
        public_url: str | None,
        max_body_bytes: int,
        new_id: Callable[[], str],
        meter: Meter,
    ) -> None:
        self._new_id = new_id
        self._public_url = public_url
        self._max_body = max_body_bytes
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        began = perf_counter()
        name = self._name(scope)
        status = 500
        try:
            status = await self._respond(name, scope, receive, send)
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

    def _name(self, scope: Scope) -> str:
        """What the request is called: as a proxy before us has it, or a name of ours."""
        for header, value in scope["headers"]:
            if header == b"x-request-id":
                return accepted(value.decode("latin-1")) or self._new_id()
        return self._new_id()

    async def _respond(self, name: str, scope: Scope, receive: Receive, send: Send) -> int:
        try:
            answer = await self.answer(scope, receive)
        except Fault as fault:
            await respond(send, name, refusal(fault))
            await self.refused(fault, name)
            return fault.status
        except Malformed as error:
            answer = refusal(Fault(20001, str(error)))
        except LookupError:
            answer = refusal(Fault(20404))
        except (HostUnavailable, StoreUnavailable):
            # What a request is verified by may be in the store as well.
            log.warning("request %s: the store is unavailable", name, extra={"request_id": name})
            answer = _error(20503, "Nothing was stored: send it again", 503)
        except Exception as error:
            what = type(error).__name__
            log.error("request %s of a carrier failed: %s", name, what, extra={"request_id": name})
            answer = _error(20500, "An internal error occurred", 500)
        await respond(send, name, answer)
        return answer.status

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer. Raises Fault, Malformed, LookupError, HostUnavailable and
        StoreUnavailable."""
        raise NotImplementedError

    async def refused(self, fault: Fault, request_id: str) -> None:
        """Told of a refusal once it is answered, so that the time it takes tells nobody what there
        is. `request_id` is what its answer calls the request."""

    async def request(self, scope: Scope, receive: Receive, path: str) -> Request:
        """The request, with its body. Raises 20413 for too much of it."""
        headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = scope["query_string"].decode("latin-1")
        body = await self._read(headers, receive)
        return Request(
            scope["method"], path, query, headers, body, self._urls(scope, headers, query)
        )

    def _urls(self, scope: Scope, headers: Mapping[str, str], query: str) -> tuple[str, ...]:
        """The addresses that the carrier may have signed: the public one, and the one it called."""
        tail = f"?{query}" if query else ""
        path = scope.get("maskline.path", scope["path"])
        called = f"{scope['scheme']}://{headers.get('host', '')}{path}{tail}"
        if self._public_url is None:
            return (called,)
        return (f"{self._public_url}{scope['path']}{tail}", called)

    async def _read(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._max_body:
            raise Fault(20413)
        event = await receive()
        body: bytes = event.get("body", b"")
        if event["type"] == "http.request" and not event.get("more_body"):
            if len(body) > self._max_body:
                raise Fault(20413)
            return body
        parts = bytearray(body)
        while event["type"] != "http.disconnect":
            if len(parts) > self._max_body:
                raise Fault(20413)
            if not event.get("more_body"):
                return bytes(parts)
            event = await receive()
            parts += event.get("body", b"")
        raise Fault(20001, "the request ended early")


def refusal(fault: Fault) -> Answer:
    """A fault as the API answers it."""
    return _error(fault.code, fault.message, fault.status)


def _error(code: int, message: str, status: int) -> Answer:
    more = f"{MORE_INFO}{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return Answer(msgspec.json.encode(body), JSON, status)


async def respond(send: Send, name: str, answer: Answer) -> None:
    """Sends an answer to the request of that name."""
    headers = [
        (b"twilio-request-id", name.encode()),
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if answer.status == 503:
        headers.append((b"retry-after", b"1"))
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
