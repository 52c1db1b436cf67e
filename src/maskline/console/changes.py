"""Changes: what commits leave behind, gathered and told to whoever listens, in this process and in
others.

A commit only hands over SIDs, and they are dropped at once while nobody listens anywhere. All else
happens later and bounded: when so much happens that it would be felt, some changes are counted and
not told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

import msgspec

from maskline.carriers.simulator import Simulator
from maskline.console import handset_events
from maskline.console.feed import Feed, Told
from maskline.console.reader import Reader
from maskline.console.shapes.events import Skipped
from maskline.env import Env
from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: Seconds that changes gather: little while little happens, and more when much does.
_SOON: Final = 0.05
_LATER: Final = 0.5
#: So many at once is much.
_MUCH: Final = 20
#: How many events of handsets are told in one second: people at phones make a few, a test of load
#: thousands.
_HANDSET_EVENTS: Final = 100
#: How many are read at once; what goes beyond is counted.
_AT_ONCE: Final = 50
#: Seconds before the handsets are listened to again.
_AGAIN: Final = 1.0
#: How many SIDs fit into what processes tell each other.
_TOLD_AT_ONCE: Final = 200
#: Seconds between two times that a process says that somebody listens there, and for how long the
#: others believe it.
_SAY: Final = 5.0
_BELIEVE: Final = 15.0


class _Note(msgspec.Struct, omit_defaults=True):
    """What processes tell each other: that somebody listens, or what changed."""

    sender: str
    sids: list[str] = []
    skipped: int = 0


class Changes:
    """Runs from `start` to `stop`."""

    def __init__(self, env: Env, store: Store, process: str, simulator: Simulator | None) -> None:
        self._store = store
        self._process = process
        self._simulator = simulator
        self._base_url = env.settings.base_url
        self._reader = Reader(self._base_url)
        self.feed = Feed(env.settings.console.viewers, self._attended)
        self._pending: dict[str, None] = {}
        self._skipped = 0
        self._outgoing: dict[str, None] = {}
        self._others_until = 0.0
        self._some = asyncio.Event()
        self._attendance = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._handsets: asyncio.Task[None] | None = None
        store.on_changes(self.committed)
        store.on_broadcast(self._heard)

    def start(self) -> None:
        """Begins."""
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._say())]

    async def stop(self) -> None:
        """Ends."""
        self.feed.close()
        tasks = [*self._tasks, *([self._handsets] if self._handsets else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def committed(self, changed: list[str]) -> None:
        """A commit of this process changed those things."""
        if self.feed.viewers:
            self._gather(changed)
        if self._others_until and self._others_until > asyncio.get_running_loop().time():
            self._outgoing.update(dict.fromkeys(changed))
            self._some.set()

    def _gather(self, changed: list[str]) -> None:
        pending = self._pending
        for sid in changed:
            if sid not in pending and len(pending) >= _AT_ONCE:
                self._skipped += 1
            else:
                pending[sid] = None
        self._some.set()

    def _attended(self, attended: bool) -> None:
        if attended:
            self._attendance.set()
            if self._simulator is not None and self._handsets is None:
                self._handsets = asyncio.create_task(self._keep_following(self._simulator))
        else:
            self._attendance.clear()
            self._pending.clear()
            if self._handsets is not None:
                self._handsets.cancel()
                self._handsets = None

    async def _work(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(_SOON)
            much = max(len(self._pending), len(self._outgoing)) > _MUCH
            self._some.clear()
            try:
                await self._tell_others()
                await self._tell()
            except Exception as error:
                # Whatever it is, the next changes must be told.
                log.error("the console's events failed: %s", type(error).__name__)
            if much:
                await asyncio.sleep(_LATER)

    async def _tell(self) -> None:
        pending, self._pending = list(self._pending), {}
        skipped, self._skipped = self._skipped, 0
        if not self.feed.viewers:
            return
        events: list[Told] = []
        if pending:
            try:
                events = await self._store.read(lambda tx: self._reader.read(tx, pending))
            except StoreUnavailable:
                skipped += len(pending)
        if skipped:
            events.append(Told("", Skipped(skipped)))
        if events:
            self.feed.publish(events)

    async def _tell_others(self) -> None:
        outgoing, self._outgoing = list(self._outgoing), {}
        if outgoing:
            some = outgoing[:_TOLD_AT_ONCE]
            note = _Note(self._process, some, len(outgoing) - len(some))
            await self._store.broadcast(msgspec.json.encode(note).decode())

    async def _say(self) -> None:
        """While somebody listens here, tells the others, unless there are none."""
        if not self._store.shared:
            return
        note = msgspec.json.encode(_Note(self._process)).decode()
        while True:
            await self._attendance.wait()
            await self._store.broadcast(note)
            await asyncio.sleep(_SAY)

    def _heard(self, text: str) -> None:
        try:
            note = msgspec.json.decode(text, type=_Note)
        except msgspec.DecodeError:
            return
        if note.sender == self._process:
            return
        if not note.sids:
            self._others_until = asyncio.get_running_loop().time() + _BELIEVE
        elif self.feed.viewers:
            self._gather(note.sids)
            self._skipped += note.skipped

    async def _keep_following(self, simulator: Simulator) -> None:
        while not self.feed.closed:
            try:
                await self._follow(simulator)
            except Exception as error:
                # There may be too many listeners already, who will leave.
                log.error("the handsets' events failed: %s", type(error).__name__)
            await asyncio.sleep(_AGAIN)

    async def _follow(self, simulator: Simulator) -> None:
        events = simulator.subscribe()
        until, count, skipped = 0.0, 0, 0
        try:
            async for event in events:
                now = asyncio.get_running_loop().time()
                if now > until:
                    until, count = now + 1.0, 0
                    if skipped:
                        self.feed.publish([Told("", Skipped(skipped))])
                        skipped = 0
                told = None if event is None else handset_events.told(event, self._base_url)
                if told is None:
                    continue
                count += 1
                if count > _HANDSET_EVENTS:
                    skipped += 1
                else:
                    self.feed.publish([told])
        finally:
            await events.aclose()
