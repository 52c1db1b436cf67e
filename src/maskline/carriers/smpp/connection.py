"""One TCP connection to an SMSC: PDUs in and out, and answers matched to their requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

import msgspec

from maskline.carriers.smpp.pdu import (
    GENERIC_NACK,
    HEADER_LENGTH,
    MAX_SEQUENCE,
    RESPONSE,
    Pdu,
    PduError,
    read_header,
    write,
)

#: Seconds after an answer within which a lost connection may have swallowed it.
_IN_DOUBT: Final = 10.0


class LinkLost(Exception):
    """The connection ended before the answer: whether the SMSC acted on the request is unknown."""


class _Request(msgspec.Struct):
    future: asyncio.Future[Pdu]
    deadline: float
    counts: bool


class Connection(asyncio.Protocol):
    """Hands requests of the SMSC to `serve`."""

    def __init__(self, serve: Callable[[Connection, Pdu], None]) -> None:
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._outgoing: list[bytes] = []
        self._requests: dict[int, _Request] = {}
        self._sequence = 0
        #: Submissions that wait for their answer.
        self.in_flight = 0
        #: When the SMSC last said something.
        self.heard = self._loop.time()
        #: Done when the connection has ended.
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._answered: list[tuple[float, str]] = []

    @property
    def is_open(self) -> bool:
        """Whether anything can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def request(
        self, command: int, body: bytes, timeout: float, *, counts: bool = False
    ) -> asyncio.Future[Pdu]:
        """Sends a request; the future has its answer, or LinkLost. `counts` in the window."""
        future: asyncio.Future[Pdu] = self._loop.create_future()
        if not self.is_open:
            future.set_exception(LinkLost())
            return future
        self._sequence = self._sequence % MAX_SEQUENCE + 1
        deadline = self._loop.time() + timeout
        self._requests[self._sequence] = _Request(future, deadline, counts)
        self.in_flight += counts
        self._write(write(command, self._sequence, body=body))
        return future

    def answer(self, request: Pdu, status: int, body: bytes = b"", mark: str | None = None) -> None:
        """Answers a request of the SMSC. `mark` is remembered while the answer may get lost."""
        command = GENERIC_NACK if status == 0x03 else request.command | RESPONSE
        self._write(write(command, request.sequence, status, body))
        if mark is not None:
            now = self._loop.time()
            self._answered.append((now, mark))
            if len(self._answered) >= 1024 and self._answered[512][0] < now - _IN_DOUBT:
                del self._answered[:512]

    def in_doubt(self) -> list[str]:
        """The marks of answers that a connection which ends now may have swallowed."""
        since = self._loop.time() - _IN_DOUBT
        return [mark for at, mark in self._answered if at >= since]

    def is_overdue(self, now: float) -> bool:
        """Whether an answer is late."""
        return any(request.deadline < now for request in self._requests.values())

    def pause(self) -> None:
        """Reads no more: too much waits already."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Reads on."""
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Ends the connection after what is written."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Ends the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        # uvloop's transports are not asyncio's class.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended: nobody will answer any more."""
        requests, self._requests = self._requests, {}
        self.in_flight = 0
        for request in requests.values():
            if not request.future.done():
                request.future.set_exception(LinkLost())
                # Not every request has somebody who waits for it.
                request.future.exception()
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Reads PDUs. Octets that are none end the connection: no later ones could be told."""
        self.heard = self._loop.time()
        received = self._received
        received += data
        at = 0
        try:
            while len(received) - at >= HEADER_LENGTH:
                header = read_header(received, at)
                end = at + header.length
                if end > len(received):
                    break
                body = bytes(received[at + HEADER_LENGTH : end])
                at = end
                self._take(Pdu(header.command, header.status, header.sequence, body))
        except PduError:
            self.abort()
        del received[:at]

    def _take(self, pdu: Pdu) -> None:
        if not pdu.command & RESPONSE:
            self._serve(self, pdu)
            return
        request = self._requests.pop(pdu.sequence, None)
        if request is None:
            return
        self.in_flight -= request.counts
        if not request.future.done():
            request.future.set_result(pdu)

    def _write(self, pdu: bytes) -> None:
        # What one turn of the loop has to say goes out in one piece.
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(pdu)

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if outgoing and self.is_open and self._transport is not None:
            self._transport.write(b"".join(outgoing))
