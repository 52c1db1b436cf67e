"""The stage: a server of the demo's own, in a folder that is gone when it ends."""

from __future__ import annotations

import asyncio
import importlib
import tempfile
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final, TypeVar

from maskline.access import users
from maskline.access.audit import COMMAND_LINE
from maskline.access.sign_in import new_link
from maskline.app import Server
from maskline.cli.demo.receiver import Receiver, Validate
from maskline.cli.refusal import Refusal
from maskline.cli.web import PortTaken, Web, loop_factory
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import Account
from maskline.model.console import Picture, Role
from maskline.settings import Settings, load
from maskline.store.contract import Transaction

T = TypeVar("T")

HOST: Final = "127.0.0.1"
#: Who the link signs in.
_VIEWER: Final = "demo"

#: Nothing that the shell or the folder has set for another server may reach the demo.
_ENVIRON: Final = {
    "MASKLINE_ALLOW_PRIVATE_WEBHOOKS": "true",
    # Whoever looks at the terminal later shall still find the link to work.
    "MASKLINE_CONSOLE_LINK_MINUTES": "1440",
    "MASKLINE_DELIVERY_DRAIN_SECONDS": "1",
    "MASKLINE_LOG_LEVEL": "error",
}
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 15


class Stage:
    """A server with the simulator, and a receiver of its callbacks, within a `with`.

    `port_taken` when the wanted port was not free and another was taken. Raises Refusal.
    """

    def __init__(self, port: int) -> None:
        self._wanted = port
        self.port_taken = False
        self.receiver: Receiver
        self.settings: Settings
        self.account: Account

    def __enter__(self) -> Stage:
        _sdk("twilio.rest")
        with ExitStack() as stack:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="maskline-demo-", ignore_cleanup_errors=True)
            )
            web = self._web(Path(folder))
            stack.callback(web.close)
            self._running = _Running(web)
            stack.callback(self._running.stop)
            self.settings = web.settings
            self.account = self._running.start()
            self.receiver = Receiver()
            stack.callback(self.receiver.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def base(self) -> str:
        """The server's address."""
        return self.settings.base_url

    def client(self) -> Any:
        """The official SDK, with two base URLs changed and nothing else."""
        client = _sdk("twilio.rest").Client(self.account.sid, self.account.auth_token)
        client.proxy.base_url = f"{self.base}/proxy"
        client.api.base_url = f"{self.base}/api"
        return client

    def validator(self) -> Validate:
        """The official SDK's own check of a callback's signature."""
        validator = _sdk("twilio.request_validator").RequestValidator(self.account.auth_token)
        validate: Validate = validator.validate
        return validate

    def picture(self, content: bytes, content_type: str) -> str:
        """The URL of a picture that the server itself keeps, to send."""

        async def add(env: Env, tx: Transaction) -> str:
            sid = env.sids.new(sids.PICTURE)
            await tx.handsets.add_picture(Picture(sid, content_type, content))
            return sid

        return f"{self.base}/simulator/pictures/{self._running.transact(add)}"

    def console_link(self) -> str:
        """Signs a browser in to the console, once, and opens the handsets."""

        async def make(env: Env, tx: Transaction) -> str:
            user = await users.create(env, tx, COMMAND_LINE, _VIEWER, Role.ADMIN, None)
            token, _ = await new_link(env, tx, user)
            return token

        return f"{self.base}/console/sign-in?next=/handsets#token={self._running.transact(make)}"

    def wait(self) -> None:
        """Returns when the server ends, which it does not by itself."""
        self._running.wait()

    def _web(self, folder: Path) -> Web:
        empty = folder / "maskline.toml"
        empty.touch()
        database = f"sqlite:///{folder / 'maskline.db'}"
        try:
            return Web(_settings(empty, database, self._wanted))
        except PortTaken:
            self.port_taken = True
            return Web(_settings(empty, database, 0))


def _sdk(module: str) -> ModuleType:
    # It is no part of the server: only whoever plays the demo has it.
    try:
        return importlib.import_module(module)
    except ImportError:
        raise Refusal(
            "the demo drives the server through the official SDK, which is not installed",
            "pip install 'maskline[demo]'",
        ) from None


def _settings(file: Path, database: str, port: int) -> Settings:
    return load(file, _ENVIRON, {"host": HOST, "port": port, "database_url": database})


class _Running:
    """The server's thread."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._started = threading.Event()
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="maskline-demo", daemon=True)

    def start(self) -> Account:
        """Returns the account when the server answers. Raises what kept it from starting."""
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise Refusal("the server did not start in time", "The machine may be very busy.")
        if self._error is not None:
            raise self._error
        assert self._server is not None
        assert self._server.bootstrap is not None
        return self._server.bootstrap.account

    def transact(self, work: Callable[[Env, Transaction], Awaitable[T]]) -> T:
        """Runs a use-case on the server's store."""
        server, loop = self._server, self._loop
        assert server is not None
        assert loop is not None
        done = server.store.transact(lambda tx: work(server.env, tx))
        return asyncio.run_coroutine_threadsafe(done, loop).result(_START_SECONDS)

    def stop(self) -> None:
        """Ends it."""
        self._web.stop()
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)

    def wait(self) -> None:
        """Returns when it has ended."""
        while self._thread.is_alive():
            self._thread.join(1)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._web.run(self._ready))
        except BaseException as error:
            self._error = error
        finally:
            self._started.set()

    def _ready(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._started.set()
