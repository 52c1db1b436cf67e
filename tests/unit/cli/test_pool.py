from __future__ import annotations

import pytest

from maskline.env import Env
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

ONE, TWO, CODE = "+14155550100", "+14155550111", "12345"


@pytest.fixture(autouse=True)
def _numbers(maskline: CommandLine, account: dict[str, str]) -> None:
    maskline.service("rides")
    maskline("numbers", "add", ONE, TWO)
    maskline("numbers", "add", CODE, "--short-code", "--country", "US")


def pool(maskline: CommandLine) -> dict[str, bool]:
    found = maskline("pool", "list", "rides", "--json").json
    return {one["number"]: one["reserved"] for one in found}


def test_numbers_join_reserve_and_leave(maskline: CommandLine) -> None:
    assert maskline("pool", "list", "rides").out.count("\n") == 1
    answer = maskline("pool", "add", "rides", "+1 415 555 0100", CODE)
    assert answer.out.startswith(f"added {ONE} (PN")
    assert pool(maskline) == {ONE: False, CODE: False}
    assert maskline("pool", "reserve", "rides", ONE).out.startswith(f"reserved {ONE}")
    assert pool(maskline) == {ONE: True, CODE: False}
    assert maskline("pool", "reserve", "rides", ONE, "--release").out.startswith("released")
    assert pool(maskline) == {ONE: False, CODE: False}
    assert maskline("pool", "remove", "rides", ONE, CODE).code == 0
    assert pool(maskline) == {}


def test_a_number_may_be_named_by_its_sid(maskline: CommandLine) -> None:
    sid = maskline("numbers", "list", "--json").json["numbers"][0]["sid"]
    maskline("pool", "add", "rides", sid, "--reserved")
    assert pool(maskline) == {TWO: True}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "rides", ONE, ONE), f"{ONE}: the phone number is already in this Service"),
        (("add", "rides", ONE, "+12125550187"), "does not own +12125550187"),
        (("remove", "rides", ONE), "was not found"),
        (("add", "none", ONE), "has no Service none"),
    ],
)
def test_all_or_none(maskline: CommandLine, words: tuple[str, ...], says: str) -> None:
    answer = maskline("pool", *words)
    assert answer.code == 1
    assert says in answer.err
    assert pool(maskline) == {}


def test_no_number(maskline: CommandLine) -> None:
    assert maskline("pool", "add", "rides").code == 2


def test_a_number_in_use_stays(maskline: CommandLine) -> None:
    maskline("pool", "add", "rides", ONE)

    async def use(_: Env, tx: Transaction) -> None:
        number = await tx.numbers.by_number(ONE)
        assert number is not None
        await tx.numbers.use(number.sid, 1)

    maskline.transact(use)
    answer = maskline("pool", "remove", "rides", ONE)
    assert "80611" in answer.err
    assert pool(maskline) == {ONE: False}
