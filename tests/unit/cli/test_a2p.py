from __future__ import annotations

from typing import Any

import pytest

from maskline.cli.where import Where
from maskline.env import Env
from maskline.messaging import senders, services
from maskline.model.form import Form
from maskline.model.number import NumberKind
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

NUMBER, OTHER = "+14155550100", "+14155550111"


@pytest.fixture
def texts(maskline: CommandLine, account: dict[str, str]) -> str:
    """The SID of a Messaging Service with a number in it; another number is in none."""
    assert maskline("numbers", "add", NUMBER, OTHER).code == 0

    async def work(env: Env, tx: Transaction) -> str:
        owner = (await tx.accounts.all())[0].sid
        made = await services.create(env, tx, owner, Form({"FriendlyName": ["Rides"]}))
        found = await tx.numbers.by_number(NUMBER)
        assert found is not None
        form = Form({"PhoneNumberSid": [found.sid]})
        await senders.add(env, tx, owner, made.sid, NumberKind.PHONE, form)
        return made.sid

    return Where().transact(work)


def listed(maskline: CommandLine) -> Any:
    typed = maskline("a2p", "list", "--json")
    assert typed.code == 0, typed.err
    return typed.json


def said(maskline: CommandLine, *words: str) -> tuple[str, str]:
    """The SID and the status that a command ends with."""
    typed = maskline("a2p", *words)
    assert typed.code == 0, typed.err
    sid, _, status = typed.out.strip().partition(": ")
    return sid, status


def test_what_was_registered_elsewhere(maskline: CommandLine, texts: str) -> None:
    brand, status = said(maskline, "brand", "--tcr-id", "BABC123", "--score", "60")
    assert status == "APPROVED"
    campaign, status = said(
        maskline,
        *("campaign", texts, "--campaign-id", "CABC123", "--usecase", "PROXY", "--brand", brand),
    )
    assert status == "VERIFIED"
    assert listed(maskline) == {
        "brands": [
            {
                "sid": brand,
                "brand_type": "STANDARD",
                "status": "APPROVED",
                "brand_score": 60,
                "tcr_id": "BABC123",
                "registrar": "manual",
            }
        ],
        "campaigns": [
            {
                "sid": campaign,
                "messaging_service_sid": texts,
                "brand_registration_sid": brand,
                "usecase": "PROXY",
                "status": "VERIFIED",
                "campaign_id": "CABC123",
                "registrar": "manual",
                "att_class": "G",
                "att_tpm": 60,
                "att_per_number": True,
                "tmobile_tier": "HIGH_MID",
                "tmobile_daily_cap": 40_000,
                "numbers": 1,
            }
        ],
        "tollfree": [],
    }
    shown = maskline("a2p", "list").out
    for word in (brand, campaign, "G: 60/min per number", "40000/day"):
        assert word in shown


def test_what_came_of_it(maskline: CommandLine, texts: str) -> None:
    brand, _ = said(maskline, "brand", "--status", "IN_REVIEW", "--kind", "SOLE_PROPRIETOR")
    assert said(
        maskline,
        *("brand", brand, "--status", "FAILED", "--error", "30795", "--reason", "Tax number"),
    ) == (brand, "FAILED")
    assert said(maskline, "brand", brand, "--status", "APPROVED")[1] == "APPROVED"
    campaign, _ = said(maskline, "campaign", texts, "--campaign-id", "C1", "--status", "PENDING")
    words = ("--status", "VERIFIED", "--att-class", "C", "--tier", "LOW", "--daily-cap", "7")
    assert said(maskline, "campaign", campaign, *words) == (campaign, "VERIFIED")
    (row,) = listed(maskline)["campaigns"]
    assert (row["att_class"], row["att_tpm"], row["tmobile_daily_cap"]) == ("C", 2400, 7)
    assert "C: 2400/min\t7/day" in maskline("a2p", "list").out


def test_numbers(maskline: CommandLine, texts: str) -> None:
    said(maskline, "campaign", texts, "--campaign-id", "C1")

    def status() -> str:
        async def work(_: Env, tx: Transaction) -> str:
            found = await tx.numbers.by_number(NUMBER)
            assert found is not None
            return found.a2p_status

        return Where().transact(work)

    assert status() == "registered"
    words = ("a2p", "number", NUMBER, "--status", "failed", "--reason", "too many")
    assert maskline(*words).out == "1 failed\n"
    assert status() == "failed"
    both = maskline("a2p", "number", NUMBER, OTHER, "--status", "registered")
    assert both.code == 1
    assert "in no campaign" in both.err
    assert status() == "failed"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("number", "--status", "failed"), 2, "no number"),
        (("brand", "BN" + "0" * 32, "--status", "FAILED"), 1, "not found"),
        (("brand", "BN" + "0" * 32, "--kind", "STANDARD"), 2, "does not change"),
        (("campaign", "QE" + "0" * 32, "--status", "FAILED"), 1, "no such campaign"),
        (("campaign", "QE" + "0" * 32, "--brand", "BN1"), 2, "does not change"),
        (("campaign", "MG" + "0" * 32, "--campaign-id", "C1"), 1, "not found"),
        (("brand", "--score", "101"), 1, "BrandScore"),
    ],
)
def test_what_makes_no_sense(
    maskline: CommandLine, texts: str, words: tuple[str, ...], code: int, says: str
) -> None:
    typed = maskline("a2p", *words)
    assert typed.code == code, typed.err
    assert says in typed.err
    assert listed(maskline) == {"brands": [], "campaigns": [], "tollfree": []}


def test_of_an_account_s_that_has_nothing(maskline: CommandLine, account: dict[str, str]) -> None:
    assert listed(maskline) == {"brands": [], "campaigns": [], "tollfree": []}
    assert maskline("a2p", "list").code == 0
