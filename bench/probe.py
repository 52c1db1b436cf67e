"""A look into the process under test: `/bench/…` beside its own paths."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import re
import threading
import time
from collections import Counter
from typing import Any, Protocol

import msgspec

from maskline.gateway.hosts import Receive, Scope, Send


class App(Protocol):
    """What can be put under test."""

    async def start(self) -> None:
        """Opens everything."""

    async def stop(self) -> None:
        """Closes everything."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""


class Profile(msgspec.Struct):
    """Seconds of the loop's thread by package, and the functions that took most."""

    parts: dict[str, float]
    table: str


class Probe:
    """An ASGI application around another one, with its lifespan.

    `/bench/cpu` answers with the seconds of processor time per thread; `/bench/idle` when no job
    is left; `/bench/profile/start` and `/stop` profile the loop's thread, on which all
    statements run.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._profile = cProfile.Profile()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"].startswith("/bench/"):
            await self._answer(scope["path"].removeprefix("/bench/"), send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, what: str, send: Send) -> None:
        answer: Any = None
        if what == "cpu":
            answer = cpu()
        elif what == "idle":
            answer = await self._idle()
        elif what == "profile/start":
            self._profile = cProfile.Profile()
            self._profile.enable()
        elif what == "profile/stop":
            answer = self._stop()
        body = msgspec.json.encode(answer)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def _idle(self) -> int:
        """How many jobs are left in the outbox when none is in memory any more."""
        store: Any = getattr(self._app, "store", None)
        dispatcher: Any = getattr(self._app, "dispatcher", None)
        if store is None or dispatcher is None:
            return 0
        left = 1
        for _ in range(3000):
            await dispatcher.idle()
            left = await store.read(lambda tx: tx.outbox.count("pending"))
            if not left:
                break
            await asyncio.sleep(0.01)
        return int(left)

    def _stop(self) -> Profile:
        self._profile.disable()
        return _profile(self._profile)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._app.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._app.stop()
        await send({"type": "lifespan.shutdown.complete"})


def cpu() -> dict[str, float]:
    """Seconds of processor time of each of this process's threads."""
    return {
        thread.name: time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None
    }


def _profile(profile: cProfile.Profile) -> Profile:
    text = io.StringIO()
    stats: Any = pstats.Stats(profile, stream=text)
    stats.sort_stats("tottime").print_stats(45)
    parts: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():
        if file != "~":
            parts[_part(file)] += own
            continue
        # What is written in C counts for who calls it.
        for (caller, _, _), (_, _, time_there, _) in callers.items():
            parts[_part(caller)] += time_there
            own -= time_there
        parts[_part(file)] += own
    return Profile(dict(parts), text.getvalue())


def _part(file: str) -> str:
    """The package that a file belongs to, in a word."""
    if (found := re.search(r"/(maskline/\w+)", file)) is not None:
        return found.group(1).replace("/", ".")
    if (found := re.search(r"-packages/(\w+)", file)) is not None:
        return found.group(1)
    if "/bench/" in file:
        return "the benchmark's carrier and probe"
    return "asyncio" if "/asyncio/" in file else "the event loop and the rest of Python"
