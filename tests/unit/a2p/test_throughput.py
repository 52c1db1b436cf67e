from __future__ import annotations

from typing import Any

import pytest

from maskline.a2p.limits import shipped
from maskline.a2p.throughput import ATT, TMOBILE, Throughput, day, steps, throughput
from maskline.model.a2p import CampaignUsecase
from tests.support.records import Records

ACCOUNT = "AC" + "0" * 32


def of(usecase: str, brand: dict[str, Any] | None, **changes: Any) -> Throughput:
    records = Records()
    found = None if brand is None else records.brand(ACCOUNT, **brand)
    campaign = records.campaign(
        records.messaging_service(ACCOUNT),
        found or records.brand(ACCOUNT),
        us_app_to_person_usecase=usecase,
        **changes,
    )
    return throughput(campaign, found)


@pytest.mark.parametrize(
    ("usecase", "brand", "letter", "tpm", "per_number", "tier", "cap"),
    [
        ("CUSTOMER_CARE", {"brand_score": 100}, "A", 4500, False, "TOP", 200_000),
        ("MIXED", {"brand_score": 75}, "B", 4500, False, "TOP", 200_000),
        ("CUSTOMER_CARE", {"brand_score": 74}, "C", 2400, False, "HIGH_MID", 40_000),
        ("MARKETING", {"brand_score": 50}, "D", 2400, False, "HIGH_MID", 40_000),
        ("CUSTOMER_CARE", {"brand_score": 49}, "E", 240, False, "LOW_MID", 10_000),
        ("MIXED", {"brand_score": 25}, "F", 240, False, "LOW_MID", 10_000),
        ("MIXED", {"brand_score": 24}, "F", 240, False, "LOW", 2_000),
        ("CUSTOMER_CARE", {}, "E", 240, False, "LOW", 2_000),
        ("CUSTOMER_CARE", None, "E", 240, False, "LOW", 2_000),
        ("CUSTOMER_CARE", {"russell_3000": 1}, "A", 4500, False, "TOP", 200_000),
        ("PROXY", {"brand_score": 80}, "G", 60, True, "TOP", 200_000),
        ("LOW_VOLUME", {"brand_score": 80}, "T", 75, False, "TOP", 200_000),
        (
            "SOLE_PROPRIETOR",
            {"brand_type": "SOLE_PROPRIETOR"},
            "W",
            15,
            False,
            "SOLE_PROPRIETOR",
            1_000,
        ),
        ("POLITICAL", {"brand_score": 80}, "K", 4500, False, "TOP", 200_000),
    ],
)
def test_by_use_case_and_score(
    usecase: str,
    brand: dict[str, Any] | None,
    letter: str,
    tpm: int,
    per_number: bool,
    tier: str,
    cap: int,
) -> None:
    found = of(usecase, brand)
    assert (found.att_class, found.att_tpm, found.att_per_number) == (letter, tpm, per_number)
    assert (found.tmobile_tier, found.tmobile_daily_cap) == (tier, cap)
    assert found.att_mms_tpm == ATT[letter].mms_tpm


def test_what_the_registrar_reports_goes_before() -> None:
    found = of("PROXY", {"brand_score": 10}, att_class="C", tmobile_tier="TOP")
    assert (found.att_class, found.att_tpm, found.tmobile_daily_cap) == ("C", 2400, 200_000)
    assert not found.att_per_number
    assert of("PROXY", {}, att_tpm=90).att_tpm == 90
    assert of("PROXY", {}, tmobile_daily_cap=7).tmobile_daily_cap == 7
    assert of("PROXY", {"tmobile_daily_cap": 9}, tmobile_daily_cap=7).tmobile_daily_cap == 9


def test_what_is_new_to_us_is_taken_for_little() -> None:
    found = of("PROXY", {}, att_class="?", tmobile_tier="?")
    assert (found.att_class, found.att_tpm) == ("?", ATT["E"].sms_tpm)
    assert (found.tmobile_tier, found.tmobile_daily_cap) == ("?", TMOBILE["LOW"])


@pytest.mark.parametrize("usecase", list(CampaignUsecase))
def test_every_use_case_has_a_class(usecase: str) -> None:
    assert of(usecase, {"brand_score": 50}).att_class in ATT


def test_what_scores_are_worth() -> None:
    found = steps(shipped())
    assert [(one.least, one.tmobile_tier, one.att_class) for one in found] == [
        (75, "TOP", "A"),
        (50, "HIGH_MID", "C"),
        (25, "LOW_MID", "E"),
        (0, "LOW", "E"),
    ]
    for one in found:
        # As campaigns of such a brand have it.
        allowed = of("CUSTOMER_CARE", {"brand_score": one.least})
        assert (allowed.tmobile_tier, allowed.tmobile_daily_cap) == (
            one.tmobile_tier,
            one.tmobile_daily_cap,
        )
        assert (allowed.att_class, allowed.att_tpm) == (one.att_class, one.att_tpm)


def test_a_brand_s_day_by_itself() -> None:
    records, limits = Records(), shipped()
    brand = records.brand(ACCOUNT, brand_score=60)
    assert day(brand, limits) == ("HIGH_MID", 40_000)
    reported = records.campaign(
        records.messaging_service(ACCOUNT), brand, tmobile_tier="TOP", tmobile_daily_cap=5
    )
    assert day(brand, limits, reported) == ("TOP", 5)
    assert day(records.brand(ACCOUNT, tmobile_daily_cap=7), limits, reported) == ("TOP", 7)
    assert day(None, limits) == ("LOW", 2_000)
