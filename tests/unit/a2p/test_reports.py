from __future__ import annotations

from collections.abc import Awaitable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskline.a2p import brands, campaigns, reports
from maskline.a2p.life_cycle import CAMPAIGN, UNDECIDED, may_follow
from maskline.a2p.reports import GONE, Outcome
from maskline.model.a2p import Campaign, CampaignStatus, RegistrationError
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    TollfreeReport,
    VettingReport,
)
from maskline.model.tollfree import Rejection
from tests.support.memory import World, form
from tests.unit.a2p.conftest import Registry

HERE = "+14158670001"


def told(world: World, use_case: Awaitable[Outcome]) -> Outcome:
    return world.do(use_case)


def brand(world: World, sid: str, report: BrandReport, submission: int = 1) -> Outcome:
    return world.do(reports.brand(world.env, world.tx, sid, submission, report))


def campaign(world: World, sid: str, report: CampaignReport, submission: int = 1) -> Outcome:
    return world.do(reports.campaign(world.env, world.tx, sid, submission, report))


def test_a_brand(world: World, registry: Registry) -> None:
    made = registry.brand()
    now = world.clock.advance(1000)
    outcome = brand(
        world,
        made.sid,
        BrandReport("APPROVED", "BN1", "B1", 80, "VERIFIED", 0, 0, "501c3", 7, errors=()),
    )
    assert outcome == Outcome(is_current=True, is_decided=True)
    found = world.do(brands.find(world.tx, registry.account, made.sid))
    assert (found.status, found.provider_sid, found.tcr_id) == ("APPROVED", "BN1", "B1")
    assert (found.brand_score, found.identity_status) == (80, "VERIFIED")
    assert (found.tmobile_daily_cap, found.submitted) == (7, 1)
    assert found.date_updated == now
    # What is said once more changes nothing; what is not said stays.
    world.clock.advance(1000)
    brand(world, made.sid, BrandReport("APPROVED"))
    assert world.do(brands.find(world.tx, registry.account, made.sid)) == found
    assert not world.codes()


def test_reports_that_come_to_nothing(world: World, registry: Registry) -> None:
    made = registry.brand()
    assert brand(world, "BN" + "0" * 32, BrandReport("APPROVED")) is GONE
    assert brand(world, made.sid, BrandReport("APPROVED"), submission=2) is GONE
    registry.put(made, status="SUSPENDED")
    late = brand(world, made.sid, BrandReport("PENDING", tcr_id="B1"))
    assert late == Outcome(is_current=True, is_decided=True)
    found = world.do(brands.find(world.tx, registry.account, made.sid))
    assert (found.status, found.tcr_id) == ("SUSPENDED", None)


@pytest.mark.covers("code:30792")
def test_a_brand_that_fails_is_told(world: World, registry: Registry) -> None:
    made = registry.brand()
    errors = (RegistrationError(30795, "Tax number"), RegistrationError(30792))
    assert not brand(world, made.sid, BrandReport("IN_REVIEW")).is_decided
    assert brand(world, made.sid, BrandReport("FAILED", errors=errors)).is_decided
    assert brand(world, made.sid, BrandReport("FAILED", errors=errors)).is_decided
    assert world.codes() == [30792, 30792]
    first, second = world.alerts()
    assert first.alert_text.endswith("failed: error 30795")
    assert second.alert_text.endswith("failed")
    assert (first.resource_sid, first.log_level) == (made.sid, "error")


@pytest.mark.covers("code:30033")
def test_a_brand_takes_its_campaigns_with_it(world: World, registry: Registry) -> None:
    owner = registry.approved()
    here = world.add_messaging_service(world.add_number(HERE))
    sends = registry.campaign(owner, here)
    waits = registry.campaign(owner)
    campaign(world, sends.sid, CampaignReport("VERIFIED"))
    assert world.number(HERE).a2p_status == "registered"
    brand(world, owner.sid, BrandReport("SUSPENDED"))
    assert [status_of(world, one) for one in (sends, waits)] == ["SUSPENDED", "PENDING"]
    assert world.number(HERE).a2p_status == "pending"
    assert world.codes() == [30033, 30033]
    assert {one.resource_sid for one in world.alerts()} == {owner.sid, sends.sid}


def status_of(world: World, one: Campaign) -> str:
    found = world.do(world.tx.campaigns.peek(one.sid))
    assert found is not None
    return found.campaign_status


@pytest.mark.covers("code:30033")
def test_a_campaign_and_its_numbers(world: World, registry: Registry) -> None:
    service = world.add_messaging_service(world.add_number(HERE))
    made = registry.campaign(service=service)
    report = CampaignReport(
        "VERIFIED", "QE1", "MG1", "C1", "G", 90, "LOW_MID", 12_000, "PROXY", errors=()
    )
    assert campaign(world, made.sid, report).is_decided
    found = world.do(campaigns.find(world.tx, registry.account, service.sid, made.sid))
    assert (found.provider_sid, found.provider_service_sid) == ("QE1", "MG1")
    assert (found.campaign_id, found.att_class, found.att_tpm) == ("C1", "G", 90)
    assert (found.tmobile_tier, found.tmobile_daily_cap) == ("LOW_MID", 12_000)
    assert world.number(HERE).a2p_status == "registered"
    assert campaign(world, made.sid, CampaignReport("SUSPENDED")).is_decided
    assert world.number(HERE).a2p_status == "pending"
    assert world.codes() == [30033]
    assert world.alerts()[0].service_sid == service.sid
    assert campaign(world, made.sid, CampaignReport("VERIFIED")).is_decided
    assert world.number(HERE).a2p_status == "registered"
    assert campaign(world, made.sid, CampaignReport("PENDING")).is_decided
    assert status_of(world, made) == "VERIFIED"
    assert campaign(world, made.sid, CampaignReport("VERIFIED")).is_current


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (30896, 30896),
        (30897, 30897),
        (30892, 30892),
        (30911, 30911),
        (30933, 30933),
        (30934, 30934),
        (30899, 30880),
        (None, 30880),
    ],
)
@pytest.mark.covers(
    "code:30880",
    "code:30892",
    "code:30896",
    "code:30897",
    "code:30911",
    "code:30933",
    "code:30934",
)
def test_why_a_campaign_fails(
    world: World, registry: Registry, code: int | None, told: int
) -> None:
    assert told in (30880, 30892, 30896, 30897, 30911, 30933, 30934)
    made = registry.campaign()
    errors = None if code is None else (RegistrationError(code, "why", ("MESSAGE_FLOW",)),)
    assert campaign(world, made.sid, CampaignReport("FAILED", errors=errors)).is_decided
    assert world.codes() == [told]
    found = world.do(world.tx.campaigns.peek(made.sid))
    assert found is not None
    assert tuple(found.errors) == (errors or ())


def test_a_campaign_that_is_gone_or_handed_in_anew(
    world: World, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = registry.campaign()
    assert campaign(world, made.sid, CampaignReport("VERIFIED"), submission=2) is GONE
    assert campaign(world, "QE" + "0" * 32, CampaignReport("VERIFIED")) is GONE
    # Deleted between the look and the lock.
    world.rows("UPDATE a2p_campaigns SET account_sid = 'AC0'")
    monkeypatch.setattr(type(world.tx.campaigns), "peek", lambda *_: seen(made))
    assert campaign(world, made.sid, CampaignReport("VERIFIED")) is GONE


async def seen(one: Campaign) -> Campaign:
    return one


@pytest.mark.covers("code:30125")
def test_numbers(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    number = world.add_number(HERE)
    service = world.add_messaging_service(number)
    made = registry.campaign(service=service)

    def told(report: NumberReport, number_sid: str = number.sid, sid: str = made.sid) -> Outcome:
        return world.do(reports.number(world.env, world.tx, number_sid, sid, report))

    assert told(NumberReport("registered"), sid="QE" + "0" * 32) is GONE
    assert told(NumberReport("registered"), number_sid="PN" + "0" * 32) is GONE
    strange = world.add_number()
    assert told(NumberReport("registered"), number_sid=strange.sid) is GONE
    assert not told(NumberReport("pending")).is_decided
    assert told(NumberReport("registered")).is_decided
    assert world.number(HERE).a2p_status == "registered"
    assert told(NumberReport("failed", "error 21712")).is_decided
    assert told(NumberReport("failed", "error 21712")).is_decided
    assert world.number(HERE).a2p_status == "failed"
    assert world.codes() == [30125]
    (alert,) = world.alerts()
    assert (alert.service_sid, alert.resource_sid) == (service.sid, number.sid)
    assert alert.alert_text.endswith(": error 21712")


def test_examinations(world: World, registry: Registry) -> None:
    owner = registry.brand()
    values = form({"VettingProvider": "aegis"})
    made = world.do(brands.examine(world.env, world.tx, registry.account, owner.sid, values))

    def told(report: VettingReport, sid: str = made.sid) -> Outcome:
        return world.do(reports.vetting(world.env, world.tx, sid, owner.sid, report))

    assert told(VettingReport("SUCCESS"), "VT" + "0" * 32) is GONE
    assert not told(VettingReport("IN_PROGRESS", "VT1", "STANDARD")).is_decided
    assert not told(VettingReport("IN_PROGRESS")).is_decided
    now = world.clock.advance(1000)
    assert told(VettingReport("SUCCESS", brand_score=77)).is_decided
    assert told(VettingReport("FAILED", brand_score=1)).is_decided
    found = world.do(brands.find_vetting(world.tx, registry.account, owner.sid, made.sid))
    assert (found.vetting_status, found.provider_sid) == ("SUCCESS", "VT1")
    assert found.brand_score == 77
    changed = world.do(brands.find(world.tx, registry.account, owner.sid))
    assert changed == msgspec.structs.replace(owner, brand_score=77, date_updated=now)


@pytest.mark.parametrize(
    ("kind", "identity", "decided"),
    [
        ("SOLE_PROPRIETOR", "UNVERIFIED", False),
        ("SOLE_PROPRIETOR", "VERIFIED", True),
        # Of whom nobody says anything, nothing is waited for.
        ("SOLE_PROPRIETOR", None, True),
        ("STANDARD", "UNVERIFIED", True),
    ],
)
def test_a_person_s_brand_that_is_approved_waits_for_their_answer(
    world: World, registry: Registry, kind: str, identity: str | None, decided: bool
) -> None:
    made = registry.brand(BrandType=kind)
    report = BrandReport("APPROVED", identity_status=identity)
    assert brand(world, made.sid, report) == Outcome(is_current=True, is_decided=decided)


@pytest.mark.covers("code:30032")
def test_toll_free_verifications(world: World, registry: Registry) -> None:
    made = registry.verification()

    def told(report: TollfreeReport, submission: int = 1) -> Outcome:
        return world.do(reports.tollfree(world.env, world.tx, made.sid, submission, report))

    assert told(TollfreeReport("IN_REVIEW"), 2) is GONE
    assert not told(TollfreeReport("IN_REVIEW", "HH1")).is_decided
    assert told(TollfreeReport("TWILIO_APPROVED")).is_decided
    assert told(TollfreeReport("TWILIO_APPROVED")).is_decided
    assert told(TollfreeReport("PENDING_REVIEW")).is_decided
    assert not world.codes()
    rejections = (Rejection(30475, "closed"), Rejection(30484))
    report = TollfreeReport("TWILIO_REJECTED", edit_allowed=1, rejections=rejections)
    assert told(report).is_decided
    assert world.codes() == [30032]
    assert world.alerts()[0].alert_text.endswith("was rejected (30475, 30484)")
    found = world.do(world.tx.tollfree_verifications.peek(made.sid))
    assert found is not None
    assert (tuple(found.rejections), found.edit_allowed) == (rejections, 1)


def test_a_rejection_without_a_reason(world: World, registry: Registry) -> None:
    made = registry.verification()
    world.do(reports.tollfree(world.env, world.tx, made.sid, 1, TollfreeReport("TWILIO_REJECTED")))
    assert world.alerts()[0].alert_text.endswith("was rejected")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CampaignStatus), st.integers(1, 2)), max_size=12))
def test_whatever_is_reported_the_service_and_the_numbers_agree(
    told: list[tuple[CampaignStatus, int]],
) -> None:
    """The service says it is registered, and its number is, exactly while the campaign is
    verified; an undecided campaign is asked about again; a late report changes nothing."""
    world = World()
    try:
        registry = Registry(world)
        service = world.add_messaging_service(world.add_number(HERE))
        made = registry.campaign(service=service)
        expected = CampaignStatus.PENDING.value
        for status, submission in told:
            outcome = campaign(world, made.sid, CampaignReport(status.value), submission)
            assert outcome.is_current is (submission == 1)
            if submission == 1 and may_follow(CAMPAIGN, expected, status):
                expected = status.value
            assert status_of(world, made) == expected
            if outcome.is_current:
                assert outcome.is_decided is (expected not in UNDECIDED)
            found = world.do(world.tx.messaging_services.peek(service.sid))
            assert found is not None
            is_verified = expected == "VERIFIED"
            assert bool(found.us_app_to_person_registered) is is_verified
            assert (world.number(HERE).a2p_status == "registered") is is_verified
    finally:
        world.close()
