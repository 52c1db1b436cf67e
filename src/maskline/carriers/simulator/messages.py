"""Messages to and from handsets."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from maskline.batcher import Batcher
from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator.behaviour import Refusal
from maskline.carriers.simulator.errors import UnknownNumber
from maskline.carriers.simulator.ledger import Ledger
from maskline.carriers.simulator.network import CARRIED_MESSAGE, NAME, Network
from maskline.carriers.simulator.receipts import Receipts
from maskline.carriers.simulator.toll_free import TollFree
from maskline.carriers.simulator.views import INBOUND, OUTBOUND
from maskline.model.handset import HandsetMessage
from maskline.model.sid import HANDSET_MESSAGE
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    Intake,
    OutboundMessage,
    Refused,
    SendResult,
)
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import canonical

T = TypeVar("T")

#: Twilio's codes for a recipient that is no phone number and for a failure of the service.
_BAD_RECIPIENT: Final = 21211
_UNAVAILABLE: Final = 20503
#: And for one who opted out.
_STOPPED: Final = 21610

#: Pauses in seconds between attempts to keep what the server has taken already.
_PAUSES: Final = (0.1, 0.5, 2.0)

_CONTENT_TYPES: Final = MappingProxyType(
    {
        ".3gp": "video/3gpp",
        ".amr": "audio/amr",
        ".gif": "image/gif",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".mp3": "audio/mpeg",
        ".mp4": "video/mp4",
        ".ogg": "audio/ogg",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".txt": "text/plain",
        ".vcf": "text/vcard",
        ".wav": "audio/wav",
        ".webp": "image/webp",
    }
)
_ANY_TYPE: Final = "application/octet-stream"


class Messages:
    """The message side of the network."""

    def __init__(self, network: Network, ledger: Ledger) -> None:
        self._network = network
        self._ledger = ledger
        self._receipts = Receipts(network)
        self._toll_free = TollFree(network.limits.references)
        self._kept: Batcher[HandsetMessage, None] = Batcher(self._keep)
        self._shown: dict[str, str] = {}
        self._attempts: dict[str, int] = {}

    async def send(self, message: OutboundMessage) -> SendResult:
        """Shows a message on its handset, or what else the handset's behaviour asks for."""
        network = self._network
        if network.closed:
            return Refused(_UNAVAILABLE, retry=True)
        if not is_e164(message.recipient):
            return Refused(_BAD_RECIPIENT, retry=False)
        if self._toll_free.blocks(message.sender, canonical(message.recipient)):
            return Refused(_STOPPED, retry=False)
        behaviour = network.behaviours.of(message.recipient)
        if behaviour.refuse is not None and self._refuses(message.reference, behaviour.refuse):
            refuse = behaviour.refuse
            return Refused(refuse.code, refuse.retry, refuse.retry_after)
        if behaviour.accept_delay_ms:
            await network.pause(behaviour.accept_delay_ms / 1000)
        shown = None
        if behaviour.outcome == "delivered":
            shown = await self._show(message)
            if shown is None:
                return Refused(_UNAVAILABLE, retry=True)
        # The same at every attempt, also after a restart.
        provider_id = f"sim-{message.reference}"
        self._receipts.add(message, provider_id, shown, behaviour)
        return Accepted(provider_id)

    async def text(
        self, handset: str, to: str, body: str, media: Sequence[str] = ()
    ) -> HandsetMessage:
        """A handset sends a message. Returns after the server has taken it and the handset keeps
        it, and on a toll-free number the network's own answer, if there is one. Raises
        UnknownNumber; HostUnavailable when it was not, or perhaps not, taken."""
        network = self._network
        provider_id = network.sids.new(CARRIED_MESSAGE)
        message = InboundMessage(
            carrier=NAME,
            provider_id=provider_id,
            sender=handset,
            number=to,
            body=body,
            media=tuple((url, _content_type(url)) for url in media),
        )
        host = network.host
        # What the server answers must find the network as it is after this text.
        answer = self._toll_free.hears(to, canonical(handset), body)
        if await host.message(message) is Intake.UNKNOWN_NUMBER:
            raise UnknownNumber
        for _ in range(network.behaviours.of(handset).duplicate_inbound):
            try:
                await host.message(message)
            except HostUnavailable:
                break
        row = await self._keep_sent(message)
        network.phones.saw(row.handset)
        network.feed.publish("message.sent", row.handset, row)
        if answer:
            reference = network.sids.new(CARRIED_MESSAGE)
            await self._show(OutboundMessage(reference, to, handset, answer))
        return row

    async def page(self, handset: str, after: str, limit: int) -> list[HandsetMessage]:
        """What a handset sent and received, in order, those that follow the id `after`."""
        return await self._ledger.page(handset, after, limit)

    async def close(self) -> None:
        """Finishes what is under way."""
        await self._kept.drain()
        await self._receipts.close()

    async def _show(self, message: OutboundMessage) -> str | None:
        """The id on the handset; null when the message could not be kept."""
        shown = self._shown.get(message.reference)
        if shown is not None:
            return shown
        row = self._row(
            canonical(message.recipient),
            INBOUND,
            message.sender,
            message.body,
            message.media,
            message.reference,
        )
        try:
            await self._kept.submit(row)
        except Exception:
            return None
        shown = self._shown.get(message.reference)
        if shown is not None:
            return shown
        _remember(self._shown, message.reference, row.sid, self._network.limits.references)
        self._network.phones.saw(row.handset)
        self._network.feed.publish("message.received", row.handset, row)
        return row.sid

    async def _keep_sent(self, message: InboundMessage) -> HandsetMessage:
        media = [url for url, _ in message.media]
        phone, reference = canonical(message.sender), message.provider_id
        for pause in (*_PAUSES, None):
            row = self._row(phone, OUTBOUND, message.number, message.body, media, reference)
            try:
                await self._kept.submit(row)
            except Exception:
                if pause is not None:
                    await self._network.pause(pause)
            else:
                return row
        raise HostUnavailable("the handset could not keep what it sent")

    def _row(
        self,
        handset: str,
        direction: str,
        peer: str,
        body: str,
        media: Sequence[str],
        reference: str,
    ) -> HandsetMessage:
        """Made just before it is kept, so that a handset's messages are kept in their order."""
        return HandsetMessage(
            sid=self._network.sids.new(HANDSET_MESSAGE),
            handset=handset,
            direction=direction,
            peer=peer,
            body=body,
            media=msgspec.json.encode(media).decode() if media else "[]",
            reference=reference,
            date_created=self._network.clock(),
        )

    async def _keep(self, rows: Sequence[HandsetMessage]) -> Sequence[None]:
        await self._ledger.add(list(rows))
        return [None] * len(rows)

    def _refuses(self, reference: str, refusal: Refusal) -> bool:
        if refusal.attempts is None:
            return True
        attempt = self._attempts.pop(reference, 0) + 1
        _remember(self._attempts, reference, attempt, self._network.limits.references)
        return attempt <= refusal.attempts


def _remember(known: dict[str, T], reference: str, value: T, limit: int) -> None:
    known[reference] = value
    if len(known) > limit:
        del known[next(iter(known))]


def _content_type(url: str) -> str:
    return _CONTENT_TYPES.get(posixpath.splitext(urlsplit(url).path)[1].lower(), _ANY_TYPE)
