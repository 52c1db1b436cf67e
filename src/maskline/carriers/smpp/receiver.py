"""What the SMSC hands over: messages, receipts, and its questions whether we are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from maskline.carriers.contract import Host, HostUnavailable
from maskline.carriers.smpp import addresses, alphabet, pdu, receipts, segments, statuses
from maskline.carriers.smpp.assembly import Assembly
from maskline.carriers.smpp.connection import Connection
from maskline.carriers.smpp.pdu import Pdu, PduError, ShortMessage
from maskline.carriers.smpp.redelivery import AGAIN, Redelivery, fingerprint
from maskline.carriers.smpp.reports import Reports
from maskline.carriers.smpp.settings import Account
from maskline.model.smpp import Ledger
from maskline.model.traffic import InboundMessage, Intake
from maskline.numbers.e164 import mask

log = logging.getLogger(__name__)

#: Requests under way at which a connection reads no more, and at which it reads on.
_MANY: Final = 1000
_FEW: Final = 500


class Receiver:
    """Answers the SMSC's requests. A message is answered after it is durable, and not before."""

    def __init__(
        self,
        settings: Account,
        host: Host,
        ledger: Ledger,
        assembly: Assembly,
        reports: Reports,
        answered: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._host = host
        self._ledger = ledger
        self._assembly = assembly
        self._reports = reports
        self._answered = answered
        self._redelivery = Redelivery(settings.redelivery)
        self._tasks: set[asyncio.Task[None]] = set()
        self._paused: set[Connection] = set()
        # A person's messages to a number are taken in their order.
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._closing = False

    def serve(self, connection: Connection, request: Pdu) -> None:
        """Answers a request, now or when it is done."""
        if request.command in (pdu.DELIVER_SM, pdu.DATA_SM):
            self._deliver(connection, request)
        elif request.command == pdu.ENQUIRE_LINK:
            connection.answer(request, statuses.OK)
        elif request.command == pdu.UNBIND:
            connection.answer(request, statuses.OK)
            connection.close()
        elif request.command != pdu.ALERT_NOTIFICATION:
            connection.answer(request, statuses.INVALID_COMMAND)

    def lost(self, connection: Connection) -> None:
        """A connection has ended."""
        self._paused.discard(connection)
        self._redelivery.lost(connection.in_doubt())

    async def close(self, within: float) -> None:
        """Takes nothing more in, and finishes what is under way."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within)
        for task in self._tasks:
            task.cancel()

    def _deliver(self, connection: Connection, request: Pdu) -> None:
        if self._closing:
            self._answer(connection, request, statuses.TEMPORARY)
            return
        read = pdu.read_message if request.command == pdu.DELIVER_SM else pdu.read_data_message
        try:
            message = read(request.body)
        except PduError as error:
            log.error("%s: a message can't be read: %s", self._settings.name, error)
            self._answer(connection, request, statuses.PERMANENT)
            return
        kind = receipts.kind(message)
        if kind == "message":
            pair = (message.source, message.destination)
            before = self._last.get(pair)
            task = self._spawn(self._message(connection, request, message, before))
            self._last[pair] = task
            task.add_done_callback(lambda done: self._forget(pair, done))
        elif kind == "receipt":
            self._spawn(self._receipt(connection, request, message))
        else:
            self._answer(connection, request, statuses.OK)
        if len(self._tasks) >= _MANY:
            connection.pause()
            self._paused.add(connection)

    def _answer(
        self, connection: Connection, request: Pdu, status: int, mark: str | None = None
    ) -> None:
        self._answered(status)
        connection.answer(request, status, b"\0", mark)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._paused and len(self._tasks) <= _FEW:
            for connection in self._paused:
                connection.resume()
            self._paused.clear()

    def _forget(self, pair: tuple[str, str], task: asyncio.Task[None]) -> None:
        if self._last.get(pair) is task:
            del self._last[pair]

    async def _message(
        self,
        connection: Connection,
        request: Pdu,
        message: ShortMessage,
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        place, octets = segments.read(message)
        mark = fingerprint(message, place)
        provider_id = ""
        try:
            if place is not None:
                intake = await self._assembly.take_segment(message, place, octets, mark)
            else:
                provider_id = await self._name(mark)
                intake = await self._host.message(self._inbound(message, octets, provider_id))
            status = self._status(message, intake)
        except HostUnavailable:
            status = statuses.TEMPORARY
        except Exception as error:
            # A bug must not lose the message: the SMSC keeps it. The text may hold personal data.
            log.error("%s: a message failed: %s", self._settings.name, type(error).__name__)
            status = statuses.TEMPORARY
        if status == statuses.TEMPORARY:
            self._answer(connection, request, status)
        elif connection.is_open:
            self._answer(connection, request, status, mark if provider_id else None)
        elif provider_id:
            self._redelivery.unanswered(mark, provider_id)

    async def _name(self, mark: str) -> str:
        """An id of our own for a message."""
        is_known = self._redelivery.is_fresh and await self._ledger.seen(
            self._settings.name, mark, self._redelivery.since, self._redelivery.began
        )
        provider_id = self._redelivery.name(mark, is_known=is_known)
        if provider_id.endswith(AGAIN):
            log.warning(
                "possible_duplicate: %s handed over message %s, which may be one that was taken "
                "before and whose answer got lost",
                self._settings.name,
                provider_id,
            )
        return provider_id

    def _inbound(self, message: ShortMessage, octets: bytes, provider_id: str) -> InboundMessage:
        one = self._settings
        return InboundMessage(
            carrier=one.name,
            provider_id=provider_id,
            sender=addresses.read(message.source_ton, message.source, one),
            number=addresses.read(message.destination_ton, message.destination, one),
            body=alphabet.decode(message.data_coding, octets, one.default_alphabet),
        )

    def _status(self, message: ShortMessage, intake: Intake | None) -> int:
        if intake is not Intake.UNKNOWN_NUMBER:
            return statuses.OK
        number = addresses.read(message.destination_ton, message.destination, self._settings)
        log.warning(
            "%s: a message came for %s, which is nobody's", self._settings.name, mask(number)
        )
        return statuses.PERMANENT

    async def _receipt(self, connection: Connection, request: Pdu, message: ShortMessage) -> None:
        try:
            is_settled = await self._reports.take(message)
            status = statuses.OK if is_settled else statuses.TEMPORARY
        except HostUnavailable:
            status = statuses.TEMPORARY
        except Exception as error:
            log.error("%s: a receipt failed: %s", self._settings.name, type(error).__name__)
            status = statuses.TEMPORARY
        self._answer(connection, request, status)
