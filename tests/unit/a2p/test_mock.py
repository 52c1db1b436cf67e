from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p import review
from maskline.a2p.mock import MockRegistrar
from maskline.model.a2p import Campaign, Vetting
from maskline.model.registrar import Registration
from maskline.model.tollfree import TollfreeVerification
from tests.support.records import Records
from tests.support.registration import CAMPAIGN_FORM

ACCOUNT = "AC" + "0" * 32
GOOD = {
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_and_conditions_url": "https://rides.example/terms",
}
MOCK = MockRegistrar()


def campaign(**changes: Any) -> Campaign:
    records = Records()
    service, brand = records.messaging_service(ACCOUNT), records.brand(ACCOUNT)
    return records.campaign(service, brand, **{**GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "score"),
    [({}, 80), ({"skip_automatic_sec_vet": 1}, None), ({"brand_type": "SOLE_PROPRIETOR"}, None)],
)
async def test_brands_are_approved(changes: dict[str, Any], score: int | None) -> None:
    brand = Records().brand(ACCOUNT, **changes)
    report = await MOCK.brand(brand, submit=True)
    assert (report.status, report.brand_score) == ("APPROVED", score)
    assert report == await MOCK.brand(brand, submit=False)
    await MOCK.passcode(brand)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"privacy_policy_url": None}, [30933]),
        ({"terms_and_conditions_url": None}, [30934]),
        ({"message_samples_json": '["Go to bit.ly/1","Rides: one"]'}, [30892]),
        ({"message_samples_json": '["Go to https://t.co/1","Rides: one"]'}, [30892]),
        ({"message_samples_json": '["Go to habit.ly/1","Rides: one"]'}, []),
        ({"message_samples_json": '["Rides:  ONE","rides: one "]'}, [30911]),
        ({"description": CAMPAIGN_FORM["MessageFlow"], "message_flow": "x"}, []),
        ({"description": "The same.", "message_flow": "the same."}, [30911]),
        ({"privacy_policy_url": None, "is_externally_registered": 1}, []),
    ],
)
async def test_campaigns_are_looked_through(changes: dict[str, Any], codes: list[int]) -> None:
    one = campaign(**changes)
    assert [found.error_code for found in review.findings(one)] == codes
    report = await MOCK.campaign(one, None, submit=True)
    assert report.campaign_status == ("FAILED" if codes else "VERIFIED")
    assert [found.error_code for found in report.errors or ()] == codes
    if not codes:
        assert (report.campaign_id or "").startswith("C")


async def test_a_campaign_keeps_its_own_id() -> None:
    report = await MOCK.campaign(campaign(campaign_id="CABC123"), None, submit=False)
    assert report.campaign_id == "CABC123"


async def test_the_rest_is_approved_too() -> None:
    records, now = Records(), 1
    vetting = Vetting("VT1", ACCOUNT, "BN1", "aegis", None, "STANDARD", "IN_PROGRESS", now, now)
    verification = TollfreeVerification(
        "HH1", ACCOUNT, "PN1", "+18005550100", "IN_REVIEW", "mock", "{}", now, now
    )
    brand = records.brand(ACCOUNT)
    vetted = await MOCK.vetting(vetting, brand, submit=True)
    assert (vetted.vetting_status, vetted.brand_score) == ("SUCCESS", 80)
    political = msgspec.structs.replace(vetting, vetting_provider="campaign-verify")
    assert (await MOCK.vetting(political, brand, submit=True)).brand_score is None
    assert (await MOCK.number("+14155550100", campaign())).a2p_status == "registered"
    report = await MOCK.tollfree(verification, submit=True)
    assert report.status == "TWILIO_APPROVED"
    what = Registration("mock", "campaign-left", "QE1")
    await MOCK.campaign_left(what)
    await MOCK.number_left(msgspec.structs.replace(what, number="+14155550100"))
    await MOCK.tollfree_left(what)
    assert not MOCK.watches
