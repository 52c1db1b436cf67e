"""A campaign with as many numbers as T-Mobile takes unasked is told of, with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.a2p import campaigns, pooling
from maskline.messaging import senders
from maskline.model.a2p import NumberStatus
from maskline.model.number import NumberKind
from tests.support.memory import World, form


def alerts(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT error_code, log_level, resource_sid, alert_text FROM alerts")


@pytest.mark.parametrize(
    ("count", "told"), [(48, False), (49, True), (50, True), (51, False), (99, False), (100, True)]
)
def test_when_it_is_told(count: int, told: bool) -> None:
    assert pooling.is_told(count, 49) is told


@pytest.mark.covers("code:80991")
def test_at_the_forty_ninth_and_the_first_beyond(world: World) -> None:
    numbers = [world.add_number() for _ in range(51)]
    service = world.add_messaging_service(*numbers[:47])
    brand = world.records.brand(world.account.sid)
    campaign = world.records.campaign(service, brand, campaign_status="VERIFIED")
    world.do(world.tx.campaigns.add(campaign))
    for number in numbers[:47]:
        world.do(world.tx.campaigns.bind(number.sid, campaign.sid, NumberStatus.REGISTERED))
    counts = []
    for number in numbers[47:]:
        params = form({"PhoneNumberSid": number.sid})
        args = (world.account.sid, service.sid, NumberKind.PHONE, params)
        world.do(senders.add(world.env, world.tx, *args))
        counts.append(len(alerts(world)))
    assert counts == [0, 1, 2, 2]
    code, level, resource, text = alerts(world)[0]
    assert (code, level, resource) == (80991, "warning", campaign.sid)
    assert "49 numbers, where 49 go unasked" in text
    assert text.endswith("with a campaign of its own.")


def test_a_service_without_a_campaign_is_none_of_its_business(world: World) -> None:
    world.change("a2p", warn_numbers=1)
    service = world.add_messaging_service(world.add_number())
    world.do(pooling.joined(world.env, world.tx, service.sid))
    assert alerts(world) == []


@pytest.mark.parametrize(("limit", "told"), [(2, 0), (1, 1)])
def test_a_campaign_that_begins_with_many(world: World, limit: int, told: int) -> None:
    world.change("a2p", warn_numbers=limit)
    service = world.add_messaging_service(world.add_number())
    campaign = world.records.campaign(service, world.records.brand(world.account.sid))
    world.do(campaigns._added(world.env, world.tx, campaign))
    assert [code for code, *_ in alerts(world)] == [80991] * told
