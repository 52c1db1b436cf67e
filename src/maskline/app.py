"""The composition root: puts the parts of the server together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import Sequence
from typing import Final

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.api.app import create_api
from maskline.api.rate_exchange import PAUSE, RateExchange
from maskline.api.request_log import RequestLog
from maskline.api.throttle import limiter_of
from maskline.bootstrap import Bootstrap, bootstrap
from maskline.carriers.contract import Carrier, Tools
from maskline.carriers.health import Breaker
from maskline.carriers.kinds import KINDS
from maskline.carriers.simulator import Limits, Simulator
from maskline.console.app import Console
from maskline.databases import open_store
from maskline.delivery.attempt_log import AttemptLog
from maskline.delivery.calls import CallHandler, Lines
from maskline.delivery.carriers import Accounts, allows_private, known
from maskline.delivery.client import PooledClient
from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.guard import UrlGuard
from maskline.delivery.guarded import Guarded
from maskline.delivery.handlers import Handler, Paced
from maskline.delivery.housekeeping import Chore, Housekeeper, chores
from maskline.delivery.inbound import InboundHandler
from maskline.delivery.long_codes import LongCodes
from maskline.delivery.notices import NoticeHandler
from maskline.delivery.out_of_session import OutOfSessionHandler
from maskline.delivery.pacer import Pacer
from maskline.delivery.programs import Programs
from maskline.delivery.queue import Queue
from maskline.delivery.registrations import RegistrationHandler, registrars_of
from maskline.delivery.relay import RelayHandler
from maskline.delivery.stops import Stops
from maskline.delivery.tokens import Tokens
from maskline.delivery.traced import TracedCarrier, TracedClient, TracedHandler
from maskline.delivery.webhooks import CallbackHandler, StatusHandler, WebhookSender
from maskline.env import Env
from maskline.gateway import health, media_links
from maskline.gateway import simulator as simulator_door
from maskline.gateway.carriers import PREFIX as CARRIERS
from maskline.gateway.carriers import CarrierDoor
from maskline.gateway.documents import Documents
from maskline.gateway.handsets import StoreLedger
from maskline.gateway.hosts import Asgi, Receive, Scope, Send, by_host
from maskline.gateway.journal import Journal, request_of
from maskline.gateway.media import media_desk
from maskline.gateway.recordings import Recordings
from maskline.gateway.scripts import Scripts
from maskline.gateway.smpp import SmppLedger
from maskline.gateway.switchboard import Switchboard
from maskline.gateway.traced import TracedApp
from maskline.gateway.twilio import PREFIX, TwilioDoor
from maskline.gateway.unsigned import Watch
from maskline.limiter import SharedWindow
from maskline.messaging.moving import Moves
from maskline.messaging.words import words_of
from maskline.metrics import Metrics
from maskline.model.carrier import CarrierAccount, CarrierRequest
from maskline.model.clock import Clock, system_clock
from maskline.model.http import HttpClient
from maskline.model.job import JobKind
from maskline.model.meter import Meter
from maskline.model.request_id import REQUEST
from maskline.model.sid import SidFactory
from maskline.model.trace import Trace
from maskline.settings import Settings
from maskline.tracing import open_trace
from maskline.vaults import vault_of
from maskline.voice import events
from maskline.voice.sentences import whispered

log = logging.getLogger(__name__)

#: Seconds that a database which is away may hold up what carriers have just said.
_AT_LAST: Final = 5.0
#: Seconds between looks at whom to move, and how many are moved in one transaction.
_MOVES_PAUSE: Final = 5.0
_MOVED_AT_ONCE: Final = 20


class Server:
    """One process of the server, as an ASGI application with a lifespan. `carriers` are there
    beside those that the settings turn on."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock = system_clock,
        carriers: Sequence[Carrier] = (),
        trace: Trace | None = None,
    ) -> None:
        self.settings = settings
        self.meter = Meter()
        self.store = open_store(settings, serving=True, meter=self.meter)
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        # A word list that can't be read must be known before the first message.
        words_of(settings.optout)
        handlers: dict[str, Handler] = {}
        paced: dict[str, Paced] = {}
        self.dispatcher = Dispatcher(
            self.store, clock, owner, handlers, settings.delivery, meter=self.meter, paced=paced
        )
        self.trace = trace or open_trace(settings)
        self.queue = Queue(self.store, settings.delivery.queue_jobs)
        rates: dict[str, float] = {}
        self.env = Env(
            clock,
            SidFactory(clock),
            settings,
            self.dispatcher.lease,
            meter=self.meter,
            trace=self.trace,
            is_full=lambda: self.queue.is_full,
            rates=rates,
        )
        self._http = PooledClient(UrlGuard(settings.allow_private_webhooks))
        tokens = Tokens(self.store, clock)
        self._attempts = AttemptLog(self.env, self.store)
        sender = WebhookSender(self.env, self._client(self._http), tokens, self._attempts)
        programs = Programs(sender)
        self.switchboard = Switchboard(self.env, self.store, sender.ask, programs.ask)
        self._documents = Documents(self.env, self.store, programs.ask, self.switchboard)
        self._ledger = StoreLedger(self.store)
        self.simulator = self._simulator(self._documents)
        own = [*carriers, *([] if self.simulator is None else [self.simulator])]
        self._carriers: dict[str, Carrier] = {one.name: self._traced(one) for one in own}
        vault = vault_of(settings)
        # What an operator named may be at a private address; what a callback names may not.
        self._private_http = PooledClient(UrlGuard(allow_private=True))
        self._accounts = Accounts(
            self.store,
            KINDS,
            vault,
            self._tools,
            self._carriers,
            self.switchboard,
            self._guarded,
            rates,
        )
        self._guard = LongCodes(self.env, self.store)
        self.store.on_registrations(self._guard.look)
        self._lines = Lines({carrier.name: carrier for carrier in own}, self._accounts.doors)
        handlers[JobKind.CALL] = CallHandler(self.env, self.store, self._lines)
        handlers[JobKind.CALLBACK] = CallbackHandler(self.env, self.store, sender)
        handlers[JobKind.DEBUGGER] = NoticeHandler(self.env, sender)
        handlers[JobKind.STATUS] = StatusHandler(self.env, self.store, sender)
        handlers[JobKind.OUT_OF_SESSION] = OutOfSessionHandler(self.env, self.store, programs)
        handlers[JobKind.REGISTRATION] = RegistrationHandler(
            self.env, self.store, registrars_of(self._accounts)
        )
        handlers[JobKind.INBOUND] = InboundHandler(self.env, self.store, programs)
        handlers[JobKind.RELAY] = paced[JobKind.RELAY] = RelayHandler(
            self.env,
            self.store,
            sender,
            self._carriers,
            self.switchboard.reports,
            Stops(self.env, self.store),
            self._guard,
            owner,
            Pacer(self.store, clock, told=self._guard.tell),
        )
        self.store.on_jobs(self.dispatcher.offer)
        self.store.on_waiting(self.dispatcher.wake)
        self._limiter = limiter_of(settings.limits, shared=self.store.shared)
        self._housekeeper = Housekeeper(self.env, self.store, self._chores(owner))
        self._journal = Journal(self.env, self.store)
        media = media_desk(settings, vault, clock)
        self._recordings = Recordings(self.env, self.store, self._accounts.doors)
        self._scripts = Scripts(self.env, self.store, self._documents, media, self._accounts.doors)
        self._door = TwilioDoor(
            self.switchboard,
            tokens,
            settings.public_url,
            settings.limits.max_body_bytes,
            Watch(self.env, self.store),
            lambda: self.env.sids.new(REQUEST),
            self.meter,
            self._accounts.doors,
            media,
            whispered(settings.voice),
            self._documents,
        )
        self._carrier_door = CarrierDoor(
            self.switchboard,
            self._accounts.doors,
            media,
            settings.public_url,
            settings.limits.max_body_bytes,
            clock,
            lambda: self.env.sids.new(REQUEST),
            self.meter,
            self._journal if settings.carriers.keep_requests else None,
            self._scripts,
            self._documents,
            self._recordings,
        )
        self.metrics = Metrics(
            settings, self.store, clock, self.meter, lambda: self.dispatcher.held
        )
        self._requests = RequestLog(self.env, self.store)
        self.console = Console(
            self.env, self.store, self.simulator, owner, self._requests, sender.post
        )
        self._api: Asgi = self._falcon()
        self._app: Asgi = self._answer
        if self.trace.is_on:
            self._app = TracedApp(self._app, self.trace)
            for kind, handler in handlers.items():
                handlers[kind] = TracedHandler(handler, self.trace)
        self.bootstrap: Bootstrap | None = None

    async def start(self) -> None:
        """Opens the store, makes the first account, and takes up what an earlier process left."""
        await self.store.open()
        self.bootstrap = await bootstrap(self.env, self.store)
        if not self.store.shared:
            # Elsewhere another process may be at work on them; those of a dead one are taken up
            # when their lease ends.
            now = self.env.clock()
            await self.store.transact(lambda tx: tx.outbox.recover(now))
        for carrier in self._carriers.values():
            await self._recover_calls(carrier.name)
            await carrier.start(self.switchboard)
        await self._accounts.start(self.settings.carriers.reload_seconds)
        await self._guard.start()
        await self.dispatcher.start()
        self.queue.start()
        self._housekeeper.start()
        self.console.start()
        self._attempts.start()
        self._requests.start()

    async def stop(self) -> None:
        """Finishes what is under way within the bound, gives back the rest, and closes."""
        await self.console.stop()
        await self._housekeeper.stop()
        await self.queue.stop()
        # Carriers after it: what is just being handed over would else be cut off.
        await self.dispatcher.stop(self.switchboard.drain)
        await self._accounts.stop()
        for carrier in self._carriers.values():
            await carrier.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AT_LAST):
                await self.switchboard.drain()
                await self._journal.drain()
                await self._documents.drain()
                await self._attempts.stop()
                await self._requests.stop()
        await self._http.close()
        await self._private_http.close()
        await self.store.close()
        # It asks a collector that may be slow, and would hold up what still answers.
        await asyncio.to_thread(self.trace.close)

    def end_listening(self) -> None:
        """Lets those go who listen to events, for a server that waits for its connections to
        end."""
        self.console.end_listening()
        if self.simulator is not None:
            self.simulator.end_listening()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        by_host(scope)
        if scope["path"].startswith(PREFIX):
            await self._door(scope, receive, send)
        elif scope["path"].startswith(CARRIERS):
            await self._carrier_door(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    def _traced(self, carrier: Carrier) -> Carrier:
        """A carrier as relays see it."""
        return TracedCarrier(carrier, self.trace) if self.trace.is_on else carrier

    def _client(self, client: HttpClient) -> HttpClient:
        """A client whose requests are told apart in traces."""
        return TracedClient(client, self.trace) if self.trace.is_on else client

    def _chores(self, process: str) -> list[Chore]:
        found = [*chores(), self._guard.chore()]
        if self.settings.carriers.move_after_seconds:
            moves = Moves(self._unwell, _MOVED_AT_ONCE)
            moving = "moving people off carriers that are not well"
            found.append(Chore(moving, _MOVES_PAUSE, moves.step, moves.is_due))
        if isinstance(self._limiter, SharedWindow):
            exchange = RateExchange(self._limiter, process)
            counting = "counting requests with others"
            found.append(Chore(counting, PAUSE, exchange.step, everywhere=True))
        return found

    async def _replay(self, kept: CarrierRequest) -> str:
        return await self._carrier_door.replay(kept.carrier, request_of(kept))

    def _unwell(self) -> list[str]:
        """The carriers that have not been well for as long as the settings say."""
        least, now = self.settings.carriers.move_after_seconds * 1000, self.env.clock()
        guarded = [one for one in self._carriers.values() if isinstance(one, Guarded)]
        return [one.name for one in guarded if one.unwell_for(now) >= least]

    def _guarded(self, carrier: Carrier) -> Carrier:
        settings = self.settings.carriers
        breaker = Breaker(settings.breaker_failures, int(settings.breaker_seconds * 1000))
        return Guarded(self._traced(carrier), breaker, self.env.clock, self.meter)

    def _tools(self, account: CarrierAccount) -> Tools:
        private = allows_private(account, KINDS)
        return Tools(
            http=self._client(self._private_http if private else self._http),
            door=f"{self.settings.base_url}/carriers/{account.name}",
            clock=self.env.clock,
            fetch=self._documents,
            whisper=whispered(self.settings.voice),
            ledger=SmppLedger(self.store),
            scripts=self._scripts,
            known=known(self.store, account.name),
            meter=self.meter,
        )

    def _falcon(self) -> falcon.asgi.App[Request, Response]:
        api = create_api(
            self.env,
            self.store,
            limiter=self._limiter,
            requests=self._requests,
            replay=self._replay,
            call_options=self._lines.options,
            shelf=self._recordings,
        )
        health.add_routes(api, self.store, self.meter, self.env.is_full)
        media_links.add_routes(api, self.env, self.store, self._client(self._http))
        if self.settings.metrics.enabled and not self.settings.metrics.port:
            api.add_route("/metrics", self.metrics)
        if self.simulator is not None:
            simulator_door.add_routes(
                api, self.simulator, self.settings.limits.max_body_bytes, self._ledger.picture
            )
        if self.settings.console.enabled:
            self.console.add_routes(api)
        return api

    def _simulator(self, documents: Documents) -> Simulator | None:
        if not self.settings.simulator.enabled:
            return None
        limits = self.settings.limits
        return Simulator(
            clock=self.env.clock,
            sids=self.env.sids,
            ledger=self._ledger,
            limits=Limits(
                body_characters=limits.body_characters,
                media=limits.media_per_message,
                history=self.settings.simulator.history,
            ),
            fetch=documents,
        )

    async def _recover_calls(self, carrier: str) -> None:
        # A leg that another process may have on the line is left until it can be no more.
        age = self.settings.voice.time_limit * 1000 if self.store.shared else 0
        before = self.env.clock() - age
        lost = await self.store.transact(lambda tx: events.recover(self.env, tx, carrier, before))
        if lost:
            log.warning("%d call legs of the last run were cut off and are marked failed", lost)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
