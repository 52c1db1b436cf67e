"""The carrier against the server of the package smpp34, which has an SMPP engine of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import smpp34

from maskline.model.traffic import Accepted, Unclear
from tests.carriers.smpp.conftest import ALICE, BOB, NUMBER, Line

COUNT = 10_000


class Cable:
    """Carries octets between the carrier and the server, which gives up no port once it had it, and
    can be cut and laid anew."""

    def __init__(self) -> None:
        self.target = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def stop(self) -> None:
        self._server.close()
        self.cut()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        ends = {writer, back}
        self._writers |= ends
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        self._writers -= ends

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.transport.abort()


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Smpp34:
    """The server; it answers each text with an id, and notes what a receipt needs."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable
        self.esmes: list[Any] = []
        self.submitted: list[str] = []
        self.receipts: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()
        self.throttle = 0
        self.bound = asyncio.Event()
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.cable.target = free_port()
        self._server = smpp34.Server("127.0.0.1", self.cable.target, system_id="smpp34")
        await self._server.start()
        self._task = asyncio.create_task(self._serve(self._server))

    async def stop(self) -> None:
        self.cable.cut()
        await self._server.stop()
        assert self._task is not None
        self._task.cancel()
        self.esmes.clear()
        self.bound.clear()

    async def _serve(self, server: Any) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.SubmitSmEvent):
                self._take(event)
            elif isinstance(event, smpp34.Unbound):
                self.esmes = [one for one in self.esmes if one.session_id != event.session_id]
                self.bound.clear()
            else:
                self.esmes.append(event)
                self.bound.set()

    def _take(self, event: Any) -> None:
        if self.throttle and (len(self.submitted) + 1) % self.throttle == 0:
            self.submitted.append("")
            event.reject(smpp34.ESME_RTHROTTLED)
            return
        self.submitted.append(bytes(event.short_message).decode())
        provider_id = f"{len(self.submitted):x}"
        event.accept(provider_id)
        self.receipts.put_nowait((provider_id, event.destination_addr, event.source_addr))

    async def deliver(self, text: bytes, source: str, destination: str, esm_class: int = 0) -> None:
        """Hands a message over until it is answered."""
        while True:
            await self.bound.wait()
            try:
                answer = await asyncio.wait_for(
                    self.esmes[-1].deliver_sm(
                        destination,
                        text,
                        source_addr=source,
                        source_addr_ton=1,
                        dest_addr_ton=1,
                        esm_class=esm_class,
                    ),
                    5,
                )
                if answer.is_success:
                    return
            except (smpp34.SmppError, TimeoutError, IndexError):
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Smpp34]:
    cable = Cable()
    await cable.start()
    server = Smpp34(cable)
    await server.start()
    yield server
    await server.stop()
    await cable.stop()


async def test_a_text_each_way_and_its_receipt(line: Line, server: Smpp34) -> None:
    await line.connect(port=server.cable.port)
    message = line.message("hello")
    assert await line.carrier.send(message) == Accepted("1")
    provider_id, source, destination = await server.receipts.get()
    text = f"id:{provider_id} stat:DELIVRD err:000".encode()
    await server.deliver(text, source, destination, 0x04)
    await server.deliver(b"hi", ALICE[1:], NUMBER[1:])
    assert [(one.message_sid, one.status) for one in line.host.reports] == [
        (message.reference, "delivered")
    ]
    assert [(one.sender, one.number, one.body) for one in line.host.messages] == [
        (ALICE, NUMBER, "hi")
    ]


@pytest.mark.covers("carrier:smpp.smpp34")
@pytest.mark.timeout(120)
async def test_ten_thousand_messages_both_ways_and_a_restart(line: Line, server: Smpp34) -> None:
    server.throttle = 2003
    await line.connect(port=server.cable.port, window=50)
    await server.bound.wait()
    numbers = iter(range(COUNT))
    incoming = iter(range(COUNT))
    doubtful: Counter[int] = Counter()

    async def write() -> None:
        for number in numbers:
            message = line.message(f"out {number}", recipient=BOB)
            while not isinstance(result := await line.carrier.send(message), Accepted):
                doubtful[number] += isinstance(result, Unclear)

    async def read() -> None:
        for number in incoming:
            await server.deliver(f"in {number}".encode(), ALICE[1:], NUMBER[1:])

    async def trouble() -> None:
        for share, happens in ((0.3, "cut"), (0.6, "restart")):
            while len(server.submitted) < COUNT * share:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            server.cable.cut()
            if happens == "restart":
                await server.stop()
                await server.start()

    workers = [write() for _ in range(100)] + [read() for _ in range(50)]
    await asyncio.gather(trouble(), *workers)
    out = Counter(filter(None, server.submitted))
    assert set(out) == {f"out {number}" for number in range(COUNT)}
    assert sum(out.values()) - COUNT <= doubtful.total() <= 100
    arrived = Counter(line.host.texts)
    assert set(arrived) == {f"in {number}" for number in range(COUNT)}
    marked = sum(one.provider_id.endswith("-again") for one in line.host.messages)
    assert sum(arrived.values()) - COUNT <= marked
