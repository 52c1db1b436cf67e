"""The world outside the server: a phone network and a program, in the tests' own process.

Messages go in by both doors in turn, at a steady rate: as simulated handsets' texts, which nobody
repeats, and as a Twilio-shaped carrier's webhooks, which are repeated until they are acknowledged,
as carriers do. What comes out is handed to the network by a carrier in the simulator's place.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Coroutine, Sequence
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.chaos.ledger import Ledger
from tests.support.server import ACCOUNT_SID, AUTH_TOKEN

T = TypeVar("T")

#: Messages under way at once, beyond which a moment's message is not sent at all.
_UNDER_WAY: Final = 300
#: Seconds after which a carrier repeats what was not acknowledged.
_AGAIN: Final = 0.25
#: Seconds after which it takes an answer for lost.
_PATIENCE: Final = 10.0


class Route(NamedTuple):
    """A person, and the proxy number that they write to."""

    person: str
    number: str


class Network:
    """A thread with a loop of its own, an HTTP server and the load."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.url = ""
        #: Where messages may be sent to: the servers that are in rotation.
        self.targets: list[str] = []
        self.service_sid = ""
        #: What the carrier's API answers; 200 takes the message.
        self.status = 200
        #: While it is cleared, the program's webhook does not answer.
        self.answers: asyncio.Event
        #: States that the program was told, by the outbound leg.
        self.told: dict[str, set[str]] = {}
        self.unexpected: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._validator = RequestValidator(AUTH_TOKEN)
        self._under_way: set[asyncio.Task[None]] = set()
        self._turn = itertools.count()
        self._load: asyncio.Task[None] | None = None

    def __enter__(self) -> Network:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, routes: Sequence[Route], rate: float) -> None:
        """Begins to send so many messages a second."""

        async def start() -> None:
            self._load = asyncio.create_task(self._steadily(routes, rate))

        self._run(start())

    def turn_over(self) -> None:
        """Begins a new ledger, whose numbers follow those of the last."""
        self.ledger = Ledger(self.ledger.next)
        self.unexpected = []

    def end(self) -> None:
        """Ends the load, and returns when every carrier's message was acknowledged."""

        async def end() -> None:
            assert self._load is not None
            self._load.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._load
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=60)

        self._run(end())

    def hang(self) -> None:
        """The program's webhook host answers nothing from here on."""
        self._loop.call_soon_threadsafe(self.answers.clear)

    def answer(self) -> None:
        """It answers again."""
        self._loop.call_soon_threadsafe(self.answers.set)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(90)

    async def _open(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()
        app = web.Application()
        app.router.add_post("/carrier", self._carrier)
        app.router.add_post("/callback", self._callback)
        # Those that hang are ended with it.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_PATIENCE),
        )

    async def _close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._http.close()
        await self._runner.cleanup()

    async def _carrier(self, request: web.Request) -> web.Response:
        """The carrier's API."""
        message = await request.json()
        if self.status != 200:
            return web.Response(status=self.status)
        self.ledger.deliver(int(message["body"]))
        return web.Response(text=f"outside-{uuid4().hex}")

    async def _callback(self, request: web.Request) -> web.Response:
        """The program's webhook."""
        form = await request.post()
        if not self.answers.is_set():
            await self.answers.wait()
            # Whoever asked has left by now.
            return web.Response(status=500)
        leg, status = form.get("outboundResourceSid"), form.get("outboundResourceStatus")
        self.told.setdefault(str(leg), set()).add(str(status))
        return web.Response()

    async def _steadily(self, routes: Sequence[Route], rate: float) -> None:
        began = time.monotonic()
        for place in itertools.count():
            # By the schedule, not by pauses: a late moment takes nothing from the rate.
            await asyncio.sleep(max(0.0, began + place / rate - time.monotonic()))
            if len(self._under_way) >= _UNDER_WAY:
                continue
            route = routes[place % len(routes)]
            send = self._by_carrier if place // len(routes) % 2 else self._by_phone
            task = asyncio.create_task(send(self.ledger.begin(), route))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _target(self) -> str:
        return self.targets[next(self._turn) % len(self.targets)]

    async def _by_phone(self, number: int, route: Route) -> None:
        """A handset's text, once."""
        path = f"/simulator/phones/{quote(route.person, safe='')}/messages"
        text = {"to": route.number, "body": str(number)}
        status = await self._post(path, json=text)
        if status == 201:
            self.ledger.accept(number)
        elif status not in (0, 503):
            self.unexpected.append(f"a handset was answered {status}")

    async def _by_carrier(self, number: int, route: Route) -> None:
        """A carrier's webhook, until it is acknowledged."""
        path = f"/webhooks/v1/Accounts/{ACCOUNT_SID}/Proxy/{self.service_sid}/Webhooks/Message"
        form = {
            "MessageSid": f"SM{number:032x}",
            "From": route.person,
            "To": route.number,
            "Body": str(number),
        }
        status = await self._post(path, form=form)
        for _ in itertools.count():
            if status not in (0, 503):
                break
            await asyncio.sleep(_AGAIN)
            status = await self._post(path, form=form)
        if status == 200:
            self.ledger.accept(number)
        else:
            self.unexpected.append(f"a carrier was answered {status}")

    async def _post(self, path: str, *, json: Any = None, form: Any = None) -> int:
        """The status of the answer; 0 when none came. A server that takes no connection is passed
        over for the next, as by a load balancer."""
        for _ in range(len(self.targets) or 1):
            if not self.targets:
                return 0
            url = f"{self._target()}{path}"
            headers = {}
            if form is not None:
                headers["X-Twilio-Signature"] = self._validator.compute_signature(url, form)
            try:
                async with self._http.post(url, json=json, data=form, headers=headers) as answer:
                    await answer.read()
                    return answer.status
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                return 0
        return 0
