"""Delivery receipts: due at their time, handed to the server together."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

from maskline.batcher import Batcher
from maskline.carriers.simulator.behaviour import Behaviour
from maskline.carriers.simulator.network import NAME, Network
from maskline.carriers.simulator.timers import Handle
from maskline.carriers.simulator.views import ReceiptView
from maskline.model.message import MessageStatus
from maskline.model.traffic import LegReport, OutboundMessage
from maskline.numbers.national import canonical

log = logging.getLogger(__name__)

#: A timer serves what falls due within this many seconds, so that a busy network needs few.
_TICK: Final = 0.005


class _Receipt(NamedTuple):
    report: LegReport
    handset: str
    peer: str
    message: str | None


class Receipts:
    """What waits for its time, and what waits for the server."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._batcher: Batcher[_Receipt, None] = Batcher(self._write)
        self._later: list[tuple[float, int, list[_Receipt]]] = []
        self._order = itertools.count()
        self._timer: Handle | None = None
        self._timer_at = 0.0
        self._pending = 0
        self._full = False

    def add(
        self, message: OutboundMessage, provider_id: str, shown: str | None, behaviour: Behaviour
    ) -> None:
        """Makes the receipts of a message that was accepted; `shown` is its id on the handset."""
        if behaviour.lose_receipt:
            return
        code = behaviour.receipt_code()
        outcome = LegReport(NAME, behaviour.outcome, message.reference, provider_id, code)
        receipt = _Receipt(outcome, canonical(message.recipient), message.sender, shown)
        receipts = [receipt] * (1 + behaviour.duplicate_receipts)
        if behaviour.out_of_order:
            sent = LegReport(NAME, MessageStatus.SENT.value, message.reference, provider_id)
            receipts.append(receipt._replace(report=sent))
        if behaviour.delay_ms and len(self._later) < self._network.limits.receipts:
            self._postpone(behaviour.delay_ms / 1000, receipts)
        else:
            self._submit(receipts)

    async def close(self) -> None:
        """Hands over everything, be it due or not: receipts are not kept beyond the process."""
        if self._timer is not None:
            self._timer.cancel()
        later, self._later = self._later, []
        for _, _, receipts in later:
            self._submit(receipts)
        await self._batcher.drain()

    def _postpone(self, seconds: float, receipts: list[_Receipt]) -> None:
        due = self._network.timers.time() + seconds
        heapq.heappush(self._later, (due, next(self._order), receipts))
        if self._timer is None or due < self._timer_at:
            self._set_timer(due)

    def _set_timer(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self._network.timers.call_later(
            max(0.0, due - self._network.timers.time()), self._fall_due
        )

    def _fall_due(self) -> None:
        self._timer = None
        # A loop's clock may be a hair short of the time that it calls for.
        now = max(self._network.timers.time(), self._timer_at)
        while self._later and self._later[0][0] <= now:
            self._submit(heapq.heappop(self._later)[2])
        if self._later:
            self._set_timer(max(self._later[0][0], now + _TICK))

    def _submit(self, receipts: Sequence[_Receipt]) -> None:
        if self._pending >= self._network.limits.receipts:
            if not self._full:
                log.error("too many receipts wait for the server: more are dropped")
            self._full = True
            return
        self._pending += len(receipts)
        for receipt in receipts:
            self._batcher.submit(receipt)

    async def _write(self, receipts: Sequence[_Receipt]) -> Sequence[None]:
        network = self._network
        reports = [receipt.report for receipt in receipts]
        stored = await network.tell(lambda host: host.receipts(reports))
        self._pending -= len(receipts)
        self._full = False
        if stored:
            for report, handset, peer, message in receipts:
                view = ReceiptView(message, peer, report.status, report.error_code)
                network.feed.publish("receipt", handset, view)
        return [None] * len(receipts)
