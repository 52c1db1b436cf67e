"""SMPP as a carrier."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

from maskline.carriers.contract import Capabilities, Host, Step
from maskline.carriers.smpp.assembly import Assembly
from maskline.carriers.smpp.figures import Figures
from maskline.carriers.smpp.links import Link, commands, tls_context
from maskline.carriers.smpp.pool import Pool
from maskline.carriers.smpp.receiver import Receiver
from maskline.carriers.smpp.reports import Reports
from maskline.carriers.smpp.sender import Sender
from maskline.carriers.smpp.settings import SmppCredentials, SmppSettings, account
from maskline.model.meter import Meter
from maskline.model.smpp import Ledger
from maskline.model.traffic import OutboundMessage, Refused, SendResult

#: Seconds for answers that are still to come when the server stops.
_LEAVE: Final = 5.0


class Smpp:
    """One SMSC account. Each process of the server has connections of its own to the SMSC.

    `clock` gives ms since 1970. Without a ledger it can be made, to see whether its settings are
    good, but not started. Raises OSError for TLS files that can't be read.
    """

    def __init__(
        self,
        name: str,
        settings: SmppSettings,
        credentials: SmppCredentials,
        ledger: Ledger | None,
        clock: Callable[[], int],
        meter: Meter | None = None,
    ) -> None:
        self._account = account(name, settings, credentials)
        self.capabilities = Capabilities(dlr=settings.receipts, rate=settings.rate)
        self._ledger = ledger
        self._clock = clock
        self._figures = Figures(name, meter or Meter())
        self._pool = Pool(self._account, self._figures.submission)
        self._tls = tls_context(settings)
        self._links: list[Link] = []
        self._turn = asyncio.Event()
        self._sender: Sender | None = None
        self._receiver: Receiver | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name that numbers carry."""
        return self._account.name

    @property
    def is_bound(self) -> bool:
        """Whether every link is bound to the SMSC."""
        return bool(self._links) and all(link.connection is not None for link in self._links)

    @property
    def reports(self) -> bool:
        """Whether receipts are asked for."""
        return self._account.receipts

    async def connected(self, within: float) -> Sequence[Step]:
        """Whether the SMSC is reached, and whether it binds us."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self.is_bound and not any(link.trouble for link in self._links):
                    self._turn.clear()
                    await self._turn.wait()
        one, links = self._account, self._links
        where = f"{one.host}:{one.port}{' by TLS' if one.tls else ''}"
        ill = next((link for link in links if link.connection is None), None)
        if ill is None:
            bound = f"{one.bind}: {len(links)} bound"
            return [Step("connect", True, where), Step("bind", True, bound)]
        why = ill.trouble or f"no answer within {within:g} s"
        if not ill.is_reached:
            return [Step("connect", False, f"{where}: {why}")]
        return [Step("connect", True, where), Step("bind", False, why)]

    async def send(self, message: OutboundMessage) -> SendResult:
        """Submits a message. SMPP has no idempotency: one whose answer got lost may reach the
        phone twice when it is handed over again."""
        if self._sender is None:
            return Refused(20503, retry=True)
        return await self._sender.send(message)

    async def start(self, host: Host) -> None:
        """Begins to connect."""
        one, ledger = self._account, self._ledger
        if ledger is None:
            raise ValueError("without a ledger nothing can be taken in")
        sender = self._sender = Sender(one, self._pool, ledger, self._clock)
        assembly = Assembly(one, host, ledger, self._clock)
        reports = Reports(one, host, ledger, self._pool, sender)
        receiver = self._receiver = Receiver(
            one, host, ledger, assembly, reports, self._figures.delivery
        )
        self._links = [
            Link(
                one,
                command,
                receiver.serve,
                self._changed,
                receiver.lost,
                self._tls,
                self._figures,
            )
            for command in commands(one)
        ]
        self._pool.use(self._links)
        self._figures.show(self._links, self._pool)
        for link in self._links:
            link.start()
        self._watch = asyncio.create_task(assembly.watch())

    def _changed(self) -> None:
        self._pool.changed()
        self._turn.set()

    async def close(self) -> None:
        """Waits for answers, answers what it took in, and takes leave of the SMSC."""
        self._figures.hide()
        await self._pool.close(_LEAVE)
        if self._receiver is not None:
            await self._receiver.close(_LEAVE)
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await asyncio.gather(*(link.stop() for link in self._links))
        self._links = []
