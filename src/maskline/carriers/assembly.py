"""Inbound messages in parts: kept until all are there, or until those that are must do."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from maskline.carriers.contract import Host, HostUnavailable
from maskline.model.clock import SECOND, Clock
from maskline.model.parts import MessagePart, Parts
from maskline.model.traffic import InboundMessage, Intake

log = logging.getLogger(__name__)

#: Stands for what is missing. It is in the GSM alphabet, so that it makes no text dearer.
MISSING: Final = "[...]"
#: Seconds between looks for messages that wait in vain.
_PAUSE: Final = 5.0

#: What octets say, given how they are to be read.
Read = Callable[[int, bytes], str]


class Assembly:
    """Puts one account's messages together. A part is answered when it is durable, the last when
    its message is.

    Times in seconds: `timeout` is how long parts wait for those that are missing, `memory` how long
    beyond that the carrier may hand over again what it handed over before. `answered` is that of
    the messages.
    """

    def __init__(
        self,
        carrier: str,
        host: Host,
        parts: Parts,
        clock: Clock,
        read: Read,
        *,
        timeout: float,
        memory: float,
        answered: bool = False,
    ) -> None:
        self._carrier = carrier
        self._host = host
        self._parts = parts
        self._clock = clock
        self._read = read
        self._timeout = timeout
        self._memory = max(memory, timeout)
        self._answered = answered

    async def take(self, part: MessagePart) -> Intake | None:
        """Takes a part in; null while its message is not complete. Raises HostUnavailable."""
        kept = await self._parts.keep(part)
        mine = next(one for one in kept if one.part == part.part)
        if mine.fingerprint != part.fingerprint:
            # The phone uses the number again: this is another message.
            if not mine.is_done:
                await self._give_up(kept)
            await self._parts.drop(part.group)
            kept = await self._parts.keep(part)
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
        now = self._clock()
        before = now - int(self._timeout * SECOND)
        for parts in await self._parts.unfinished(self._carrier, before):
            if any(part.is_done for part in parts):
                for part in parts:
                    if not part.is_done:
                        await self._late(parts, part)
            elif len(parts) == parts[0].total:
                await self._complete(parts)
            else:
                await self._give_up(parts)
        await self.forget(now)

    async def forget(self, now: int) -> None:
        """Forgets what nobody asks for any more. Raises HostUnavailable."""
        age = int((self._timeout + self._memory) * SECOND)
        await self._parts.forget(self._carrier, now - age)

    async def watch(self) -> None:
        """Sweeps again and again."""
        pause = min(_PAUSE, self._timeout / 4)
        while True:
            await asyncio.sleep(pause)
            try:
                await self.sweep()
            except HostUnavailable:
                pass
            except Exception as error:
                log.error("%s: a sweep failed: %s", self._carrier, type(error).__name__)

    async def _complete(self, parts: Sequence[MessagePart]) -> Intake:
        intake = await self._hand_over(parts, self._text(parts), "")
        await self._parts.finish(parts[0].group)
        return intake

    async def _give_up(self, parts: Sequence[MessagePart]) -> None:
        there = ",".join(str(part.part) for part in parts)
        log.warning(
            "%s: of a message in %d parts only %s came; it is passed on with gaps",
            self._carrier,
            parts[0].total,
            there,
        )
        await self._hand_over(parts, self._text(parts), f"-{there}")
        await self._parts.finish(parts[0].group)

    async def _late(self, kept: Sequence[MessagePart], part: MessagePart) -> Intake:
        """The others were passed on without it: it follows by itself."""
        intake = await self._hand_over(kept, self._text([part]), f"-{part.part}")
        await self._parts.finish(part.group)
        return intake

    async def _hand_over(self, parts: Sequence[MessagePart], text: str, suffix: str) -> Intake:
        first = parts[0]
        return await self._host.message(
            InboundMessage(
                carrier=first.carrier,
                provider_id=_name(parts) + suffix,
                sender=first.sender,
                number=first.number,
                body=text,
                answered=self._answered,
            )
        )

    def _text(self, parts: Sequence[MessagePart]) -> str:
        """The text, with a mark wherever parts are missing. Octets are joined before they are read:
        not every phone cuts between characters."""
        runs: list[str] = []
        run: list[MessagePart] = []
        expected = 1
        for part in parts:
            if part.part != expected:
                runs += self._said(run)
                runs.append(MISSING)
                run = []
            elif run and run[-1].coding != part.coding:
                runs += self._said(run)
                run = []
            run.append(part)
            expected = part.part + 1
        runs += self._said(run)
        if expected <= parts[-1].total:
            runs.append(MISSING)
        return "".join(runs)

    def _said(self, run: Sequence[MessagePart]) -> list[str]:
        if not run:
            return []
        return [self._read(run[0].coding, b"".join(part.octets for part in run))]


def _name(parts: Sequence[MessagePart]) -> str:
    """The message's id: the same whoever puts it together, and when."""
    first = min(parts, key=lambda part: (part.date_created, part.part))
    told = repr((first.group, first.date_created, first.fingerprint))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
