from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest

from maskline.a2p import campaigns
from maskline.messaging import services
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from tests.support.memory import World, form
from tests.support.registration import CAMPAIGN_FORM
from tests.unit.a2p.conftest import Registry

HERE = "+14158670001"
CORRECTION = {**CAMPAIGN_FORM, "AgeGated": "true", "DirectLending": "false"}


def code_of(world: World, use_case: Awaitable[Any]) -> int:
    with pytest.raises(Fault) as caught:
        world.do(use_case)
    return caught.value.code


def refused(registry: Registry, *args: Any, **params: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        registry.campaign(*args, **params)
    return caught.value


def test_a_new_campaign_binds_its_numbers(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    service = world.add_messaging_service(world.add_number(HERE))
    campaign = registry.campaign(
        service=service,
        OptInMessage="Rides: you are in, thank you.",
        OptInKeywords=["START", "RIDE"],
        SubscriberOptIn="true",
    )
    assert (campaign.campaign_status, campaign.us_app_to_person_usecase) == ("PENDING", "PROXY")
    assert campaign.registrar == "main"
    assert campaign.message_samples == CAMPAIGN_FORM["MessageSamples"]
    assert campaign.keywords == (["START", "RIDE"], [], [])
    assert campaign.opt_in_message == "Rides: you are in, thank you."
    assert (campaign.subscriber_opt_in, campaign.age_gated) == (1, 0)
    assert world.number(HERE).campaign_sid == campaign.sid
    job = registry.jobs()[-1]
    assert (job.kind, job.sid, job.service_sid) == ("campaign", campaign.sid, service.sid)
    account = registry.account
    found = world.do(campaigns.find(world.tx, account, service.sid, campaign.sid))
    assert found == campaign
    page = world.do(campaigns.page(world.tx, account, service.sid, PageRequest()))
    assert page.records == [campaign]


def test_whose_it_is(world: World, registry: Registry) -> None:
    campaign = registry.campaign()
    sid, account = campaign.messaging_service_sid, registry.account
    other, elsewhere = world.add_account().sid, world.add_messaging_service().sid
    for use_case in (
        campaigns.find(world.tx, other, sid, campaign.sid),
        campaigns.find(world.tx, account, elsewhere, campaign.sid),
        campaigns.page(world.tx, other, sid, PageRequest()),
        campaigns.create(world.env, world.tx, other, sid, form(CAMPAIGN_FORM)),
        campaigns.delete(world.env, world.tx, other, sid, campaign.sid),
    ):
        assert code_of(world, use_case) == 20404
    empty = world.do(campaigns.page(world.tx, account, elsewhere, PageRequest()))
    assert empty.records == []


def test_a_service_has_one(world: World, registry: Registry) -> None:
    service = world.add_messaging_service()
    registry.campaign(service=service)
    assert refused(registry, service=service).code == 20001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "PENDING"}, 21717),
        ({"status": "SUSPENDED"}, 21731),
        ({"account_sid": "AC" + "9" * 32}, 21717),
    ],
)
def test_the_brand_has_to_be_registered(
    registry: Registry, changes: dict[str, str], code: int
) -> None:
    brand = registry.put(registry.brand(), **{"status": "APPROVED", **changes})
    assert refused(registry, brand).code == code


@pytest.mark.parametrize(
    ("kind", "usecase", "code"),
    [
        ("STANDARD", "proxy", 21720),
        ("STANDARD", "SOLE_PROPRIETOR", 21717),
        ("SOLE_PROPRIETOR", "PROXY", 21717),
        ("STANDARD", "", 21727),
    ],
)
def test_use_cases(registry: Registry, kind: str, usecase: str, code: int) -> None:
    brand = registry.approved(BrandType=kind)
    assert refused(registry, brand, UsAppToPersonUsecase=usecase).code == code


def test_how_many_a_brand_has(
    world: World, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = registry.approved(BrandType="SOLE_PROPRIETOR")
    registry.campaign(person, UsAppToPersonUsecase="SOLE_PROPRIETOR")
    assert refused(registry, person, UsAppToPersonUsecase="SOLE_PROPRIETOR").code == 21732
    monkeypatch.setattr(campaigns, "MAX_CAMPAIGNS", 2)
    company = registry.approved()
    registry.campaign(company)
    registry.campaign(company)
    assert refused(registry, company).code == 21732


REQUIRED = [
    "Description",
    "MessageFlow",
    "MessageSamples",
    "UsAppToPersonUsecase",
    "HasEmbeddedLinks",
    "HasEmbeddedPhone",
]


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_missing(registry: Registry, name: str) -> None:
    fault = refused(registry, **{name: ""})
    assert (fault.code, fault.detail) == (21727, name)


def test_a_brand_is_missing(world: World, registry: Registry) -> None:
    service = world.add_messaging_service()
    made = campaigns.create(world.env, world.tx, registry.account, service.sid, form(CAMPAIGN_FORM))
    assert code_of(world, made) == 21727


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Description", "x" * 39),
        ("Description", "x" * 4097),
        ("MessageFlow", "x" * 2049),
        ("MessageSamples", ["x" * 20]),
        ("MessageSamples", ["x" * 20] * 6),
        ("MessageSamples", ["x" * 19, "x" * 20]),
        ("OptInMessage", "x" * 19),
        ("HelpMessage", "x" * 321),
        ("HelpKeywords", ["WORD"] * 52),
    ],
)
def test_lengths(registry: Registry, name: str, value: Any) -> None:
    fault = refused(registry, **{name: value})
    assert fault.code == 21728
    assert name in fault.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AgeGated", "yes"),
        ("OptOutKeywords", ["STOP IT"]),
        ("PrivacyPolicyUrl", "rides.example"),
        ("BrandRegistrationSid", "BU" + "1" * 32),
    ],
)
def test_forms(registry: Registry, name: str, value: Any) -> None:
    assert refused(registry, **{name: value}).code == 80701


@pytest.mark.parametrize("length", [40, 41, 4095, 4096])
def test_the_bounds_are_allowed(registry: Registry, length: int) -> None:
    assert len(registry.campaign(Description="x" * length).description) == length


def test_keywords_fill_their_room(registry: Registry) -> None:
    words = ["WORD"] * 51
    assert len(",".join(words)) == 254
    assert registry.campaign(OptOutKeywords=words).keywords[1] == words


def update(world: World, registry: Registry, campaign: Any, values: Any = None) -> Awaitable[Any]:
    return campaigns.update(
        world.env,
        world.tx,
        registry.account,
        campaign.messaging_service_sid,
        campaign.sid,
        form(CORRECTION if values is None else values),
    )


def test_one_that_failed_is_corrected(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    campaign = registry.put(
        registry.campaign(), campaign_status="FAILED", errors_json='[{"error_code":30896}]'
    )
    world.clock.advance(1000)
    values = {**CORRECTION, "Description": "y" * 40}
    del values["PrivacyPolicyUrl"]
    corrected = world.do(update(world, registry, campaign, values))
    assert (corrected.campaign_status, corrected.errors) == ("PENDING", [])
    assert (corrected.description, corrected.age_gated) == ("y" * 40, 1)
    # What was not sent stays.
    assert corrected.privacy_policy_url == campaign.privacy_policy_url
    assert corrected.date_updated == campaign.date_updated + 1000
    assert [job.submission for job in registry.jobs() if job.kind == "campaign"] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "values", "code"),
    [
        ({"campaign_status": "PENDING"}, None, 20001),
        ({"campaign_status": "VERIFIED"}, None, 20001),
        ({"campaign_status": "SUSPENDED"}, None, 21729),
        ({"campaign_status": "FAILED", "is_externally_registered": 1}, None, 20001),
        ({"campaign_status": "FAILED"}, CAMPAIGN_FORM, 21727),
    ],
)
def test_when_it_can_t_be(
    world: World, registry: Registry, changes: dict[str, Any], values: Any, code: int
) -> None:
    campaign = registry.put(registry.campaign(), **changes)
    assert code_of(world, update(world, registry, campaign, values)) == code


def test_delete(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    service = world.add_messaging_service(world.add_number(HERE))
    campaign = registry.put(
        registry.campaign(service=service), provider_sid="QE1", provider_service_sid="MG1"
    )
    args = (registry.account, service.sid, campaign.sid)
    registry.put(campaign, campaign_status="SUSPENDED")
    assert code_of(world, campaigns.delete(world.env, world.tx, *args)) == 21729
    registry.put(campaign, campaign_status="VERIFIED")
    world.do(campaigns.delete(world.env, world.tx, *args))
    assert code_of(world, campaigns.find(world.tx, *args)) == 20404
    assert world.number(HERE).campaign_sid is None
    job = registry.jobs()[-1]
    assert (job.kind, job.provider_sid, job.provider_service_sid) == ("campaign-left", "QE1", "MG1")


def test_a_service_takes_its_campaign_with_it(world: World, registry: Registry) -> None:
    campaign = registry.campaign()
    registry.put(campaign, campaign_status="SUSPENDED")
    sid = campaign.messaging_service_sid
    world.do(services.delete(world.env, world.tx, registry.account, sid))
    assert world.do(world.tx.campaigns.peek(campaign.sid)) is None


def test_one_that_was_registered_elsewhere(world: World, registry: Registry) -> None:
    service = world.add_messaging_service(world.add_number(HERE))
    values = {"CampaignId": "CABC123", "MessagingServiceSid": service.sid, "CnpMigration": "true"}
    brought = world.do(campaigns.preregister(world.env, world.tx, registry.account, form(values)))
    assert (brought.campaign_id, brought.is_externally_registered) == ("CABC123", 1)
    assert world.number(HERE).campaign_sid == brought.sid
    for wrong in (
        {**values},
        {"MessagingServiceSid": service.sid},
        {**values, "MessagingServiceSid": "MG1"},
        {**values, "CnpMigration": "perhaps"},
    ):
        made = campaigns.preregister(world.env, world.tx, registry.account, form(wrong))
        assert code_of(world, made) in (20001, 80701)


def test_what_may_be_registered(world: World, registry: Registry) -> None:
    service, account = world.add_messaging_service(), registry.account

    def codes(brand_sid: str | None) -> set[str]:
        kinds = world.do(campaigns.kinds(world.tx, account, service.sid, brand_sid))
        return {msgspec.structs.asdict(one)["code"] for one in kinds}

    assert codes(None) == codes(registry.brand().sid)
    assert "PROXY" in codes(None)
    assert codes(registry.brand(BrandType="SOLE_PROPRIETOR").sid) == {"SOLE_PROPRIETOR"}
    unknown = campaigns.kinds(world.tx, account, service.sid, "BN" + "0" * 32)
    assert code_of(world, unknown) == 20404
