from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from maskline.a2p import brands, manual
from maskline.model.errors import Fault
from tests.support.memory import World, form
from tests.unit.a2p.conftest import Registry

HERE = "+14158670001"


def code_of(world: World, use_case: Awaitable[Any]) -> int:
    with pytest.raises(Fault) as caught:
        world.do(use_case)
    return caught.value.code


def brand(world: World, registry: Registry, sid: str, **params: Any) -> Awaitable[Any]:
    return manual.brand(world.env, world.tx, registry.account, sid, form(params))


def test_a_brand(world: World, registry: Registry) -> None:
    made = registry.brand()
    said = world.do(
        brand(
            world,
            registry,
            made.sid,
            Status="APPROVED",
            TcrId="B1",
            BrandScore="60",
            IdentityStatus="VERIFIED",
            Russell3000="true",
            TmobileDailyCap="9",
        )
    )
    assert (said.status, said.tcr_id, said.brand_score, said.russell_3000) == (
        "APPROVED",
        "B1",
        60,
        1,
    )
    assert (said.identity_status, said.tmobile_daily_cap) == ("VERIFIED", 9)
    # Without a status it stays.
    assert world.do(brand(world, registry, made.sid, BrandScore="61")).brand_score == 61


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Status": "DELETION_FAILED"}, 80701),
        ({"Status": "GOOD"}, 80701),
        ({"BrandScore": "101"}, 80701),
        ({"ErrorCode": ["30792", "x"]}, 80701),
        ({"ErrorCode": ["1"]}, 80701),
    ],
)
def test_what_is_wrong(world: World, registry: Registry, params: dict[str, Any], code: int) -> None:
    made = registry.brand()
    assert code_of(world, brand(world, registry, made.sid, **params)) == code
    assert world.do(brands.find(world.tx, registry.account, made.sid)) == made


def test_only_by_hand(world: World, registry: Registry) -> None:
    made = registry.brand(Mock="true")
    assert code_of(world, brand(world, registry, made.sid, Status="APPROVED")) == 20006


def test_errors(world: World, registry: Registry) -> None:
    made = registry.brand()
    said = world.do(
        brand(
            world,
            registry,
            made.sid,
            Status="FAILED",
            ErrorCode=["30795", "30701"],
            ErrorDescription="Tax number",
        )
    )
    assert [(one.error_code, one.description) for one in said.errors] == [
        (30795, "Tax number"),
        (30701, "Tax number"),
    ]
    # What else is said of it leaves them; of another status they say nothing.
    assert world.do(brand(world, registry, made.sid, BrandScore="7")).errors == said.errors
    assert world.do(brand(world, registry, made.sid, Status="APPROVED")).errors == []


def test_a_campaign_that_is_verified_after_all_shows_no_errors(
    world: World, registry: Registry
) -> None:
    made = registry.put(registry.campaign(), registrar="manual")

    def said(**params: Any) -> Any:
        args = (world.env, world.tx, registry.account, made.messaging_service_sid, made.sid)
        return world.do(manual.campaign(*args, form(params)))

    failed = said(Status="FAILED", ErrorCode="30896", ErrorDescription="no box")
    assert [one.error_code for one in failed.errors] == [30896]
    assert said(CampaignId="C1").errors == failed.errors
    assert said(Status="VERIFIED").errors == []


def test_an_examination(world: World, registry: Registry) -> None:
    owner = registry.brand()
    values = form({"VettingProvider": "aegis"})
    made = world.do(brands.examine(world.env, world.tx, registry.account, owner.sid, values))

    def said(**params: str) -> Awaitable[Any]:
        args = (world.env, world.tx, registry.account, owner.sid, made.sid)
        return manual.vetting(*args, form(params))

    assert code_of(world, said()) == 80701
    assert code_of(world, said(Status="FAILED", BrandScore="70")) == 80701
    assert code_of(world, said(Status="SUCCESS", BrandScore="101")) == 80701
    found = world.do(said(Status="SUCCESS", BrandScore="70"))
    assert (found.vetting_status, found.brand_score) == ("SUCCESS", 70)
    assert world.do(brands.find(world.tx, registry.account, owner.sid)).brand_score == 70
    assert code_of(world, said(Status="FAILED")) == 80701


def test_an_examination_without_a_score(world: World, registry: Registry) -> None:
    owner = registry.put(registry.brand(), brand_score=40)
    values = form({"VettingProvider": "campaign-verify", "VettingId": "cv|1"})
    made = world.do(brands.examine(world.env, world.tx, registry.account, owner.sid, values))
    args = (world.env, world.tx, registry.account, owner.sid, made.sid)
    found = world.do(manual.vetting(*args, form({"Status": "SUCCESS"})))
    assert found.brand_score is None
    assert world.do(brands.find(world.tx, registry.account, owner.sid)) == owner


def test_a_campaign(world: World, registry: Registry) -> None:
    made = registry.campaign()

    def said(**params: Any) -> Awaitable[Any]:
        service = made.messaging_service_sid
        args = (world.env, world.tx, registry.account, service, made.sid)
        return manual.campaign(*args, form(params))

    found = world.do(
        said(
            Status="VERIFIED",
            CampaignId="C1",
            AttClass="G",
            AttTpm="90",
            TmobileTier="LOW",
            TmobileDailyCap="7",
        )
    )
    assert (found.campaign_status, found.campaign_id, found.att_class) == ("VERIFIED", "C1", "G")
    assert (found.att_tpm, found.tmobile_tier, found.tmobile_daily_cap) == (90, "LOW", 7)
    assert world.do(said()) == found
    assert code_of(world, said(Status="PENDING")) == 80701
    assert code_of(world, said(UsAppToPersonUsecase="MIXED")) == 80701
    registry.put(found, is_externally_registered=1)
    changed = world.do(said(UsAppToPersonUsecase="MIXED"))
    assert changed.us_app_to_person_usecase == "MIXED"
    registry.put(changed, registrar="main")
    assert code_of(world, said(CampaignId="C2")) == 20006


def test_a_number(world: World, registry: Registry) -> None:
    number = world.add_number(HERE)
    made = registry.campaign(service=world.add_messaging_service(number))

    def said(sid: str = number.sid, **params: str) -> Awaitable[Any]:
        args = (world.env, world.tx, registry.account, made.messaging_service_sid, made.sid)
        return manual.number(*args, sid, form(params))

    assert code_of(world, said()) == 80701
    assert code_of(world, said(Status="registered")) == 20001
    assert world.do(said(Status="pending")).a2p_status == "pending"
    registry.put(made, campaign_status="VERIFIED")
    assert code_of(world, said(world.add_number().sid, Status="registered")) == 20404
    assert code_of(world, said("PN" + "0" * 32, Status="registered")) == 20404
    assert world.do(said(Status="registered")).a2p_status == "registered"
    assert world.do(said(Status="failed", ErrorDescription="why")).a2p_status == "failed"
    assert world.alerts()[0].alert_text.endswith(": why")


def test_a_toll_free_verification(world: World, registry: Registry) -> None:
    made = registry.verification()

    def said(**params: Any) -> Awaitable[Any]:
        args = (world.env, world.tx, registry.account, made.sid)
        return manual.verification(*args, form(params))

    found = world.do(
        said(
            Status="TWILIO_REJECTED",
            ErrorCode="30475",
            ErrorDescription="closed",
            EditAllowed="false",
            EditExpiration="2030-01-01",
        )
    )
    assert (found.status, found.edit_allowed) == ("TWILIO_REJECTED", 0)
    assert [(one.code, one.reason) for one in found.rejections] == [(30475, "closed")]
    assert found.edit_expiration == 1_893_456_000_000
    assert world.do(said(EditAllowed="true")).rejections == found.rejections
    approved = world.do(said(Status="TWILIO_APPROVED"))
    assert (approved.status, approved.rejections) == ("TWILIO_APPROVED", [])
    assert code_of(world, said(Status="IN_REVIEW")) == 80701
    registry.put(found, registrar="mock")
    assert code_of(world, said(Status="TWILIO_APPROVED")) == 20006


def test_a_brand_that_was_registered_elsewhere(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")

    def entered(**params: str) -> Any:
        return world.do(manual.enter_brand(world.env, world.tx, registry.account, form(params)))

    made = entered(TcrId="B1", BrandScore="60")
    assert (made.status, made.registrar, made.tcr_id) == ("APPROVED", "manual", "B1")
    assert (made.brand_type, made.customer_profile_bundle_sid) == ("STANDARD", "")
    waits = entered(Status="IN_REVIEW", BrandType="SOLE_PROPRIETOR")
    assert (waits.status, waits.brand_type) == ("IN_REVIEW", "SOLE_PROPRIETOR")
    assert not registry.jobs()


def test_a_campaign_that_was_registered_elsewhere(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    service = world.add_messaging_service(world.add_number(HERE))
    owner = registry.approved()

    def entered(**params: str) -> Awaitable[Any]:
        values = form({"CampaignId": "C1", "MessagingServiceSid": service.sid, **params})
        return manual.enter_campaign(world.env, world.tx, registry.account, values)

    nobody = {"BrandRegistrationSid": "BN" + "0" * 32}
    assert code_of(world, entered(**nobody)) == 20404
    assert code_of(world, entered(BrandRegistrationSid="BU1")) == 80701
    assert code_of(world, entered(AttClass="?")) == 80701
    assert not world.rows("SELECT sid FROM a2p_campaigns")
    made = world.do(entered(BrandRegistrationSid=owner.sid, UsAppToPersonUsecase="PROXY"))
    assert (made.campaign_status, made.registrar, made.campaign_id) == ("VERIFIED", "manual", "C1")
    assert (made.brand_registration_sid, made.us_app_to_person_usecase) == (owner.sid, "PROXY")
    assert world.number(HERE).a2p_status == "registered"
    assert code_of(world, entered()) == 20001
    elsewhere = world.add_messaging_service()
    waits = world.do(entered(MessagingServiceSid=elsewhere.sid, Status="IN_PROGRESS"))
    assert (waits.campaign_status, waits.brand_registration_sid) == ("IN_PROGRESS", "")
