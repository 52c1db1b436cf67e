"""A real server for tests: uvicorn in a thread of its own, on a free port of the loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from twilio.rest import Client

from maskline.app import Server
from maskline.carriers.contract import Carrier
from maskline.model.trace import Trace
from maskline.settings import Settings, load

T = TypeVar("T")

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "a-token-for-tests-0123456789abcdef"


class RunningServer:
    """A server that answers at `url`. `client` is the official SDK, with only base URLs changed."""

    def __init__(
        self,
        directory: Path,
        trace: Trace | None = None,
        carriers: Sequence[Carrier] = (),
        **environ: str,
    ) -> None:
        # With the protocol named, asyncio turns Nagle's algorithm off, which costs 40 ms an answer.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.account_sid = ACCOUNT_SID
        self.auth_token = AUTH_TOKEN
        self.settings: Settings = load(
            None,
            {
                "MASKLINE_DATABASE_URL": f"sqlite:///{directory / 'maskline.db'}",
                "MASKLINE_ACCOUNT_SID": ACCOUNT_SID,
                "MASKLINE_AUTH_TOKEN": AUTH_TOKEN,
                "MASKLINE_ALLOW_PRIVATE_WEBHOOKS": "true",
                # A test that wants them limited says so.
                "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "0",
                "MASKLINE_PUBLIC_URL": self.url,
                **environ,
            },
            {},
        )
        self.server = Server(self.settings, carriers=carriers, trace=trace)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(self.server, log_level="warning", lifespan="on", access_log=False)
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> RunningServer:
        self._thread.start()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            threading.Event().wait(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        # Whoever listens to events would else hold it up.
        self._loop.call_soon_threadsafe(self.server.end_listening)
        self._uvicorn.should_exit = True
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._uvicorn.serve(sockets=[self._listener]))

    @property
    def client(self) -> Client:
        """A new client of the first account."""
        return self.client_of(self.account_sid, self.auth_token)

    def client_of(self, username: str, password: str, account_sid: str | None = None) -> Client:
        """A client with other credentials."""
        client = Client(username, password, account_sid)
        client.proxy.base_url = f"{self.url}/proxy"
        client.api.base_url = f"{self.url}/api"
        client.messaging.base_url = f"{self.url}/messaging"
        client.monitor.base_url = f"{self.url}/monitor"
        client.accounts.base_url = f"{self.url}/accounts"
        return client

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs a coroutine on the server's loop, for looking into its store."""

        async def call() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(30)

    def settle(self) -> None:
        """Returns when no job is under way."""
        self.run(self.server.dispatcher.idle)

    def transact(self, use_case: Callable[[Any], Awaitable[T]]) -> T:
        """Runs a use-case on the server's store."""
        return self.run(lambda: self.server.store.transact(use_case))
