"""Messages that an SMSC hands over in parts."""

from __future__ import annotations

from typing import Final

from maskline.carriers import assembly
from maskline.carriers.contract import Host
from maskline.carriers.smpp import addresses, alphabet
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.carriers.smpp.segments import Place
from maskline.carriers.smpp.settings import Account
from maskline.model.clock import DAY, Clock
from maskline.model.parts import MessagePart
from maskline.model.smpp import Ledger
from maskline.model.traffic import Intake

#: Receipts may come as late as an SMSC tries, which is a week at most.
_SENT_DAYS: Final = 8


class Assembly(assembly.Assembly):
    """Puts the account's messages together, and forgets what receipts no longer come for."""

    def __init__(self, settings: Account, host: Host, ledger: Ledger, clock: Clock) -> None:
        super().__init__(
            settings.name,
            host,
            ledger,
            clock,
            lambda coding, octets: alphabet.decode(coding, octets, settings.default_alphabet),
            timeout=settings.concatenation_timeout,
            memory=settings.redelivery,
        )
        self._settings = settings
        self._ledger = ledger

    async def take_segment(
        self, message: ShortMessage, place: Place, octets: bytes, mark: str
    ) -> Intake | None:
        """Takes a part in; null while its message is not complete. Raises HostUnavailable."""
        one = self._settings
        return await self.take(
            MessagePart(
                carrier=one.name,
                sender=addresses.read(message.source_ton, message.source, one),
                number=addresses.read(message.destination_ton, message.destination, one),
                reference=place.reference,
                total=place.total,
                part=place.part,
                fingerprint=mark,
                coding=message.data_coding,
                octets=octets,
                is_done=0,
                date_created=self._clock(),
            )
        )

    async def forget(self, now: int) -> None:
        """Forgets parts both ways. Raises HostUnavailable."""
        await super().forget(now)
        await self._ledger.forget_sent(self._settings.name, now - _SENT_DAYS * DAY)
