"""100,000 messages through one Messaging Service, under its campaign's and its brand's budgets, in
simulated time: no window sees more than it may, nothing is lost, and each pair's messages keep
their order."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter, defaultdict, deque
from datetime import datetime
from typing import Any, cast

import msgspec
import pytest

from maskline.a2p import registrations
from maskline.a2p.limits import shipped
from maskline.batcher import Batcher
from maskline.delivery.dispatcher import Dispatcher
from maskline.delivery.long_codes import LongCodes
from maskline.delivery.pacer import Pacer
from maskline.delivery.relay import RelayHandler
from maskline.delivery.stops import Stops
from maskline.messaging import outbound, sending
from maskline.messaging.segments import count
from maskline.model.a2p import NumberStatus
from maskline.model.pacific import day_ends
from maskline.model.sid import SidFactory
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult, Throttled
from maskline.settings import DeliverySettings, Settings
from tests.support.jumping import InlineStore, JumpingLoop, run
from tests.support.memory import World, form

MESSAGES = 100_000
PEOPLE = 20_000
NUMBERS = 10
#: 23:30 on a winter's evening in California.
EVENING = int(datetime.fromisoformat("2026-01-15T07:30:00+00:00").timestamp()) * 1000
#: The campaign's segments a minute, and the brand's a day: class C, tier HIGH_MID.
MINUTE, DAY = 2_400, 40_000
SHORT, LONG = "Your driver is here.", "Your driver is here. " * 8


class Network:
    """A carrier that takes most messages, and notes when. Some it refuses, or has no time for."""

    name = "telnyx"

    def __init__(self, loop: JumpingLoop) -> None:
        self.loop = loop
        self.taken: list[tuple[float, OutboundMessage]] = []
        self.refused: Counter[str] = Counter()
        self.tried: set[str] = set()
        self.chance = random.Random(5)

    async def send(self, message: OutboundMessage) -> SendResult:
        """Takes a message, or not. What it takes it has seen at once."""
        reference, chance = message.reference, self.chance.random()
        if chance < 0.01 and reference not in self.tried:
            self.tried.add(reference)
            self.refused["later"] += 1
            return Throttled(0.2) if chance < 0.002 else Refused(30008, retry=True)
        if message.recipient.endswith("99"):
            self.refused["never"] += 1
            return Refused(30005, retry=False)
        self.taken.append((self.loop.now, message))
        await asyncio.sleep(0.03)
        return Accepted(f"P{reference}")


class Bulk:
    """One process that sends, with all of the delivery engine in it."""

    def __init__(self, world: World, loop: JumpingLoop) -> None:
        self.loop = loop
        self.network = Network(loop)
        self.store = InlineStore(world)
        store = cast(Any, self.store)
        self.env = msgspec.structs.replace(
            world.env,
            clock=self.clock,
            sids=SidFactory(self.clock),
            lease=lambda now: self.dispatcher.lease(now),
        )
        guard = LongCodes(self.env, store)
        handlers: dict[str, Any] = {}
        self.dispatcher = Dispatcher(
            store, self.clock, "me", handlers, DeliverySettings(), paced=handlers
        )
        handlers["relay"] = RelayHandler(
            self.env,
            store,
            cast(Any, None),
            {"telnyx": cast(Any, self.network)},
            Batcher(self._report),
            Stops(self.env, store),
            guard,
            "me",
            Pacer(
                store,
                self.clock,
                lambda: int(loop.now * 1_000_000),
                told=guard.tell,
            ),
        )
        self.store.on_jobs(self.dispatcher.offer)
        self.guard = guard

    def clock(self) -> int:
        """Simulated, from the evening on."""
        return EVENING + int(self.loop.now * 1000)

    async def _report(self, reports: Any) -> Any:
        await self.store.transact(lambda tx: outbound.report(self.env, tx, reports))
        return [None] * len(reports)

    async def send(self, account_sid: str, service_sid: str, bodies: dict[int, str]) -> None:
        """All messages, as fast as a program can hand them in."""
        order = [place % PEOPLE for place in range(len(bodies))]
        for place, person in enumerate(order):
            to = f"+1415{2_000_000 + person * 7:07d}"
            values = {"To": to, "MessagingServiceSid": service_sid, "Body": bodies[place]}
            params = form(values)
            await self.store.transact(
                lambda tx, params=params: sending.create(self.env, tx, account_sid, params)
            )


@pytest.fixture
def world() -> Any:
    world = World(Settings())
    yield world
    world.close()


def registered(world: World) -> str:
    """A Messaging Service with a verified campaign; its SID."""
    numbers = [
        world.add_number(f"+1628555{place:04d}", carrier="telnyx") for place in range(NUMBERS)
    ]
    service = world.add_messaging_service(*numbers, validity_period=36_000)
    brand = world.records.brand(world.account.sid, status="APPROVED", brand_score=60)
    campaign = world.records.campaign(
        service,
        brand,
        campaign_status="VERIFIED",
        us_app_to_person_usecase="CUSTOMER_CARE",
    )
    world.do(world.tx.brands.add(brand))
    world.do(world.tx.campaigns.add(campaign))
    for number in numbers:
        world.do(world.tx.campaigns.bind(number.sid, campaign.sid, NumberStatus.REGISTERED))
    world.env.registry.replace(world.do(registrations.read(world.tx, shipped())))
    return service.sid


@pytest.mark.timeout(300)
def test_a_hundred_thousand_messages_keep_within_their_budgets(world: World) -> None:
    service_sid = registered(world)
    chance = random.Random(11)
    bodies = {
        place: f"{place} {LONG if chance.random() < 0.1 else SHORT}" for place in range(MESSAGES)
    }

    async def play(loop: JumpingLoop) -> Bulk:
        bulk = Bulk(world, loop)
        await bulk.dispatcher.start()
        await bulk.send(world.account.sid, service_sid, bodies)
        while world.rows("SELECT COUNT(*) FROM outbox") != [(0,)]:  # noqa: ASYNC110
            await asyncio.sleep(60)
        await bulk.dispatcher.stop()
        return bulk

    # Very many records live to the end, and to look through them again and again takes a while.
    gc.disable()
    try:
        bulk = run(play)
    finally:
        gc.enable()
    taken = [(at, count(one.body).segments, one) for at, one in bulk.network.taken]

    # No minute sees more than the campaign may send, wherever it begins.
    window: deque[tuple[float, int]] = deque()
    in_window = most = 0
    for at, segments, _ in taken:
        window.append((at, segments))
        in_window += segments
        while window[0][0] <= at - 60:
            in_window -= window.popleft()[1]
        most = max(most, in_window)
    assert most <= MINUTE
    assert most > MINUTE * 0.9

    # No Pacific day sees more than the brand may send, and both days are used up.
    days: Counter[int] = Counter()
    for at, segments, _ in taken:
        days[day_ends(EVENING + int(at * 1000))] += segments
    assert len(days) == 2
    assert all(DAY - 30 <= used <= DAY for used in days.values())

    # Nothing is lost: each message was sent once, refused by the carrier, or has failed since no
    # day was left for it within its ten hours.
    states = Counter(
        {
            (status, code): number
            for status, code, number in world.rows(
                "SELECT status, error_code, COUNT(*) FROM messages GROUP BY 1, 2"
            )
        }
    )
    assert sum(states.values()) == MESSAGES
    assert set(states) == {("sent", None), ("failed", 30005), ("failed", 30023)}
    assert states["sent", None] == len(taken) == len({one.reference for *_, one in taken})
    assert states["failed", 30005] == bulk.network.refused["never"] > 100

    # What a person reads is in the order in which it was written.
    read: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for *_, one in taken:
        read[one.sender, one.recipient].append(int(one.body.partition(" ")[0]))
    assert all(places == sorted(places) for places in read.values())

    # The account was told as the days went by: at each mark once, or again where a message that
    # its carrier refused was given back at that moment.
    told = Counter(code for (code,) in world.rows("SELECT error_code FROM alerts"))
    assert all(2 <= told[code] <= 6 for code in (30025, 30026, 30027))
