"""Which numbers are registered, what holds the others, and on what terms they send."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.a2p import registrations
from maskline.a2p.limits import shipped
from maskline.model.a2p import Campaign, NumberStatus
from maskline.model.number import Number
from maskline.model.registration import Registry
from tests.support.memory import World


def bound(
    world: World,
    status: NumberStatus = NumberStatus.REGISTERED,
    brand: dict[str, Any] | None = None,
    **changes: Any,
) -> tuple[Number, Campaign]:
    number = world.add_number()
    service = world.add_messaging_service(number)
    made = world.records.brand(world.account.sid, **{"brand_score": 60, **(brand or {})})
    values = {"campaign_status": "VERIFIED", **changes}
    campaign = world.records.campaign(service, made, **values)
    if changes.get("brand_registration_sid") is None:
        world.do(world.tx.brands.add(made))
    world.do(world.tx.campaigns.add(campaign))
    world.do(world.tx.campaigns.bind(number.sid, campaign.sid, status))
    return number, campaign


def read(world: World) -> dict[str, Any]:
    return world.do(registrations.read(world.tx, shipped()))


@pytest.mark.parametrize(
    ("status", "campaign", "brand", "code"),
    [
        (NumberStatus.REGISTERED, {}, {}, 0),
        (NumberStatus.PENDING, {}, {}, 30035),
        (NumberStatus.FAILED, {}, {}, 30034),
        (NumberStatus.REGISTERED, {"campaign_status": "SUSPENDED"}, {}, 30033),
        (NumberStatus.REGISTERED, {}, {"status": "SUSPENDED"}, 30033),
        (NumberStatus.PENDING, {"campaign_status": "IN_PROGRESS"}, {}, 30035),
        (NumberStatus.PENDING, {"campaign_status": "PENDING"}, {}, 30035),
        (NumberStatus.PENDING, {"campaign_status": "FAILED"}, {}, 30034),
    ],
)
def test_what_holds_a_number(
    world: World,
    status: NumberStatus,
    campaign: dict[str, Any],
    brand: dict[str, Any],
    code: int,
) -> None:
    number, _ = bound(world, status, brand, **campaign)
    assert read(world)[number.number].code == code
    one = world.do(registrations.of_number(world.tx, number.number, shipped()))
    assert one is not None
    assert one == read(world)[number.number]


def test_terms(world: World) -> None:
    number, campaign = bound(world)
    terms = read(world)[number.number].terms
    assert (terms.account_sid, terms.campaign_sid) == (world.account.sid, campaign.sid)
    assert terms.brand_sid == terms.brand_key == campaign.brand_registration_sid
    assert (terms.sms_tpm, terms.mms_tpm, terms.per_number) == (60, 50, True)
    assert terms.daily_cap == 40_000


def test_brands_of_one_name_in_the_registry_share_their_day(world: World) -> None:
    one, _ = bound(world, brand={"tcr_id": "B1"})
    two, _ = bound(world, brand={"tcr_id": "B1"})
    other, _ = bound(world)
    found = read(world)
    assert found[one.number].terms.brand_key == found[two.number].terms.brand_key == "B1"
    assert found[other.number].terms.brand_key != "B1"


def test_a_campaign_of_a_brand_that_is_not_known(world: World) -> None:
    number, campaign = bound(world, brand_registration_sid="")
    terms = read(world)[number.number].terms
    assert (terms.brand_sid, terms.brand_key) == (None, campaign.sid)
    assert terms.daily_cap == 2_000
    assert (
        world.do(registrations.of_number(world.tx, number.number, shipped()))
        == (read(world)[number.number])
    )


def test_nobody_else_is_registered(world: World) -> None:
    assert read(world) == {}
    loose = world.add_number()
    number, campaign = bound(world)
    assert list(read(world)) == [number.number]
    assert world.do(registrations.of_number(world.tx, loose.number, shipped())) is None
    # A campaign that was deleted a moment ago holds for nobody.
    world.connection.execute("DELETE FROM a2p_campaigns WHERE sid = ?", (campaign.sid,))
    assert read(world) == {}
    assert world.do(registrations.of_number(world.tx, number.number, shipped())) is None


def test_the_registry(world: World) -> None:
    registry = Registry()
    assert (len(registry), registry.of("+1")) == (0, None)
    number, _ = bound(world)
    found = read(world)
    registry.replace(found)
    assert len(registry) == 1
    assert registry.of(number.number) is found[number.number]
