"""Inbound messages in parts: kept until all are there, or until those that are must do."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from maskline.carriers.contract import Host, HostUnavailable
from maskline.carriers.smpp import addresses, alphabet
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.carriers.smpp.segments import Place
from maskline.carriers.smpp.settings import Account
from maskline.model.smpp import Ledger, SmppPart
from maskline.model.traffic import InboundMessage, Intake

log = logging.getLogger(__name__)

#: Stands for what is missing. It is in the GSM alphabet, so that it makes no text dearer.
MISSING: Final = "[...]"
#: Seconds between looks for messages that wait in vain.
_PAUSE: Final = 5.0
_DAY: Final = 86_400_000
#: Receipts may come as late as an SMSC tries, which is a week at most.
_SENT_DAYS: Final = 8


class Assembly:
    """Puts messages together. A part is answered when it is durable, the last when its message
    is."""

    def __init__(
        self, settings: Account, host: Host, ledger: Ledger, clock: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._host = host
        self._ledger = ledger
        self._clock = clock

    async def take(
        self, message: ShortMessage, place: Place, octets: bytes, mark: str
    ) -> Intake | None:
        """Takes a part in; null while its message is not complete. Raises HostUnavailable."""
        one = self._settings
        part = SmppPart(
            carrier=one.name,
            sender=addresses.read(message.source_ton, message.source, one),
            number=addresses.read(message.destination_ton, message.destination, one),
            reference=place.reference,
            total=place.total,
            part=place.part,
            fingerprint=mark,
            data_coding=message.data_coding,
            octets=octets,
            is_done=0,
            date_created=self._clock(),
        )
        kept = await self._ledger.keep(part)
        mine = next(one for one in kept if one.part == part.part)
        if mine.fingerprint != mark:
            # The phone uses the number again: this is another message.
            if not mine.is_done:
                await self._give_up(kept)
            await self._ledger.drop(part.group)
            kept = await self._ledger.keep(part)
        elif mine.is_done:
            return Intake.DUPLICATE
        if any(one.is_done for one in kept):
            return await self._late(kept, part)
        if len(kept) < part.total:
            return None
        return await self._complete(kept)

    async def sweep(self) -> None:
        """Takes in what is complete and was not, after a crash, and what waited long enough; and
        forgets what nobody needs any more. Raises HostUnavailable."""
        one, now = self._settings, self._clock()
        before = now - int(one.concatenation_timeout * 1000)
        for parts in await self._ledger.unfinished(one.name, before):
            if any(part.is_done for part in parts):
                for part in parts:
                    if not part.is_done:
                        await self._late(parts, part)
            elif len(parts) == parts[0].total:
                await self._complete(parts)
            else:
                await self._give_up(parts)
        memory = 1000 * max(one.redelivery, one.concatenation_timeout)
        await self._ledger.expire(one.name, before - int(memory), now - _SENT_DAYS * _DAY)

    async def watch(self) -> None:
        """Sweeps again and again."""
        pause = min(_PAUSE, self._settings.concatenation_timeout / 4)
        while True:
            await asyncio.sleep(pause)
            try:
                await self.sweep()
            except HostUnavailable:
                pass
            except Exception as error:
                log.error("%s: a sweep failed: %s", self._settings.name, type(error).__name__)

    async def _complete(self, parts: Sequence[SmppPart]) -> Intake:
        intake = await self._hand_over(parts, self._text(parts), "")
        await self._ledger.finish(parts[0].group)
        return intake

    async def _give_up(self, parts: Sequence[SmppPart]) -> None:
        there = ",".join(str(part.part) for part in parts)
        log.warning(
            "%s: of a message in %d parts only %s came; it is passed on with gaps",
            self._settings.name,
            parts[0].total,
            there,
        )
        await self._hand_over(parts, self._text(parts), f"-{there}")
        await self._ledger.finish(parts[0].group)

    async def _late(self, kept: Sequence[SmppPart], part: SmppPart) -> Intake:
        """The others were passed on without it: it follows by itself."""
        intake = await self._hand_over(kept, self._text([part]), f"-{part.part}")
        await self._ledger.finish(part.group)
        return intake

    async def _hand_over(self, parts: Sequence[SmppPart], text: str, suffix: str) -> Intake:
        first = parts[0]
        return await self._host.message(
            InboundMessage(
                carrier=first.carrier,
                provider_id=_name(parts) + suffix,
                sender=first.sender,
                number=first.number,
                body=text,
            )
        )

    def _text(self, parts: Sequence[SmppPart]) -> str:
        """The text, with a mark wherever parts are missing. Octets are joined before they are read:
        not every phone cuts between characters."""
        runs: list[str] = []
        run: list[SmppPart] = []
        expected = 1
        for part in parts:
            if part.part != expected:
                runs += self._read(run)
                runs.append(MISSING)
                run = []
            elif run and run[-1].data_coding != part.data_coding:
                runs += self._read(run)
                run = []
            run.append(part)
            expected = part.part + 1
        runs += self._read(run)
        if expected <= parts[-1].total:
            runs.append(MISSING)
        return "".join(runs)

    def _read(self, run: Sequence[SmppPart]) -> list[str]:
        if not run:
            return []
        octets = b"".join(part.octets for part in run)
        return [alphabet.decode(run[0].data_coding, octets, self._settings.default_alphabet)]


def _name(parts: Sequence[SmppPart]) -> str:
    """The message's id: the same whoever puts it together, and when."""
    first = min(parts, key=lambda part: (part.date_created, part.part))
    told = repr((first.group, first.date_created, first.fingerprint))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
