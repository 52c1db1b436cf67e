from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest

from maskline.a2p import brands
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from tests.support.memory import World, form
from tests.support.registration import CUSTOMER, PROFILE
from tests.unit.a2p.conftest import Registry

TOKEN = "cv|1.0|tcr|10dlc|0123"


def code_of(world: World, use_case: Awaitable[Any]) -> int:
    with pytest.raises(Fault) as caught:
        world.do(use_case)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "mock", "registrar", "jobs"),
    [
        ("manual", "false", "manual", 0),
        ("manual", "true", "mock", 1),
        ("main", "false", "main", 1),
        ("main", "true", "mock", 1),
    ],
)
def test_who_registers(
    world: World, registry: Registry, name: str, mock: str, registrar: str, jobs: int
) -> None:
    world.change("registrar", name=name)
    brand = registry.brand(Mock=mock)
    assert (brand.status, brand.registrar, brand.mock) == ("PENDING", registrar, mock == "true")
    found = registry.jobs()
    assert [(job.registrar, job.kind, job.sid) for job in found] == [
        (registrar, "brand", brand.sid)
    ] * jobs
    assert world.do(brands.find(world.tx, registry.account, brand.sid)) == brand


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"CustomerProfileBundleSid": CUSTOMER},
        {"CustomerProfileBundleSid": "BN" + "1" * 32, "A2PProfileBundleSid": PROFILE},
    ],
)
def test_its_profile_is_required(world: World, registry: Registry, values: Any) -> None:
    made = brands.create(world.env, world.tx, registry.account, form(values))
    assert code_of(world, made) == 80701
    assert not world.rows("SELECT sid FROM a2p_brands")


def test_a_brand_of_nobody_s(world: World, registry: Registry) -> None:
    other = world.add_account().sid
    assert code_of(world, brands.find(world.tx, other, registry.brand().sid)) == 20404


def resubmit(world: World, registry: Registry, sid: str) -> Awaitable[Any]:
    return brands.resubmit(world.env, world.tx, registry.account, sid)


def test_one_that_failed_is_handed_in_again(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    brand = registry.put(registry.brand(), status="FAILED", errors_json='[{"error_code":30792}]')
    now = world.clock.advance(1000)
    again = world.do(resubmit(world, registry, brand.sid))
    assert (again.status, again.errors, again.submissions) == ("PENDING", [], 2)
    assert again.date_updated == now
    assert [job.submission for job in registry.jobs()] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "PENDING"}, 21725),
        ({"status": "APPROVED"}, 21725),
        ({"status": "SUSPENDED"}, 21731),
        ({"status": "FAILED", "submissions": 4}, 21724),
    ],
)
def test_when_it_can_t_be(
    world: World, registry: Registry, changes: dict[str, Any], code: int
) -> None:
    brand = registry.put(registry.brand(), **changes)
    assert code_of(world, resubmit(world, registry, brand.sid)) == code


@pytest.mark.parametrize(
    ("kind", "status", "identity", "allowed"),
    [
        ("SOLE_PROPRIETOR", "PENDING", None, True),
        ("SOLE_PROPRIETOR", "IN_REVIEW", None, True),
        ("SOLE_PROPRIETOR", "APPROVED", None, True),
        ("SOLE_PROPRIETOR", "APPROVED", "UNVERIFIED", True),
        ("SOLE_PROPRIETOR", "APPROVED", "VERIFIED", False),
        ("SOLE_PROPRIETOR", "APPROVED", "VETTED_VERIFIED", False),
        ("SOLE_PROPRIETOR", "FAILED", None, False),
        ("SOLE_PROPRIETOR", "SUSPENDED", "UNVERIFIED", False),
        ("STANDARD", "PENDING", None, False),
    ],
)
def test_a_code_by_sms(
    world: World, registry: Registry, kind: str, status: str, identity: str | None, allowed: bool
) -> None:
    world.change("registrar", name="main")
    made = registry.brand(BrandType=kind)
    brand = registry.put(made, status=status, identity_status=identity)
    now = world.clock.advance(1000)
    use_case = brands.send_passcode(world.env, world.tx, registry.account, brand.sid)
    if allowed:
        asked = msgspec.structs.replace(brand, date_passcode=now)
        assert world.do(use_case) == asked
        assert world.do(brands.find(world.tx, registry.account, brand.sid)) == asked
        assert registry.jobs()[-1].kind == "passcode"
    else:
        assert code_of(world, use_case) == 20001
        assert len(registry.jobs()) == 1


def examine(world: World, registry: Registry, sid: str, **params: str) -> Awaitable[Any]:
    return brands.examine(world.env, world.tx, registry.account, sid, form(params))


def test_examinations(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    brand = registry.brand()
    first = world.do(examine(world, registry, brand.sid, VettingProvider="aegis"))
    second = world.do(
        examine(world, registry, brand.sid, VettingProvider="campaign-verify", VettingId=TOKEN)
    )
    assert (first.vetting_class, second.vetting_class) == ("STANDARD", "POLITICAL")
    assert first.vetting_status == second.vetting_status == "IN_PROGRESS"
    assert [(job.kind, job.sid, job.provider_sid) for job in registry.jobs()[1:]] == [
        ("vetting", first.sid, brand.sid),
        ("vetting", second.sid, brand.sid),
    ]
    account = registry.account
    assert world.do(brands.find_vetting(world.tx, account, brand.sid, first.sid)) == first
    other = registry.brand().sid
    assert code_of(world, brands.find_vetting(world.tx, account, other, first.sid)) == 20404
    page = world.do(brands.vettings(world.tx, account, brand.sid, "", PageRequest()))
    assert page.records == [second, first]


@pytest.mark.parametrize(
    ("kind", "params", "code"),
    [
        ("STANDARD", {}, 80701),
        ("STANDARD", {"VettingProvider": "campaign-verify"}, 21722),
        ("STANDARD", {"VettingProvider": "campaign-verify", "VettingId": "x"}, 21722),
        ("SOLE_PROPRIETOR", {"VettingProvider": "campaign-verify", "VettingId": TOKEN}, 21721),
    ],
)
def test_examinations_that_can_t_be(
    world: World, registry: Registry, kind: str, params: dict[str, str], code: int
) -> None:
    brand = registry.brand(BrandType=kind)
    assert code_of(world, examine(world, registry, brand.sid, **params)) == code


def test_one_examination_by_campaign_verify_at_a_time(world: World, registry: Registry) -> None:
    brand, params = registry.brand(), {"VettingProvider": "campaign-verify", "VettingId": TOKEN}
    world.do(examine(world, registry, brand.sid, **params))
    assert code_of(world, examine(world, registry, brand.sid, **params)) == 21723
    world.rows("UPDATE a2p_vettings SET vetting_status = 'FAILED'")
    assert world.do(examine(world, registry, brand.sid, **params))
