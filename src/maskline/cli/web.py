"""Maskline behind uvicorn on listening sockets: shared by `serve` and `demo`."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, TypeAlias

import msgspec
import uvicorn

from maskline.app import Server
from maskline.cli.refusal import Refusal
from maskline.settings import Settings

#: Seconds that requests under way get when the server is stopped.
_GRACE: Final = 5
_ASK_SECONDS: Final = 2
#: Allocations between collections of the youngest objects, and collections of one generation
#: between those of the next. Ten thousand young objects are looked through in some five
#: milliseconds, during which nothing else happens.
_COLLECT: Final = (10_000, 20, 500)


class PortTaken(Refusal):
    """Something else listens there."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of `host`. Raises Refusal."""
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except OSError as error:
        raise Refusal(
            f"{host} is no address of this machine: {error.strerror}", "Choose another with --host."
        ) from error
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        if port == 0 and sockets:
            break  # another address would get another port
        one = socket.socket(family, kind, protocol)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(1)
        except OSError as error:
            one.close()
            if error.errno == errno.EADDRNOTAVAIL and len(found) > 1:
                continue
            for other in sockets:
                other.close()
            raise _refusal(host, port, error) from error
        sockets.append(one)
    if not sockets:
        raise Refusal(f"{host} is no address of this machine", "Choose another with --host.")
    return sockets


def is_maskline(host: str, port: int) -> bool:
    """Whether a Maskline server answers there."""
    connection = HTTPConnection(reachable(host), port, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = msgspec.json.decode(connection.getresponse().read(4096))
    except (OSError, HTTPException, msgspec.DecodeError):
        return False
    finally:
        connection.close()
    return isinstance(answer, dict) and answer.get("status") in {"ready", "unavailable"}


def spare_collector() -> None:
    """Has the garbage collector pass over all that a started server consists of, and come less
    often. Requests leave next to no cycles behind: counting references frees what they made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)


def reachable(host: str) -> str:
    """An address to call what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _refusal(host: str, port: int, error: OSError) -> Refusal:
    if error.errno == errno.EADDRINUSE:
        who = "another Maskline server" if is_maskline(host, port) else "another program"
        return PortTaken(
            f"port {port} of {host} is taken by {who}", "Stop it, or choose another with --port."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Refusal(
            f"this user may not listen on port {port}", "Choose one above 1023 with --port."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return Refusal(f"{host} is no address of this machine", "Choose another with --host.")
    reason = os.strerror(error.errno or 0)
    return Refusal(f"can't listen on port {port} of {host}: {reason}")


def loop_factory() -> Callable[[], Any] | None:
    """uvloop where it is installed."""
    return uvicorn.Config(_nothing, log_config=None).get_loop_factory()


class Http(uvicorn.Server):
    """uvicorn with start and stop announced and the signals left to us: after a signal it would
    end the process by that signal, and a server that was asked to stop has not failed."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], stopping: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._tell_started = started
        self._tell_stopping = stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._tell_stopping()
        await super().shutdown(sockets)


#: What goes on while a server serves.
Beside: TypeAlias = Callable[[Server], contextlib.AbstractAsyncContextManager[None]]


def _alone(_: Server) -> contextlib.AbstractAsyncContextManager[None]:
    return contextlib.nullcontext()


class Web:
    """One server. It takes its port at once, and answers while `run` runs.

    `settings` are those in force, with the port that was really taken. Raises Refusal.
    """

    def __init__(self, settings: Settings) -> None:
        self._sockets = listen(settings.host, settings.port)
        port = self._sockets[0].getsockname()[1]
        self.settings = msgspec.structs.replace(settings, port=port)
        self._http: Http | None = None
        self._stopping = False

    def close(self) -> None:
        """Gives the port back."""
        for one in self._sockets:
            one.close()

    def stop(self) -> None:
        """Has `run` return after what is under way is done; called again, at once. May be called
        from any thread."""
        if self._http is not None:
            self._http.should_exit = True
            self._http.force_exit = self._stopping
        self._stopping = True

    async def run(self, ready: Callable[[Server], None], beside: Beside = _alone) -> None:
        """Serves until `stop`, and calls `ready` when it answers. `beside` is entered before.

        Raises StoreUnavailable and SchemaTooNew when the database can't be used.
        """
        server = Server(self.settings)
        await server.start()
        try:
            self._http = Http(self._config(server), lambda: ready(server), server.end_listening)
            self._http.should_exit = self._stopping
            async with beside(server):
                await self._http.serve(sockets=self._sockets)
        finally:
            await server.stop()

    def _config(self, server: Server) -> uvicorn.Config:
        return uvicorn.Config(
            server,
            http="auto",
            ws="none",
            # Started and stopped above, where its errors keep their types.
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # X-Forwarded-* are believed from this machine, or from FORWARDED_ALLOW_IPS.
            proxy_headers=True,
            timeout_graceful_shutdown=_GRACE,
        )


async def _nothing(*_: object) -> None:
    """An application to ask uvicorn's configuration with."""
