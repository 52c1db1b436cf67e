"""The last look at registrations: who is held, who is warned of, and what a change does."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
import pytest

from maskline.a2p import registrations
from maskline.delivery.housekeeping import Housekeeper
from maskline.delivery.long_codes import LongCodes
from maskline.model.a2p import NumberStatus
from maskline.model.clock import DAY
from maskline.model.job import Relay
from tests.support.jumping import InlineStore
from tests.support.memory import World

OURS = "+14158670001"
TOLL_FREE = "+18005551234"
AMERICAN = "+12125551234"
RELAY = Relay("SM1", None, "AC1", None, "telnyx", OURS, AMERICAN, "hi", (), "outbound-api", None)


class Desk:
    """A guard over a world."""

    def __init__(self, world: World, mode: str = "block") -> None:
        world.change("a2p", unregistered=mode)
        self.world = world
        self.store = cast(Any, InlineStore(world))
        self.guard = LongCodes(world.env, self.store)
        self.number = world.add_number(OURS)
        self.service = world.add_messaging_service(self.number)
        brand = world.records.brand(world.account.sid)
        self.campaign = world.records.campaign(self.service, brand, campaign_status="VERIFIED")
        world.do(world.tx.brands.add(brand))
        world.do(world.tx.campaigns.add(self.campaign))

    async def bind(self, status: NumberStatus, *, known: bool = True) -> None:
        self.world.do(self.world.tx.campaigns.bind(self.number.sid, self.campaign.sid, status))
        if known:
            await self.read()

    async def read(self) -> None:
        await self.guard.start()
        await Housekeeper(self.world.env, self.store, []).do(self.guard.chore())

    async def holds(self, **changes: Any) -> int:
        values = {"account_sid": self.world.account.sid, **changes}
        relay = msgspec.structs.replace(RELAY, **values)
        return await self.guard.holds(relay) if self.guard.suspects(relay) else 0

    def alerts(self) -> list[tuple[Any, ...]]:
        return self.world.rows("SELECT error_code, resource_sid, alert_text FROM alerts")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, 30034),
        (NumberStatus.PENDING, 30035),
        (NumberStatus.FAILED, 30034),
        (NumberStatus.REGISTERED, 0),
    ],
)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.covers("code:30034")
@pytest.mark.covers("code:30035")
async def test_what_is_held(
    world: World, status: NumberStatus | None, code: int, known: bool
) -> None:
    """Known or not: a registration of this moment counts before it was read."""
    desk = Desk(world)
    if status is not None:
        await desk.bind(status, known=known)
    assert await desk.holds() == code
    # Simulated phones too, so that a program can be tried against it.
    assert await desk.holds(carrier="simulator") == code
    assert desk.alerts() == []


@pytest.mark.covers("code:30033")
async def test_a_suspended_campaign(world: World) -> None:
    desk = Desk(world)
    await desk.bind(NumberStatus.REGISTERED)
    suspended = msgspec.structs.replace(desk.campaign, campaign_status="SUSPENDED")
    world.do(world.tx.campaigns.update(suspended))
    # It holds once it was read.
    assert await desk.holds() == 0
    await desk.read()
    assert await desk.holds() == 30033


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, True),
        ({"recipient": "+17872345678"}, True),
        ({"recipient": TOLL_FREE}, True),
        ({"recipient": "+16135550100"}, False),
        ({"recipient": "+447911123456"}, False),
        ({"recipient": "messenger:12345"}, False),
        ({"sender": TOLL_FREE}, False),
        ({"sender": "12345"}, False),
        ({"sender": "+16135550100"}, False),
        ({"sender": "+447911123456"}, False),
        ({"sender": "Parcels"}, False),
        ({"direction": "platform"}, True),
    ],
)
async def test_only_long_codes_to_people_of_the_country(
    world: World, changes: dict[str, Any], held: bool
) -> None:
    assert bool(await Desk(world).holds(**changes)) is held


async def test_allowed_or_warned_of_it_is_sent(world: World) -> None:
    desk = Desk(world, "allow")
    assert await desk.holds() == 0
    assert desk.alerts() == []


async def test_a_warning_comes_once_a_day_for_each_number(world: World) -> None:
    desk = Desk(world, "warn")
    other = world.add_number("+14158670002").number
    for _ in range(3):
        assert await desk.holds() == 0
        assert await desk.holds(sender=other) == 0
    assert [(code, sid) for code, sid, _ in desk.alerts()] == [(30034, "SM1")] * 2
    assert "sent from +1415867XXXX" in desk.alerts()[0][2]
    world.clock.advance(DAY)
    await desk.holds()
    assert len(desk.alerts()) == 3


async def test_a_warning_says_how_far_the_number_is(world: World) -> None:
    desk = Desk(world, "warn")
    await desk.bind(NumberStatus.PENDING)
    await desk.holds()
    await desk.bind(NumberStatus.REGISTERED)
    await desk.holds()
    assert [code for code, *_ in desk.alerts()] == [30035]


async def test_no_warning_of_what_is_registered_by_now_or_simulated(world: World) -> None:
    desk = Desk(world, "warn")
    await desk.bind(NumberStatus.REGISTERED, known=False)
    await desk.holds()
    await desk.holds(carrier="simulator")
    assert desk.alerts() == []


async def test_not_all_numbers_of_very_many_are_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.delivery.long_codes._MOST", 2)
    desk = Desk(world, "warn")
    for place in range(5):
        await desk.holds(sender=f"+1415867{place:04d}")
    assert len(desk.guard._warned) <= 2


async def test_a_look_that_took_longer_takes_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(world)
    await desk.read()
    read, slow, go_on = registrations.read, asyncio.Event(), asyncio.Event()

    async def slowly(*args: Any) -> Any:
        found = await read(*args)
        if not slow.is_set():
            slow.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(registrations, "read", slowly)
    world.do(world.tx.brands.add(world.records.brand(world.account.sid)))
    late = asyncio.create_task(desk.guard._refresh(world.env, world.tx))
    await slow.wait()
    await desk.bind(NumberStatus.REGISTERED)
    go_on.set()
    await late
    assert world.env.registry.of(OURS) is not None


async def test_what_has_not_changed_stays_the_same(world: World) -> None:
    desk = Desk(world)
    await desk.bind(NumberStatus.REGISTERED)
    before = world.env.registry.of(OURS)
    await desk.read()
    assert world.env.registry.of(OURS) is before
