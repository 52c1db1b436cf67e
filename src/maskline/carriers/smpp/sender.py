"""Messages on their way out."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Final

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.outcomes import OPTED_OUT
from maskline.carriers.smpp import addresses, alphabet, receipts, segments, statuses
from maskline.carriers.smpp.connection import LinkLost
from maskline.carriers.smpp.pdu import Pdu, ShortMessage, read_message_id, write_message
from maskline.carriers.smpp.pool import NoLink, Pool
from maskline.carriers.smpp.settings import Account
from maskline.model.message import MessageStatus
from maskline.model.smpp import Ledger, SentPart
from maskline.model.traffic import (
    Accepted,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)

_SENT: Final = MessageStatus.SENT.value
#: Twilio's codes: no MMS here, a text too long for anything, no connection.
_NO_MEDIA: Final = 30011
_TOO_LONG: Final = 21617
_NO_LINK: Final = 20503
#: Messages that are remembered until the store knows them by the SMSC's id.
_REMEMBERED: Final = 50_000
_PAUSE: Final = 1.0
_FINAL_RECEIPT: Final = 0x01


class Sender:
    """Submits messages, and knows those that the SMSC took of late by its ids."""

    def __init__(
        self, settings: Account, pool: Pool, ledger: Ledger, clock: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._ledger = ledger
        self._clock = clock
        self._recent: dict[str, SentPart] = {}
        self._begun: dict[str, dict[int, str]] = {}
        self._writing: dict[str, asyncio.Event] = {}

    async def send(self, message: OutboundMessage) -> SendResult:
        """Submits a message in as many parts as it takes, and returns when all are answered.

        What was accepted before a failure is not submitted again by this process.
        """
        if message.media:
            return Refused(_NO_MEDIA, retry=False)
        try:
            bodies = self._bodies(message)
        except segments.TooLong:
            return Refused(_TOO_LONG, retry=False)
        if len(bodies) == 1:
            try:
                answer = await self._pool.submit(bodies[0])
            except LinkLost:
                return Unclear()
            except NoLink:
                return Refused(_NO_LINK, retry=True)
            if answer.status != statuses.OK:
                return self._refusal(answer.status)
            provider_id = self._id(answer, message, 1)
            self._remember(self._part(message, provider_id, 1, 1))
            return Accepted(provider_id)
        written = self._writing[message.reference] = asyncio.Event()
        try:
            return await self._send_parts(message, bodies)
        finally:
            written.set()
            self._writing.pop(message.reference, None)

    def recent(self, provider_id: str) -> SentPart | None:
        """What the SMSC took of late under that id."""
        return self._recent.get(provider_id)

    async def written(self, reference: str) -> None:
        """Returns when the message's parts are in the ledger, if it has any that go there."""
        if (event := self._writing.get(reference)) is not None:
            await event.wait()

    async def _send_parts(self, message: OutboundMessage, bodies: list[bytes]) -> SendResult:
        total = len(bodies)
        begun = self._begun.pop(message.reference, {})
        missing = [part for part in range(1, total + 1) if part not in begun]
        submitted = [self._pool.submit(bodies[part - 1]) for part in missing]
        answers = await asyncio.gather(*submitted, return_exceptions=True)
        refused: Refused | Throttled | None = None
        is_unsure = False
        for part, answer in zip(missing, answers, strict=True):
            if isinstance(answer, LinkLost):
                is_unsure = True
            elif isinstance(answer, BaseException):
                refused = refused or Refused(_NO_LINK, retry=True)
            elif answer.status != statuses.OK:
                refused = _worse(refused, self._refusal(answer.status))
            else:
                begun[part] = self._id(answer, message, part)
                self._remember(self._part(message, begun[part], part, total))
        if len(begun) < total and (refused is None or _passes(refused)):
            self._begun[message.reference] = begun
            if len(self._begun) > _REMEMBERED:
                del self._begun[next(iter(self._begun))]
        if is_unsure and (refused is None or _passes(refused)):
            return Unclear()
        if refused is not None:
            return refused
        parts = [self._part(message, begun[part], part, total) for part in sorted(begun)]
        await self._write(parts)
        return Accepted(begun[1])

    async def _write(self, parts: list[SentPart]) -> None:
        """The SMSC has taken them: there is no way back, only insisting."""
        while True:
            try:
                return await self._ledger.add_sent(parts)
            except HostUnavailable:
                await asyncio.sleep(_PAUSE)

    def _bodies(self, message: OutboundMessage) -> list[bytes]:
        one = self._settings
        source_ton, source_npi, source = addresses.written(message.sender, one)
        ton, npi, destination = addresses.written(message.recipient, one)
        plain = ShortMessage(
            service_type=one.service_type,
            source_ton=source_ton,
            source_npi=source_npi,
            source=source,
            destination_ton=ton,
            destination_npi=npi,
            destination=destination,
            validity_period=_relative(one.validity),
            registered_delivery=_FINAL_RECEIPT if one.receipts else 0,
        )
        encoded = alphabet.encode(message.body, one.default_alphabet, latin1=one.latin1)
        reference = _number(message.reference)
        return [
            write_message(part)
            for part in segments.parts(plain, encoded, one.long_messages, reference)
        ]

    def _part(self, message: OutboundMessage, provider_id: str, part: int, total: int) -> SentPart:
        return SentPart(
            carrier=self._settings.name,
            provider_id=provider_id,
            message_sid=message.reference,
            recipient=message.recipient,
            part=part,
            total=total,
            status=_SENT,
            error_code=None,
            date_created=self._clock(),
        )

    def _id(self, answer: Pdu, message: OutboundMessage, part: int) -> str:
        answered = read_message_id(answer.body)
        if not answered:
            # An SMSC without receipts may leave it out; ours must be somebody's alone.
            return f"none-{message.reference}-{part}"
        return receipts.kept(answered, self._settings.receipt_ids)

    def _refusal(self, status: int) -> Refused | Throttled:
        if self._settings.is_opt_out_status(status):
            return Refused(OPTED_OUT, retry=False)
        return statuses.refusal(status)

    def _remember(self, part: SentPart) -> None:
        self._recent[part.provider_id] = part
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]


def _passes(refused: Refused | Throttled) -> bool:
    """Whether another attempt may help."""
    return isinstance(refused, Throttled) or refused.retry


def _worse(one: Refused | Throttled | None, other: Refused | Throttled) -> Refused | Throttled:
    """Of two refusals the one that decides: a part that is refused for good spoils the whole."""
    return other if one is None or (_passes(one) and not _passes(other)) else one


def _number(reference: str) -> int:
    """Sixteen bits of a SID, the same at every attempt."""
    return zlib.crc32(reference.encode()) & 0xFFFF


def _relative(seconds: int) -> str:
    """A validity period from now on, as SMPP writes it: YYMMDDhhmmss000R."""
    if not seconds:
        return ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    months, day = divmod(days, 30)
    return f"00{months:02}{day:02}{hour:02}{minute:02}{second:02}000R"
