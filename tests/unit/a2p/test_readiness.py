"""What a masking program has to put right, finding by finding."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p import readiness
from maskline.model.a2p import Campaign, NumberStatus
from maskline.model.finding import Finding, State
from maskline.model.number import Number
from maskline.model.pace import Level
from maskline.model.pacific import day_ends
from maskline.model.service import Service
from maskline.model.tollfree import TollfreeStatus, TollfreeVerification
from tests.support.memory import World

GOOD: dict[str, Any] = {
    "campaign_status": "VERIFIED",
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_and_conditions_url": "https://rides.example/terms",
    "message_samples_json": '["Rides: I am here. Reply STOP to opt out.","Rides: I come now."]',
}


class Desk:
    """A masking program that is ready, but for what a test changes."""

    def __init__(
        self,
        world: World,
        *,
        brand: dict[str, Any] | None = None,
        service: dict[str, Any] | None = None,
        campaign: dict[str, Any] | None = None,
        status: NumberStatus = NumberStatus.REGISTERED,
        count: int = 1,
    ) -> None:
        self.world = world
        self.pool: Service = world.add_service()
        self.numbers: list[Number] = world.pool(self.pool, count)
        texts = world.add_messaging_service(
            *self.numbers, **{"use_inbound_webhook_on_number": 1, **(service or {})}
        )
        made = world.records.brand(
            world.account.sid, **{"status": "APPROVED", "brand_score": 80, **(brand or {})}
        )
        self.campaign: Campaign = world.records.campaign(
            texts, made, **{**GOOD, **(campaign or {})}
        )
        if not (campaign or {}).get("brand_registration_sid"):
            world.do(world.tx.brands.add(made))
        world.do(world.tx.campaigns.add(self.campaign))
        self.brand = made
        for number in self.numbers:
            world.do(world.tx.campaigns.bind(number.sid, self.campaign.sid, status))


def check(world: World) -> list[Finding]:
    return world.do(readiness.check(world.env, world.tx, world.account.sid))


def wrong(world: World) -> list[tuple[str, str]]:
    """What is not well. Each says what to do, and none shows a number."""
    found = check(world)
    for one in found:
        assert bool(one.advice) is (one.state is not State.OK)
        assert "+1" not in msgspec.json.encode(one).decode()
    return [(one.check, one.state.value) for one in found if one.state is not State.OK]


def test_a_program_that_is_ready(world: World) -> None:
    Desk(world)
    assert wrong(world) == []
    assert [one.check for one in check(world)] == [
        "numbers",
        "brand",
        "campaign",
        "budget",
        "guard",
        "opt-out",
    ]


def test_a_program_that_has_nothing_yet(world: World) -> None:
    assert wrong(world) == [("numbers", "warn")]


def test_numbers_that_need_no_campaign(world: World) -> None:
    world.add_number("+447911123456", service=world.add_service())
    assert wrong(world) == []


def test_numbers_of_others_are_not_looked_at(world: World) -> None:
    other = world.add_account()
    world.add_number(service=world.add_service(other), account=other)
    assert wrong(world) == [("numbers", "warn")]


def test_long_codes_in_no_messaging_service(world: World) -> None:
    world.pool(world.add_service(), 7)
    assert wrong(world) == [("messaging-service", "bad")]
    details = check(world)[1].details
    assert len(details) == 6
    assert details[-1] == "and 2 more"


def test_a_messaging_service_without_a_campaign(world: World) -> None:
    number = world.add_number(service=world.add_service())
    world.add_messaging_service(number, use_inbound_webhook_on_number=1)
    assert wrong(world) == [("campaign", "bad")]


def test_a_messaging_service_that_is_gone_by_now(world: World) -> None:
    desk = Desk(world)
    world.connection.execute("PRAGMA foreign_keys = OFF")
    world.connection.execute(
        "DELETE FROM messaging_services WHERE sid = ?", (desk.campaign.messaging_service_sid,)
    )
    assert wrong(world) == []


def test_a_messaging_service_that_does_not_defer(world: World) -> None:
    Desk(world, service={"use_inbound_webhook_on_number": 0})
    assert wrong(world) == [("messaging-service", "bad")]


@pytest.mark.parametrize(
    ("brand", "state"),
    [
        ({"brand_score": None}, "warn"),
        ({"brand_score": None, "russell_3000": 1}, None),
        # A person's has no score, and is of use once they have answered.
        ({"brand_type": "SOLE_PROPRIETOR", "brand_score": None}, "warn"),
        (
            {
                "brand_type": "SOLE_PROPRIETOR",
                "brand_score": None,
                "identity_status": "VERIFIED",
            },
            None,
        ),
        ({"status": "PENDING"}, "warn"),
        ({"status": "IN_REVIEW"}, "warn"),
        ({"status": "FAILED", "errors_json": '[{"error_code":30792,"description":"x"}]'}, "bad"),
        ({"status": "SUSPENDED"}, "bad"),
    ],
)
def test_brands(world: World, brand: dict[str, Any], state: str | None) -> None:
    Desk(world, brand=brand)
    assert wrong(world) == ([] if state is None else [("brand", state)])


@pytest.mark.parametrize(("external", "expected"), [(0, [("brand", "bad")]), (1, [])])
def test_a_brand_that_is_not_known(
    world: World, external: int, expected: list[tuple[str, str]]
) -> None:
    Desk(
        world,
        campaign={"brand_registration_sid": "BN?", "is_externally_registered": external},
    )
    assert wrong(world) == expected


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ({"campaign_status": "PENDING"}, [("campaign", "warn")]),
        ({"campaign_status": "IN_PROGRESS"}, [("campaign", "warn")]),
        ({"campaign_status": "SUSPENDED"}, [("campaign", "bad")]),
        (
            {
                "campaign_status": "FAILED",
                "errors_json": '[{"error_code":30880,"description":"no consent"}]',
            },
            [("campaign", "bad")],
        ),
        ({"us_app_to_person_usecase": "MARKETING"}, [("use-case", "warn")]),
        ({"us_app_to_person_usecase": "MIXED"}, []),
        ({"privacy_policy_url": None}, [("content", "warn")]),
        ({"message_samples_json": '["Rides: I am here.","I come"]'}, [("content", "warn")]),
    ],
)
def test_campaigns(world: World, campaign: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    Desk(world, campaign=campaign)
    assert wrong(world) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (NumberStatus.PENDING, [("registration", "warn")]),
        (NumberStatus.FAILED, [("registration", "bad")]),
    ],
)
def test_numbers_under_a_campaign(
    world: World, status: NumberStatus, expected: list[tuple[str, str]]
) -> None:
    Desk(world, status=status)
    assert wrong(world) == expected


def test_numbers_that_are_bound_to_nothing(world: World) -> None:
    desk = Desk(world, count=2)
    world.connection.execute(
        "UPDATE numbers SET campaign_sid = NULL, a2p_status = '' WHERE sid = ?",
        (desk.numbers[0].sid,),
    )
    assert wrong(world) == [("registration", "bad")]


@pytest.mark.parametrize(("limit", "expected"), [(2, [("number-pooling", "warn")]), (3, [])])
def test_as_many_numbers_as_t_mobile_takes(
    world: World, limit: int, expected: list[tuple[str, str]]
) -> None:
    world.change("a2p", warn_numbers=limit)
    Desk(world, count=2)
    assert wrong(world) == expected


@pytest.mark.parametrize(
    ("used", "share", "ended", "expected"),
    [
        (139_999, 1.0, False, []),
        (140_000, 1.0, False, [("budget", "warn")]),
        (140_000, 0.5, False, []),
        (140_000, 1.0, True, []),
        (0, 0.0, False, [("budget", "warn")]),
    ],
)
def test_the_brand_s_day(
    world: World, used: int, share: float, ended: bool, expected: list[tuple[str, str]]
) -> None:
    world.change("a2p", tmobile_share=share)
    desk = Desk(world)
    name, end = f"brand:{desk.brand.sid}", day_ends(world.clock()) * 1000
    if ended:
        end = world.clock() * 1000
    world.do(world.tx.paces.hold([name], 0))
    world.do(world.tx.paces.take_many([Level(name, end, used)]))
    assert wrong(world) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, [("toll-free", "bad")]),
        (TollfreeStatus.IN_REVIEW, [("toll-free", "bad")]),
        (TollfreeStatus.APPROVED, []),
    ],
)
def test_toll_free_numbers(
    world: World, status: TollfreeStatus | None, expected: list[tuple[str, str]]
) -> None:
    number = world.add_number("+18005550100", service=world.add_service())
    if status is not None:
        verification = TollfreeVerification(
            sid=world.records.sids.new("HH"),
            account_sid=world.account.sid,
            tollfree_phone_number_sid=number.sid,
            tollfree_phone_number=number.number,
            status=status.value,
            registrar="manual",
            details_json="{}",
            date_created=0,
            date_updated=0,
        )
        world.do(world.tx.tollfree_verifications.add(verification))
    assert wrong(world) == expected


@pytest.mark.parametrize(
    ("section", "values", "expected"),
    [
        ("a2p", {"unregistered": "allow"}, [("guard", "warn")]),
        ("a2p", {"unregistered": "block"}, []),
        ("optout", {"languages": ("fr",)}, [("opt-out", "warn")]),
        ("optout", {"ignored_words": ("stop",)}, [("opt-out", "bad")]),
        ("optout", {"ignored_words": ("cancel",)}, []),
    ],
)
def test_settings(
    world: World, section: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    Desk(world)
    world.change(section, **values)
    assert wrong(world) == expected
