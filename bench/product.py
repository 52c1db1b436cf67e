"""The product as benchmarks run it: its own parts, with a carrier of the benchmark's."""

from __future__ import annotations

import base64
from typing import Final

import msgspec
from bench.population import TOKEN
from maskline.carriers.contract import Carrier, Host
from maskline.delivery.dispatcher import Dispatcher, Handler
from maskline.delivery.guard import UrlGuard
from maskline.delivery.http import AiohttpClient, HttpClient, HttpFailure, HttpRequest, form
from maskline.delivery.relay import RelayHandler
from maskline.delivery.signature import verify
from maskline.delivery.tokens import Tokens
from maskline.delivery.webhooks import CallbackHandler, WebhookSender
from maskline.env import Env, no_lease
from maskline.gateway.hosts import Receive, Scope, Send, by_host
from maskline.gateway.switchboard import Switchboard
from maskline.gateway.twilio import PREFIX, TwilioDoor
from maskline.model.clock import system_clock
from maskline.model.job import JobKind
from maskline.model.sid import SidFactory
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult
from maskline.settings import Settings
from maskline.store.sqlite import SqliteStore
from pathlib import Path


class HttpCarrier:
    """A carrier behind an HTTP API in the shape of the usual ones: a form POST with Basic
    authorization, answered with a JSON object that names the message."""

    name: Final = "bench"

    def __init__(self, http: HttpClient, url: str) -> None:
        self._http = http
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
        """Has nothing to close."""


class InstantCarrier(HttpCarrier):
    """A carrier that accepts at once, without any request."""

    def __init__(self) -> None:
        self._count = 0

    async def send(self, message: OutboundMessage) -> SendResult:
        """Accepts."""
        self._count += 1
        return Accepted(f"bench{self._count}")


class Doors:
    """Store, switchboard and the Twilio-shaped door, as the composition root puts them together.

    Without `deliver` the jobs are committed and stay in the outbox; with it the dispatcher runs
    them: relays through the carrier, which posts to `carrier_url` if there is one, and callbacks.
    """

    def __init__(
        self, settings: Settings, *, deliver: bool = False, carrier_url: str | None = None
    ) -> None:
        clock = system_clock
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        self.store = SqliteStore(path, settings.sqlite, serving=True)
        handlers: dict[str, Handler] = {}
        self.dispatcher = Dispatcher(self.store, clock, "bench", handlers, settings.delivery)
        lease = self.dispatcher.lease if deliver else no_lease
        env = Env(clock, SidFactory(clock), settings, lease)
        self._http = AiohttpClient(UrlGuard(settings.allow_private_webhooks))
        tokens = Tokens(self.store, clock)
        sender = WebhookSender(env, self._http, tokens)
        self._switchboard = Switchboard(env, self.store, sender.blocks)
        carrier: Carrier = (
            InstantCarrier() if carrier_url is None else HttpCarrier(self._http, carrier_url)
        )
        handlers[JobKind.CALLBACK] = CallbackHandler(env, self.store, sender)
        handlers[JobKind.RELAY] = RelayHandler(
            env, self.store, sender, {carrier.name: carrier}, self._switchboard.reports
        )
        self._deliver = deliver
        if deliver:
            self.store.on_jobs(self.dispatcher.offer)
        self._door = TwilioDoor(
            self._switchboard,
            tokens,
            lambda token, url, form, signature, raw: verify(token, url, form, signature, raw=raw),
            settings.public_url,
            settings.limits.max_body_bytes,
        )

    async def start(self) -> None:
        """Opens the store and begins to deliver."""
        await self.store.open()
        if self._deliver:
            await self.dispatcher.start()

    async def stop(self) -> None:
        """Finishes and closes."""
        await self._switchboard.drain()
        await self.dispatcher.stop()
        await self._switchboard.drain()
        await self._http.close()
        await self.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        by_host(scope)
        if scope["path"].startswith(PREFIX):
            await self._door(scope, receive, send)

