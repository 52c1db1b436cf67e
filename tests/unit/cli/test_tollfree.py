"""What came of toll-free verifications, by the command line."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.a2p import tollfree
from maskline.env import Env
from maskline.model.form import Form
from maskline.store.contract import Transaction
from tests.support.registration import TOLLFREE_FORM
from tests.unit.cli.conftest import CommandLine

NUMBER, OTHER = "+18005550100", "+14155550100"


@pytest.fixture
def verification(maskline: CommandLine, account: dict[str, str]) -> str:
    """The SID of a number's verification that waits; another number has none."""
    assert maskline("numbers", "add", NUMBER, OTHER).code == 0

    async def work(env: Env, tx: Transaction) -> str:
        owner = (await tx.accounts.all())[0].sid
        found = await tx.numbers.by_number(NUMBER)
        assert found is not None
        values = {
            name: value if isinstance(value, list) else [value]
            for name, value in {**TOLLFREE_FORM, "TollfreePhoneNumberSid": found.sid}.items()
        }
        return (await tollfree.create(env, tx, owner, Form(values, 20001))).sid

    sid: str = maskline.transact(work)
    return sid


def listed(maskline: CommandLine) -> Any:
    (one,) = maskline("a2p", "list", "--json").json["tollfree"]
    return one


def test_it_is_rejected_and_approved(maskline: CommandLine, verification: str) -> None:
    assert listed(maskline) == {
        "sid": verification,
        "number": NUMBER,
        "status": "PENDING_REVIEW",
        "registrar": "manual",
        "rejections": [],
    }
    words = ("--status", "REJECTED", "--error", "30445", "--reason", "no opt-in")
    said = maskline("a2p", "tollfree", NUMBER, *words)
    assert (said.code, said.out) == (0, f"{verification}: TWILIO_REJECTED\n")
    assert listed(maskline)["rejections"] == [{"code": 30445, "reason": "no opt-in"}]
    assert "30445 no opt-in" in maskline("a2p", "list").out
    said = maskline("a2p", "tollfree", verification, "--status", "APPROVED")
    assert (said.code, said.out) == (0, f"{verification}: TWILIO_APPROVED\n")
    found = listed(maskline)
    assert (found["status"], found["rejections"]) == ("TWILIO_APPROVED", [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((OTHER, "--status", "APPROVED"), "no verification"),
        (("+18005550199", "--status", "APPROVED"), "no verification"),
        (("HH" + "0" * 32, "--status", "APPROVED"), "not found"),
        ((NUMBER, "--status", "REJECTED", "--error", "7"), "ErrorCode"),
    ],
)
def test_what_makes_no_sense(
    maskline: CommandLine, verification: str, words: tuple[str, ...], says: str
) -> None:
    typed = maskline("a2p", "tollfree", *words)
    assert typed.code == 1
    assert says in typed.err
    assert listed(maskline)["status"] == "PENDING_REVIEW"


def test_another_account_s_number(maskline: CommandLine, verification: str) -> None:
    assert maskline("accounts", "add", "other").code == 0
    words = ("--status", "APPROVED", "--account", "other")
    typed = maskline("a2p", "tollfree", NUMBER, *words)
    assert typed.code == 1
    assert "no verification" in typed.err
    assert listed(maskline)["status"] == "PENDING_REVIEW"
