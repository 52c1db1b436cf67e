"""The product as benchmarks run it: its own composition, with a carrier of the benchmark's."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

import msgspec

from bench.population import TOKEN
from maskline.app import Server
from maskline.carriers.contract import Host
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.model.http import HttpFailure, HttpRequest, form
from maskline.model.job import Job
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult
from maskline.settings import Settings


class HttpCarrier:
    """A carrier behind an HTTP API in the shape of the usual ones: a form POST with Basic
    authorization, answered with a JSON object that names the message."""

    name: Final = "bench"

    def __init__(self, url: str) -> None:
        self._http = PooledClient(UrlGuard(allow_private=True))
        self._url = url
        basic = base64.b64encode(b"user:" + TOKEN.encode()).decode()
        self._headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    async def send(self, message: OutboundMessage) -> SendResult:
        """Posts the message."""
        body = form([("From", message.sender), ("To", message.recipient), ("Body", message.body)])
        try:
            answer = await self._http.send(HttpRequest("POST", self._url, self._headers, body))
        except HttpFailure:
            return Refused(30008, retry=True)
        if answer.status != 201:
            return Refused(30008, retry=True)
        return Accepted(msgspec.json.decode(answer.body)["sid"])

    async def start(self, host: Host) -> None:
        """Has nothing to start."""

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()


class AcknowledgeOnly(Server):
    """The whole server with its dispatcher stopped: jobs are committed and stay in the outbox.
    `poll_seconds` must be longer than the run."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.store.on_jobs(_leave)
        # Nor when another process says that there are some.
        self.store.on_waiting(lambda: None)


def with_http_carrier(settings: Settings, url: str) -> Server:
    """The whole server, whose numbers of carrier `bench` send through `url`."""
    return Server(settings, carriers=[HttpCarrier(url)])


def _leave(_: Sequence[Job]) -> None:
    """Nobody takes the jobs up."""
