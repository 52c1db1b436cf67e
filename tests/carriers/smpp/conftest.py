"""The carrier between a scripted SMSC and a server that only notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.smpp import Smpp, SmppCredentials, SmppSettings
from maskline.gateway.smpp import SmppLedger
from maskline.model.clock import system_clock
from maskline.model.message import Message
from maskline.model.meter import Meter
from maskline.model.traffic import InboundMessage, Intake, LegReport, OutboundMessage
from maskline.settings import SqliteSettings
from maskline.store.contract import Store
from maskline.store.sqlite import SqliteStore
from tests.carriers.smpp.smsc import Smsc
from tests.support.records import Records

ALICE = "+12125551234"
BOB = "+13055551234"
NUMBER = "+14158675310"


class NotedHost:
    """Takes everything in, once per id, after `gate` is open."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.reports: list[LegReport] = []
        self.unavailable = 0
        self.unknown: set[str] = set()
        self._known: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    async def message(self, message: InboundMessage) -> Intake:
        self.arrived.set()
        await self.gate.wait()
        self._maybe_fail()
        if message.number in self.unknown:
            return Intake.UNKNOWN_NUMBER
        if message.provider_id in self._known:
            return Intake.DUPLICATE
        self._known.add(message.provider_id)
        self.messages.append(message)
        return Intake.TAKEN

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        self._maybe_fail()
        self.reports += reports

    async def call(self, call: Any) -> None:
        raise NotImplementedError

    async def dial(self, call_sid: str, caller_id: str, number: str) -> None:
        raise NotImplementedError

    async def call_events(self, events: Any) -> None:
        raise NotImplementedError

    def _maybe_fail(self) -> None:
        if self.unavailable:
            self.unavailable -= 1
            raise HostUnavailable("the database is away")

    @property
    def texts(self) -> list[str]:
        return [one.body for one in self.messages]


class Line:
    """Everything in one place: `smsc` — `carrier` — `host`, with a real store beside them."""

    def __init__(self, smsc: Smsc, host: NotedHost, store: Store, records: Records) -> None:
        self.smsc = smsc
        self.host = host
        self.store = store
        self.records = records
        self.ledger = SmppLedger(store)
        self.meter = Meter()
        self.carrier: Smpp
        self._open: list[Smpp] = []
        self._references = 0

    async def connect(self, **settings: Any) -> Smpp:
        """A carrier with these settings, bound. It is `carrier` from here on."""
        given = {
            "host": "127.0.0.1",
            "port": self.smsc.port,
            "reconnect_first": 0.01,
            "reconnect_most": 0.05,
            "redelivery": 60.0,
        }
        one = SmppSettings(**{**given, **settings})
        known = SmppCredentials(system_id="maskline", password="secret")
        self.carrier = Smpp("smpp", one, known, self.ledger, system_clock, self.meter)
        self._open.append(self.carrier)
        await self.carrier.start(self.host)
        return self.carrier

    async def close(self) -> None:
        for carrier in self._open:
            await carrier.close()

    def message(self, body: str, **fields: Any) -> OutboundMessage:
        self._references += 1
        given = {"reference": f"SM{self._references:032x}", "sender": NUMBER, "recipient": BOB}
        return OutboundMessage(body=body, **{**given, **fields})

    async def leg(self, message: OutboundMessage, provider_id: str | None = None) -> Message:
        """The message's row, as the server has it."""
        row = self.records.message(
            "AC" + "1" * 32,
            sid=message.reference,
            direction="outbound-reply",
            sender=message.sender,
            recipient=message.recipient,
            body=message.body,
            status="queued",
            carrier=self.carrier.name,
            provider_id=provider_id,
        )
        await self.store.transact(lambda tx: tx.messages.add_many([row]))
        return row


@pytest_asyncio.fixture
async def smsc() -> AsyncIterator[Smsc]:
    smsc = Smsc()
    await smsc.start()
    yield smsc
    await smsc.stop()


@pytest_asyncio.fixture
async def line(smsc: Smsc, tmp_path: Path) -> AsyncIterator[Line]:
    store = SqliteStore(tmp_path / "maskline.db", SqliteSettings())
    await store.open()
    line = Line(smsc, NotedHost(), store, Records())
    yield line
    await line.close()
    await store.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Waits until something in the same loop is true."""

    async def wait(look: Callable[[], Any]) -> Any:
        async with asyncio.timeout(10):
            while not (found := look()):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        return found

    return wait
