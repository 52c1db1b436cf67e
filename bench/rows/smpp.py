"""Submissions to an SMSC: the carrier, beside a loop that does nothing but keep the window full."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from bench.figures import Bar, Figure, Row
from bench.run import ROOT, WARM_UP, Run
from maskline.carriers.smpp import Smpp, SmppCredentials, SmppSettings, pdu
from maskline.model.clock import system_clock
from maskline.model.traffic import Accepted, OutboundMessage

_SMSC: Final = ROOT / "tests/support/smsc"
_WINDOW: Final = 32
#: Messages that the outbox would have under way.
_SENDERS: Final = 64
_TEXT: Final = "Your driver is two minutes away."


async def smpp(run: Run) -> list[Row]:
    """Messages that the SMSC took, a second. No row where node-smpp is not installed."""
    if not (_SMSC / "node_modules/smpp").is_dir():
        run.tell("smpp: node-smpp is not installed, see scripts/install-programs")
        return []
    seconds, ours, bare = run.options.seconds, [], []
    async with _smsc() as port:
        carrier = Smpp(
            "smpp",
            SmppSettings(host="127.0.0.1", port=port, window=_WINDOW, receipts=False),
            SmppCredentials(system_id="maskline", password="secret"),
            _Nothing(),
            system_clock,
        )
        await carrier.start(_Nothing())
        loop = await _Loop.bound(port)
        await _send(carrier, min(WARM_UP, seconds))
        await loop.run(min(WARM_UP, seconds))
        for number in range(run.options.rounds):
            ours.append(await _send(carrier, seconds))
            run.tell(f"smpp, round {number + 1}, A: {ours[-1]:,.0f}/s")
            bare.append(await loop.run(seconds))
            run.tell(f"smpp, round {number + 1}, B: {bare[-1]:,.0f}/s")
        loop.close()
        await carrier.close()
    figure, control = Figure("/s", ours), Figure("/s", bare)
    return [
        Row(
            key="smpp",
            title="messages to an SMSC, one connection",
            runs=f"the carrier's send: encoded, submitted, answered; window {_WINDOW}, SMSC "
            "node-smpp over TCP, no receipts",
            figure=figure,
            control_runs="the same submit_sm, made once, kept in a full window; answers counted",
            control=control,
            bars=[Bar("share of the control", figure.median / control.median, ">=", 0.5)],
            remarks=["the SMSC, in a process of its own, shares the machine with both"],
        )
    ]


@asynccontextmanager
async def _smsc() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(_SMSC / "smsc.js"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    try:
        yield told["port"]
    finally:
        process.stdin.close()
        await process.wait()


async def _send(carrier: Smpp, seconds: float) -> float:
    """Messages a second."""
    began = time.monotonic()
    until = began + seconds
    done = 0

    async def sender(name: int) -> None:
        nonlocal done
        number = 0
        while time.monotonic() < until:
            number += 1
            message = OutboundMessage(
                f"SM{name:08x}{number:024x}", "+14158675310", "+13055551234", _TEXT
            )
            if not isinstance(await carrier.send(message), Accepted):
                raise RuntimeError("the SMSC refused a message")
            done += 1

    await asyncio.gather(*(sender(name) for name in range(_SENDERS)))
    return done / (time.monotonic() - began)


class _Nothing:
    """The server and its ledger, which are not asked for anything here but whether they have
    something to do."""

    is_shared = False

    def __getattr__(self, name: str) -> Any:
        async def nothing(*_: Any) -> list[Any]:
            return []

        return nothing


class _Loop(asyncio.Protocol):
    """The control."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.answers = 0
        self.sequence = 1
        self.until = 0.0
        self.under_way = 0
        self.done = asyncio.get_running_loop().create_future()
        self.pdu = bytearray(
            pdu.write(
                pdu.SUBMIT_SM,
                0,
                body=pdu.write_message(
                    pdu.ShortMessage(
                        source_ton=1,
                        source="14158675310",
                        destination_ton=1,
                        destination="13055551234",
                        short_message=_TEXT.encode(),
                    )
                ),
            )
        )

    @classmethod
    async def bound(cls, port: int) -> _Loop:
        running = asyncio.get_running_loop()
        _, loop = await running.create_connection(cls, "127.0.0.1", port)
        loop.under_way = 1
        body = pdu.bind_body("maskline", "secret", "", 0, 0, "")
        loop.transport.write(pdu.write(pdu.BIND_TRANSCEIVER, 1, body=body))
        await loop.done
        return loop

    async def run(self, seconds: float) -> float:
        """Messages a second."""
        began = time.monotonic()
        self.until, self.answers = began + seconds, 0
        self.done = asyncio.get_running_loop().create_future()
        self._fill()
        await self.done
        return self.answers / (time.monotonic() - began)

    def close(self) -> None:
        """Disconnects."""
        self.transport.close()

    def connection_made(self, transport: Any) -> None:
        """The connection stands."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Counts answers."""
        received = self.received
        received += data
        at = 0
        while len(received) - at >= 16:
            (length,) = struct.unpack_from(">I", received, at)
            if at + length > len(received):
                break
            at += length
            self.answers += 1
            self.under_way -= 1
        del received[:at]
        if time.monotonic() < self.until:
            self._fill()
        elif not self.under_way and not self.done.done():
            self.done.set_result(None)

    def _fill(self) -> None:
        outgoing = []
        while self.under_way < _WINDOW:
            self.sequence += 1
            self.under_way += 1
            struct.pack_into(">I", self.pdu, 12, self.sequence)
            outgoing.append(bytes(self.pdu))
        self.transport.write(b"".join(outgoing))
