"""The command `maskline`, whose simulated carrier sends to a network in the tests' own process, and
whose clock the tests may set.

`CHAOS_NETWORK` is that network's address; `CHAOS_CLOCK` a file of eight bytes, the milliseconds by
which the clock is wrong.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Final

import msgspec

from maskline import cli
from maskline.app import Server
from maskline.carriers.contract import Carrier, Host
from maskline.cli import web, worker
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.model.clock import Clock, system_clock
from maskline.model.http import HttpFailure, HttpRequest
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult
from maskline.settings import Settings

CARRIER: Final = "simulator"


class Outside:
    """A carrier behind HTTP that takes no idempotency keys: what is handed over twice arrives
    twice. It stands in the simulator's place, whose handsets still send."""

    name: Final = CARRIER

    def __init__(self, url: str, handsets: Carrier) -> None:
        self._handsets = handsets
        self._http = PooledClient(UrlGuard(allow_private=True))
        self._url = f"{url}/carrier"

    async def send(self, message: OutboundMessage) -> SendResult:
        """Posts the message."""
        body = msgspec.json.encode({"reference": message.reference, "body": message.body})
        try:
            answer = await self._http.send(HttpRequest("POST", self._url, {}, body))
        except HttpFailure:
            return Refused(30008, retry=True)
        if answer.status != 200:
            return Refused(30008, retry=True)
        return Accepted(answer.body.decode())

    async def start(self, host: Host) -> None:
        """Lets the handsets send."""
        await self._handsets.start(host)

    async def close(self) -> None:
        """Ends the connections."""
        await self._handsets.close()
        await self._http.close()


def wrong_clock(path: Path) -> Clock:
    """A clock that is wrong by what stands in the file."""
    with path.open("rb") as file:
        page = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def now() -> int:
        return system_clock() + int(struct.unpack_from("<q", page)[0])

    return now


def set_wrong(path: Path, ms: int) -> None:
    """Makes the clock that reads the file wrong by so much; makes the file if it isn't there."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(struct.pack("<q", ms))


class Composed(Server):
    """The server with both."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, wrong_clock(Path(os.environ["CHAOS_CLOCK"])))
        handsets = self._carriers[CARRIER]
        self._carriers[CARRIER] = Outside(os.environ["CHAOS_NETWORK"], handsets)


if __name__ == "__main__":
    web.Server = worker.Server = Composed  # type: ignore[misc]
    cli.main()
