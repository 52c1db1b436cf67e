"""A look into the process under test: `/bench/…` beside its own paths."""

from __future__ import annotations

import asyncio
import cProfile
import gc
import io
import pstats
import re
import threading
import time
from collections import Counter
from typing import Any, Final, Protocol

import msgspec

from maskline.gateway.hosts import Receive, Scope, Send

#: Seconds between two looks at whether the loop is late.
_TICK: Final = 0.002


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


class Watched(msgspec.Struct):
    """What was seen within the server: seconds that the loop was late for each tick, and seconds of
    processor time that its thread took until then, which is less where it was not let run; seconds
    of each POST from its head to the end of its answer, and of each collection of garbage."""

    late: list[float] = []
    work: list[float] = []
    answers: list[float] = []
    collections: list[float] = []


class Probe:
    """An ASGI application around another one, with its lifespan.

    `/bench/cpu` answers with the seconds of processor time per thread; `/bench/idle` when no job
    is left; `/bench/profile/start` and `/stop` profile the loop's thread, on which all
    statements run; `/bench/watch/start` and `/stop` watch how long the loop is held up.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._profile = cProfile.Profile()
        self._watch: Watch | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"].startswith("/bench/"):
            await self._answer(scope["path"].removeprefix("/bench/"), send)
        elif self._watch is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
        else:
            began, watched = time.perf_counter(), self._watch.seen
            await self._app(scope, receive, send)
            watched.answers.append(time.perf_counter() - began)

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
        elif what == "watch/start":
            self._watch = Watch()
        elif what == "watch/stop" and self._watch is not None:
            answer, self._watch = self._watch.stop(), None
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


class Watch:
    """Watches the loop from when it is made until it is stopped."""

    def __init__(self) -> None:
        self.seen = Watched()
        self._collecting = 0.0
        self._task = asyncio.create_task(self._tick())
        gc.callbacks.append(self._collects)

    def stop(self) -> Watched:
        """What it saw."""
        self._task.cancel()
        gc.callbacks.remove(self._collects)
        return self.seen

    async def _tick(self) -> None:
        while True:
            due, worked = time.perf_counter() + _TICK, time.thread_time()
            await asyncio.sleep(_TICK)
            self.seen.late.append(time.perf_counter() - due)
            self.seen.work.append(time.thread_time() - worked)

    def _collects(self, phase: str, _: dict[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._collecting = now
        else:
            self.seen.collections.append(now - self._collecting)


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
