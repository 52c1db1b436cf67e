"""Receipts, matched to the messages that they are about."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

from maskline.carriers.contract import Host
from maskline.carriers.outcomes import OPTED_OUT
from maskline.carriers.smpp import receipts
from maskline.carriers.smpp.addresses import same
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.carriers.smpp.pool import Pool
from maskline.carriers.smpp.receipts import Receipt
from maskline.carriers.smpp.sender import Sender
from maskline.carriers.smpp.settings import Account
from maskline.model.message import MessageStatus
from maskline.model.smpp import Ledger, SentPart
from maskline.model.traffic import LegReport

log = logging.getLogger(__name__)

_SENT: Final = MessageStatus.SENT.value
#: Seconds after which one looks again for a message that another process, be it a command, may
#: have just submitted.
_LATER: Final = 0.5
#: Seconds for which the SMSC is asked to bring a receipt again whose message is not known yet.
_PATIENCE: Final = 60.0
_MOST: Final = 10_000


class Reports:
    """Takes receipts in."""

    def __init__(
        self, settings: Account, host: Host, ledger: Ledger, pool: Pool, sender: Sender
    ) -> None:
        self._settings = settings
        self._host = host
        self._ledger = ledger
        self._pool = pool
        self._sender = sender
        self._unknown: dict[tuple[str, ...], float] = {}

    async def take(self, message: ShortMessage) -> bool:
        """Takes a receipt in; returns when it is durable, or will never tell us anything. False
        when nothing is known of its message, which may change: another process may be about to
        commit it. Raises HostUnavailable."""
        receipt = receipts.read(message)
        if receipt is None:
            log.warning("%s: a receipt names no message", self._settings.name)
            return True
        part = await self._find(receipt)
        if part is None:
            return self._is_hopeless(receipt)
        self._unknown.pop(receipt.ids, None)
        status, code = receipt.status, receipt.error_code
        if code is not None and self._settings.is_opt_out_error(receipt.error):
            code = OPTED_OUT
        if part.total > 1:
            # Not before its parts are in the ledger.
            await self._sender.written(part.message_sid)
            if status == _SENT:
                return True
            outcome = receipts.verdict(
                await self._ledger.settle(part.carrier, part.provider_id, status, code)
            )
            if outcome is None:
                return True
            status, code = outcome
        report = LegReport(
            carrier=self._settings.name,
            status=status,
            message_sid=part.message_sid,
            error_code=code,
        )
        await self._host.receipts([report])
        return True

    def _is_hopeless(self, receipt: Receipt) -> bool:
        """Whether nobody will know its message any more."""
        now = time.monotonic()
        first = self._unknown.setdefault(receipt.ids, now)
        if self._ledger.is_shared and now - first < _PATIENCE:
            if len(self._unknown) > _MOST:
                del self._unknown[next(iter(self._unknown))]
            return False
        del self._unknown[receipt.ids]
        log.warning("%s: a receipt is about no message that we know", self._settings.name)
        return True

    async def _find(self, receipt: Receipt) -> SentPart | None:
        ids = tuple(
            dict.fromkeys(
                form
                for one in receipt.ids
                for form in receipts.forms(one, self._settings.receipt_ids)
            )
        )
        part = await self._look(ids, receipt)
        if part is not None:
            return part
        # It may have overtaken the answer to its submission.
        await self._pool.settled()
        part = await self._look(ids, receipt)
        if part is None:
            await asyncio.sleep(_LATER)
            part = await self._look(ids, receipt)
        return part

    async def _look(self, ids: Sequence[str], receipt: Receipt) -> SentPart | None:
        """Of those that one of the ids may mean, the one whose recipient the receipt names too."""
        recent = [part for one in ids if (part := self._sender.recent(one)) is not None]
        if (found := _meant(recent, receipt)) is not None:
            return found
        kept = await self._ledger.sent(self._settings.name, ids)
        return _meant(kept, receipt) or next(iter((*recent, *kept)), None)


def _meant(parts: Sequence[SentPart], receipt: Receipt) -> SentPart | None:
    for part in parts:
        if any(same(part.recipient, address) for address in receipt.addresses):
            return part
    return None
