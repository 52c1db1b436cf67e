"""A server, a ledger and a clock that do what a test says; the real server is for tests/e2e."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence

from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.carriers.simulator import Behaviour, Limits, Pace, Simulator
from maskline.carriers.simulator.script import Fetch
from maskline.carriers.simulator.views import CallView, Event, event_json
from maskline.model.handset import HandsetMessage
from maskline.model.sid import SidFactory
from maskline.model.traffic import (
    CallEvent,
    InboundCall,
    InboundMessage,
    Intake,
    LegReport,
    OutboundMessage,
)
from maskline.voice.instructions import Response

#: Two people, the proxy number that each of them sees, and somebody else.
ALICE = "+12125551234"
BOB = "+13055551234"
CAROL = "+17185551234"
PROXY_A = "+14158675310"
PROXY_B = "+14158675311"
NOBODY = "+14158675399"

START = 1_800_000_000_000


class FakeTimers:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, FakeHandle, Callable[[], object]]] = []
        self.set = 0

    def time(self) -> float:
        return self.now

    def clock(self) -> int:
        return START + round(self.now * 1000)

    def call_later(self, delay: float, callback: Callable[[], object]) -> FakeHandle:
        self.set += 1
        handle = FakeHandle()
        heapq.heappush(self._due, (self.now + delay, next(self._order), handle, callback))
        return handle

    async def pass_(self, seconds: float) -> None:
        """Lets time pass, with all that falls due in it."""
        await settle()
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            at, _, handle, callback = heapq.heappop(self._due)
            if not handle.cancelled:
                self.now = max(self.now, at)
                callback()
                await settle()
        self.now = until
        await settle()

    @property
    def waiting(self) -> int:
        """How much is still going to happen."""
        return sum(not handle.cancelled for _, _, handle, _ in self._due)


class FakeHandle:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLedger:
    """A ledger in memory. `failures` counts down the writes that fail; `gate` holds them up."""

    def __init__(self) -> None:
        self.rows: list[HandsetMessage] = []
        self.writes = 0
        self.failures = 0
        self.gate: asyncio.Event | None = None

    async def add(self, messages: list[HandsetMessage]) -> None:
        self.writes += 1
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        known = {(row.handset, row.reference) for row in self.rows if row.reference}
        for row in messages:
            if (row.handset, row.reference) not in known:
                known.add((row.handset, row.reference))
                self.rows.append(row)

    async def page(self, handset: str, after: str, limit: int) -> list[HandsetMessage]:
        rows = sorted((row for row in self.rows if row.handset == handset), key=lambda r: r.sid)
        return [row for row in rows if row.sid > after][:limit]

    def bodies(self, handset: str) -> list[str]:
        return [row.body for row in self.rows if row.handset == handset]


class FakeHost:
    """A server. `trees` are the instructions behind our numbers, `dialled` the numbers whose first
    Dial has a name; `refused` must not be dialled by others. `down` counts down the requests that
    find it unavailable, `broken` those that find a mistake in it."""

    def __init__(self) -> None:
        self.trees: dict[str, Response] = {}
        self.dialled: set[str] = set()
        self.strangers = {NOBODY}
        self.messages: list[InboundMessage] = []
        self.calls: list[InboundCall] = []
        self.legs: list[tuple[str, str, str]] = []
        self.refused: set[str] = set()
        self.reports: list[LegReport] = []
        self.batches: list[int] = []
        self.moments: list[list[tuple[str, str, int | None]]] = []
        self.down = 0
        self.broken = 0

    async def message(self, message: InboundMessage) -> Intake:
        await self._stand()
        if message.number in self.strangers:
            return Intake.UNKNOWN_NUMBER
        known = message.provider_id in {one.provider_id for one in self.messages}
        self.messages.append(message)
        return Intake.DUPLICATE if known else Intake.TAKEN

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        await self._stand()
        self.reports += reports
        self.batches.append(len(reports))

    async def call(self, call: InboundCall) -> CallAnswer | None:
        await self._stand()
        self.calls.append(call)
        if call.number not in self.trees:
            return None
        count = len([one for one in self.calls if one.number in self.trees])
        dialled = f"dialled-{count}" if call.number in self.dialled else None
        return CallAnswer(f"inbound-{count}", self.trees[call.number], dialled)

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        await self._stand()
        self.legs.append((call_sid, caller_id, number))
        return None if number in self.refused else f"leg-{len(self.legs)}"

    async def call_events(self, events: Sequence[CallEvent]) -> None:
        await self._stand()
        self.moments.append([(one.call_sid, one.status, one.duration) for one in events])

    async def _stand(self) -> None:
        await asyncio.sleep(0)
        if self.broken:
            self.broken -= 1
            raise ValueError("a mistake")
        if self.down:
            self.down -= 1
            raise HostUnavailable("down")

    @property
    def told(self) -> list[tuple[str, str]]:
        """Leg and status, in order."""
        return [(sid, status) for moment in self.moments for sid, status, _ in moment]

    def last(self, call_sid: str) -> tuple[str, int | None]:
        """The last status and duration of a leg."""
        return [
            (status, duration)
            for moment in self.moments
            for sid, status, duration in moment
            if sid == call_sid
        ][-1]


class Rig:
    """A simulator with everything around it."""

    def __init__(
        self,
        limits: Limits | None = None,
        pace: Pace | None = None,
        behaviour: Behaviour | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.timers = FakeTimers()
        self.ledger = FakeLedger()
        self.host = FakeHost()
        self.simulator = Simulator(
            clock=self.timers.clock,
            sids=SidFactory(self.timers.clock),
            ledger=self.ledger,
            limits=limits,
            pace=pace,
            behaviour=behaviour,
            timers=self.timers,
            fetch=fetch,
        )

    async def started(self) -> Rig:
        await self.simulator.start(self.host)
        return self

    def behave(self, number: str, behaviour: Behaviour) -> None:
        self.simulator.behaviours.put(number, behaviour)

    def ringing(self, number: str) -> CallView:
        """The call that rings on a handset."""
        (call,) = (
            call
            for call in self.simulator.calls(number)
            if call.status == "ringing" and call.direction == "inbound"
        )
        return call

    def only_call(self, number: str) -> CallView:
        (call,) = self.simulator.calls(number)
        return call

    def heard(self, number: str) -> list[tuple[str, str]]:
        return [(one.what, one.text) for one in self.only_call(number).heard]

    async def events(self, number: str | None = None, after: int = 0) -> list[Event]:
        """All that was published so far, without what tells of a gap."""
        events: list[Event] = []
        feed = self.simulator.subscribe(number, after, silence=0.0)
        async for event in feed:
            if event is None:
                break
            events.append(event)
        await feed.aclose()
        return [event for event in events if event.type != "gap"]

    async def everything(self, number: str) -> str:
        """All that a handset's owner can see, as one text."""
        shown = [event_json(event) for event in await self.events(number)]
        shown += map(repr, self.simulator.calls(number))
        shown += map(repr, await self.simulator.messages(number, "", 1000))
        return "\n".join(shown)


def outbound(
    reference: str = "SM1",
    recipient: str = BOB,
    body: str = "hello",
    media: tuple[str, ...] = (),
    sender: str = PROXY_B,
) -> OutboundMessage:
    """A message that the server sends to a handset."""
    return OutboundMessage(reference, sender, recipient, body, media)


async def settle() -> None:
    """Lets everything happen that needs no time."""
    for _ in range(60):
        await asyncio.sleep(0)
